# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# Left out of learning, to judge what was learned.
HOLDOUT = 0.3


class CrmScorecardLearn(models.TransientModel):
    """Learn a draft scorecard from closed leads, and judge it by others."""

    _name = "crm.scorecard.learn"
    _description = "Learn a scorecard"

    company_id = fields.Many2one(
        "res.company",
        help="Learn from, and for, the leads of this company. Empty: all.",
    )
    domain = fields.Char(string="Leads", default="[]")
    excluded_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Leave Out",
        domain=[("model", "=", "crm.lead"), ("store", "=", True)],
        help="Facts that are known, or changed, only while a lead is worked on: a scorecard for"
        " new leads must not use them. What Odoo itself knows to be such is left out always.",
    )
    closed_count = fields.Integer(
        compute="_compute_closed_count", string="Closed Leads"
    )
    won_count = fields.Integer(compute="_compute_closed_count", string="Of Them Won")

    @api.depends("domain", "company_id")
    def _compute_closed_count(self):
        for wizard in self:
            leads = self.env["crm.lead"].with_context(active_test=False)
            domain = wizard._domain()
            wizard.won_count = leads.search_count(
                domain & Domain("won_status", "=", "won")
            )
            wizard.closed_count = wizard.won_count + leads.search_count(
                domain & Domain("won_status", "=", "lost")
            )

    def action_learn(self):
        """Learn from 70 % of the closed leads, judge by the others, and open the draft.

        :return: a window action.
        :rtype: dict
        :raise UserError: where there are too few closed leads.
        """
        self.ensure_one()
        card = self.env["crm.scorecard"]._suggest(
            self._domain(), self.excluded_field_ids.mapped("name"), holdout=HOLDOUT
        )
        card.company_id = self.company_id
        card._evaluate(self._domain())
        return card._get_records_action()

    def _domain(self):
        """Return which leads are meant.

        :rtype: Domain
        :raise UserError: where the condition cannot be read.
        """
        self.ensure_one()
        try:
            domain = self.env["crm.scorecard.rule"]._parse_domain(self.domain)
        except (ValueError, SyntaxError) as error:
            raise UserError(
                self.env._("The condition on the leads cannot be read: %s", error)
            ) from error
        if self.company_id:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        return domain
