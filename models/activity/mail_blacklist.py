# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


def coming_back(entries, vals):
    """Return the entries of a blacklist that ``vals`` will make count again."""
    if not vals.get("active"):
        return entries.browse()
    return entries.filtered(lambda entry: not entry.active)


class MailBlacklist(models.Model):
    """Who unsubscribes says something about the leads with the address."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self.env["crm.touchpoint"]._record_unsubscribed(
            "email_normalized", [entry.email for entry in entries if entry.active]
        )
        return entries

    def write(self, vals):
        back = coming_back(self, vals)
        result = super().write(vals)
        self.env["crm.touchpoint"]._record_unsubscribed(
            "email_normalized", back.mapped("email")
        )
        return result
