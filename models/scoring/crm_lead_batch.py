# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class CrmLeadBatch(models.AbstractModel):
    """Leads that wait for new grades wait, too."""

    _inherit = "crm.lead.batch"

    @api.model
    def _waiting(self):
        remaining = self.env["crm.score.engine"]._rescore_remaining()
        return max(super()._waiting(), remaining)
