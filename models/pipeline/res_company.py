# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.crm_config_mixin import kept

SWITCHES = (
    "lead_stage_by_contact",
    "lead_stage_by_quotation",
    "lead_stage_by_order",
    "lead_stage_unqualify",
    "lead_stage_by_grade",
    "lead_rotting",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_stage_by_contact = fields.Boolean(
        string="First Contact Moves to Contacted",
        help="The first contact that a person makes moves a lead from Open to Contacted.",
    )
    lead_stage_by_quotation = fields.Boolean(
        string="Quotation Moves to Negotiation",
        help="A quotation moves a lead to Negotiation.",
    )
    lead_stage_by_order = fields.Boolean(
        string="Order Moves to Customer",
        help="A confirmed order makes a lead a customer.",
    )
    lead_stage_unqualify = fields.Boolean(
        string="Failed Knock-Out Moves to Unqualified",
        help="A lead that fails a knock-out qualifier becomes Unqualified at once. Otherwise"
        " its owner gets an activity that proposes it.",
    )
    lead_stage_by_grade = fields.Selection(
        [
            ("3", "Grade 3 or better"),
            ("4", "Grade 4 or better"),
            ("5", "Grade 5"),
        ],
        string="Grade Moves to Qualified",
        help="A lead that reaches this grade, and has passed the qualifiers, moves to Qualified."
        " It is not moved back when its grade falls. Empty: no grade moves a lead.",
    )
    lead_rotting = fields.Boolean(
        string="Leads Rot Too",
        help="Leads that stand too long in a stage are marked as rotting, like opportunities.",
    )

    def write(self, vals):
        if vals.keys().isdisjoint(SWITCHES):
            return super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        result = super().write(vals)
        self.env["crm.config.mixin"]._crm_changed()
        return result

    @api.model
    @kept("switch")
    def _crm_switched_on(self, switch):
        """Return the ids of the companies that have switched something on, from memory.

        :param str switch: one of ``SWITCHES``.
        :rtype: frozenset[int]
        """
        # sudo: a setting that counts for the leads of the company, whoever saves them.
        return frozenset(self.sudo().search([(switch, "=", True)]).ids)

    @api.model
    @kept()
    def _crm_stage_by_grade(self):
        """Return from which grade on leads move to Qualified, by the company that wants it.

        :rtype: dict[int, int]
        """
        # sudo: see above.
        companies = self.sudo().search([("lead_stage_by_grade", "!=", False)])
        return {company.id: int(company.lead_stage_by_grade) for company in companies}

    @api.model
    def _crm_rot_leads(self):
        """Return the companies whose leads rot, False for leads without a company.

        :rtype: list[int | bool]
        """
        ids = sorted(self._crm_switched_on("lead_rotting"))
        return [*ids, False] if ids and self._crm_is_only_company() else ids
