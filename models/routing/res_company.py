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
    lead_set_aside = fields.Boolean(
        string="Set Aside Leads That Do Not Fit",
        help="Leads that failed the qualification take no turn, and have no time to answer:"
        " the fallback owner, or the leader of the team, has them.",
    )

    @api.model
    @kept()
    def _crm_setting_aside(self):
        """Return the ids of the companies that set leads aside.

        :rtype: frozenset[int]
        """
        # sudo: a setting of companies, whoever saves the lead.
        return frozenset(self.sudo().search([("lead_set_aside", "=", True)]).ids)

    @api.model
    def _crm_is_set_aside(self, lead):
        """Tell whether a lead is set aside, since it failed the qualification.

        :param lead: one crm.lead record, as superuser.
        """
        companies = self._crm_setting_aside()
        return (
            bool(companies)
            and lead.qualification_state == "failed"
            and self._crm_of_lead(lead).id in companies
        )

    def write(self, vals):
        result = super().write(vals)
        if "lead_set_aside" in vals:
            self.env["crm.config.mixin"]._crm_changed()
        return result
