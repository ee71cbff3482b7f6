# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class CrmPlanLauncher(models.AbstractModel):
    """Who does an activity of a plan can follow from the lead: asked once for all leads."""

    _inherit = "crm.plan.launcher"

    @api.model
    def _people(self, leads, template):
        step = template._lead_step()
        if not step:
            return super()._people(leads, template)
        people = self.env["crm.followup.accountant"]._responsible(leads, step)
        Users = self.env["res.users"]
        return {lead_id: Users.browse(user_id) for lead_id, user_id in people.items()}
