# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.crm_config_mixin import kept


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_known_least = fields.Integer(
        string="Known for a Grade (%)",
        default=30,
        help="While less of the expected information about a lead is known, its grade is"
        " provisional, and its band never Leave. 0: every grade counts.",
    )

    _check_lead_known_least = models.Constraint(
        "CHECK (COALESCE(lead_known_least, 0) BETWEEN 0 AND 100)",
        "The share of information that a grade takes goes from 0 to 100 %.",
    )

    def write(self, vals):
        if {"lead_known_least", "lead_set_aside"}.isdisjoint(vals):
            return super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        result = super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        # sudo: whoever may write the company decides for its leads.
        cards = self.env["crm.scorecard"].sudo().search([("state", "=", "live")])
        self.env["crm.score.engine"]._rescore_edited(cards)
        return result

    @api.model
    @kept()
    def _crm_known_least(self):
        """Return from how much known information on, in percent, grades count, by company.

        Nothing where no information is expected: then nothing can be missing.

        :rtype: dict[int, int]
        """
        if not self.env["crm.info.item"]._rule_rows():
            return {}
        # sudo: a switch of the companies, whoever may see them.
        companies = self.sudo().search([("id", "!=", False)])
        return {company.id: company.lead_known_least for company in companies}
