# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class ResUsers(models.Model):
    """Who leaves the database leaves leads behind: they wait for another owner."""

    _inherit = "res.users"

    def unlink(self):
        # sudo: the leads of everybody, whoever deletes the user.
        leads = self.env["crm.lead"].sudo().search([("user_id", "in", self.ids)])
        result = super().unlink()
        leads.invalidate_recordset(["user_id"], flush=False)
        self.env["crm.routing.waiting"]._note(leads.exists())
        return result
