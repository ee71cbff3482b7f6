# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # Off unless asked for: what others send to Odoo, and read back, stays as they know it.
    lead_standardise = fields.Boolean(
        string="Standardise Lead Data",
        help="Write names, phone numbers, email addresses and web sites of new entries in one"
        " way, and fill in the country. What was typed is kept in the lead's history.",
    )

    def write(self, vals):
        if "lead_standardise" not in vals:
            return super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        result = super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        return result
