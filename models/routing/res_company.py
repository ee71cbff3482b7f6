# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_fallback_user_id = fields.Many2one(
        "res.users",
        string="Fallback Owner of Leads",
        # A company is read by portal users, too.
        groups="base.group_user",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Who gets a lead that no routing rule can give to anybody.",
    )
    lead_creator_keeps = fields.Boolean(
        string="Who Enters a Lead Keeps It",
        help="Leads that a user creates stay with him. Otherwise they are routed, unless he"
        " chose another owner.",
    )
