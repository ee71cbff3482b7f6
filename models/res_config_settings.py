# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # routing
    lead_fallback_user_id = fields.Many2one(
        related="company_id.lead_fallback_user_id", readonly=False
    )
    lead_creator_keeps = fields.Boolean(
        related="company_id.lead_creator_keeps", readonly=False
    )
