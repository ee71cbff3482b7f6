# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from ..guarding.blocks import note_lifted


class MailBlacklist(models.Model):
    """Who takes an address off the blacklist is named in the history of its leads."""

    _inherit = "mail.blacklist"

    def write(self, vals):
        lifted = (
            self.filtered("active") if vals.get("active") is False else self.browse()
        )
        result = super().write(vals)
        note_lifted(self.env, "email_normalized", lifted.mapped("email"))
        return result
