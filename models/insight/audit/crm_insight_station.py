# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...common.crm_lead_station import ALWAYS, NEVER
from ...common.guarded import guarded


class CrmInsightStation(models.AbstractModel):
    """What is kept of leads: those that come in where the card is tested, and audits."""

    _name = "crm.insight.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: insight"

    @api.model
    def _cares(self):
        # Where no card is tested, nobody is asked.
        is_tested = self.env["crm.experiment"]._going("card")
        return {"_on_created": ALWAYS if is_tested else NEVER}

    @api.model
    def _on_created(self, leads, state):
        self.env["crm.experiment"]._leads_came_in(leads)

    @api.model
    def _on_decided(self, leads, won, lost):
        # Told in the middle of a write: nobody else has a savepoint around it.
        with guarded(self.env, "No audits of leads %s", leads.ids):
            self.env["crm.lead.audit"]._open(won, lost)
