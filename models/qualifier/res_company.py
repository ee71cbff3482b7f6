# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.crm_config_mixin import kept


class ResCompany(models.Model):
    """Whether the gate filters: what becomes of leads that failed the qualification."""

    _inherit = "res.company"

    lead_set_aside = fields.Boolean(
        string="Set Aside Leads That Do Not Fit",
        help="Leads that failed the qualification take no turn, have no time to answer, and are"
        " to be left: the fallback owner, or the leader of the team, has them.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "lead_set_aside" in vals:
            self.env["crm.config.mixin"]._crm_changed()
        return result

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
            and not lead.gate_waived
            and self._crm_of_lead(lead).id in companies
        )

    @api.model
    def _crm_set_aside_domain(self):
        """Return the leads that are set aside, as a domain; open ones or not."""
        companies = self._crm_setting_aside()
        mine = Domain.OR(self._crm_lead_is_of_domain(one) for one in sorted(companies))
        failed = Domain("qualification_state", "=", "failed")
        return mine & failed & Domain("gate_waived", "=", False)

    @api.model
    def _crm_set_aside_sql(self, leads, query):
        """Return the same as a condition in SQL.

        :param leads: the crm.lead model.
        :param query: over the leads.
        """
        companies = sorted(self._crm_setting_aside())
        if not companies:
            return SQL("FALSE")
        state, waived = (
            leads._field_to_sql("crm_lead", name, query)
            for name in ("qualification_state", "gate_waived")
        )
        failed = SQL(
            "(%s IS NOT DISTINCT FROM 'failed' AND %s IS NOT TRUE)", state, waived
        )
        if self._crm_is_only_company():
            return failed
        company = self._crm_of_lead_sql(leads, query)
        return SQL("(%s AND %s = ANY(%s))", failed, company, companies)
