# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.crm_config_mixin import kept


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
    lead_known_first = fields.Boolean(
        string="Known Accounts First",
        help="Before any rule: a lead of a company or person whom somebody looks after already,"
        " or of whom he has another lead, is his. Where he cannot, the rules decide.",
    )

    @api.model
    @kept()
    def _crm_known_first(self):
        """Return the ids of the companies that look for known accounts before any rule.

        :rtype: frozenset[int]
        """
        # sudo: a setting of companies, whoever saves the lead.
        return frozenset(self.sudo().search([("lead_known_first", "=", True)]).ids)

    def write(self, vals):
        result = super().write(vals)
        if "lead_known_first" in vals:
            self.env["crm.config.mixin"]._crm_changed()
        return result
