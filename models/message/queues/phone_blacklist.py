# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ..guarding.blocks import note_lifted


class PhoneBlacklist(models.Model):
    """The same for numbers."""

    _inherit = "phone.blacklist"

    def write(self, vals):
        lifted = (
            self.filtered("active") if vals.get("active") is False else self.browse()
        )
        result = super().write(vals)
        note_lifted(self.env, "phone_sanitized", lifted.mapped("number"))
        return result
