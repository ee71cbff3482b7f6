# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...tools.mail_domain import senders_of
from ..common.crm_config_mixin import kept

KEPT = ("lead_standardise", "lead_shared_senders")


class ResCompany(models.Model):
    _inherit = "res.company"

    # Off unless asked for: what others send to Odoo, and read back, stays as they know it.
    lead_standardise = fields.Boolean(
        string="Standardise Lead Data",
        help="Write names, phone numbers, email addresses and web sites of new entries in one"
        " way, and fill in the country. What was typed is kept in the lead's history.",
    )

    lead_shared_senders = fields.Text(
        string="Senders That Are Nobody's",
        groups="base.group_user",
        help="Addresses or domains from which many people write: portals, marketplaces, the"
        " form of your web site. Leads with such an address are not taken for one customer.",
    )

    def write(self, vals):
        if vals.keys().isdisjoint(KEPT):
            return super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        result = super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        return result

    @api.model
    @kept()
    def _crm_shared_senders(self):
        """Return the addresses and domains from which many people write, of all companies.

        :rtype: frozenset[str]
        """
        # sudo: who writes to a company, whoever saves the lead.
        companies = self.sudo().search([("lead_shared_senders", "!=", False)])
        return frozenset().union(
            *(senders_of(company.lead_shared_senders) for company in companies)
        )
