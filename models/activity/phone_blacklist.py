# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from .mail_blacklist import coming_back


class PhoneBlacklist(models.Model):
    """The same for phone numbers."""

    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        self.env["crm.touchpoint"]._record_unsubscribed(
            "phone_sanitized", [entry.number for entry in entries if entry.active]
        )
        return entries

    def write(self, vals):
        back = coming_back(self, vals)
        result = super().write(vals)
        self.env["crm.touchpoint"]._record_unsubscribed(
            "phone_sanitized", back.mapped("number")
        )
        return result
