# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class ResUsers(models.Model):
    """Who leaves, archived or deleted, leaves leads behind: they wait for another owner."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            self.env["crm.routing.waiting"]._note(self._crm_open_leads())
        return result

    def unlink(self):
        leads = self._crm_open_leads()
        result = super().unlink()
        leads.invalidate_recordset(["user_id"], flush=False)
        self.env["crm.routing.waiting"]._note(leads.exists())
        return result

    def _crm_open_leads(self):
        """Return the leads of users, as superuser, but for those that are archived."""
        # sudo: the leads of everybody, whoever archives or deletes the user.
        return self.env["crm.lead"].sudo().search([("user_id", "in", self.ids)])
