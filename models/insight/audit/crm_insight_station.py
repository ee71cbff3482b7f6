# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...common.guarded import guarded


class CrmInsightStation(models.AbstractModel):
    """What is kept of leads that are won or lost: their audits are opened."""

    _name = "crm.insight.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: insight"

    @api.model
    def _on_decided(self, leads, won, lost):
        # Told in the middle of a write: nobody else has a savepoint around it.
        with guarded(self.env, "No audits of leads %s", leads.ids):
            self.env["crm.lead.audit"]._open(won, lost)
