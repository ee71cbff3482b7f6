# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.scoring.cards.setup import ScorecardSetup
from ...models.scoring.learning.closed import ClosedLeads
from ...models.scoring.learning.facts import Facts
from ...models.scoring.learning.learner import MOST_CLOSED
from .crm_scorecard_shares import GRADES

# Left out of learning, to judge what was learned.
HOLDOUT = 0.3


class CrmScorecardLearn(models.TransientModel):
    """Learn a draft scorecard from closed leads, and judge it by others."""

    _name = "crm.scorecard.learn"
    _inherit = ["crm.scorecard.shares.mixin"]
    _description = "Learn a scorecard"

    company_id = fields.Many2one(
        "res.company",
        help="Learn from, and for, the leads of this company. Empty: all.",
    )
    domain = fields.Char(string="Leads", default="[]")
    fact_ids = fields.One2many(
        "crm.scorecard.learn.fact",
        "learn_id",
        default=lambda self: self._default_fact_ids(),
    )
    closed_count = fields.Integer(
        compute="_compute_closed_count", string="Closed Leads"
    )
    won_count = fields.Integer(compute="_compute_closed_count", string="Of Them Won")
    share_preview = fields.Html(compute="_compute_share_preview", sanitize=False)

    @api.model
    def _default_fact_ids(self):
        """Return the commands that make a line for each fact that may be used."""
        known = Facts(self.env)
        events = (
            self.env["crm.lead"]._fields["touchpoint_ids"]._description_string(self.env)
        )
        facts = [
            (events if name == "touchpoint_ids" else known.fact(name).label, name)
            for name in known.candidates()
        ]
        return [
            fields.Command.create({"label": label, "field_name": name})
            for label, name in sorted(facts)
        ]

    @api.depends("domain", "company_id")
    def _compute_closed_count(self):
        for wizard in self:
            rows = ClosedLeads(self.env).find(wizard._domain(), wizard._scope())
            wizard.closed_count = len(rows)
            wizard.won_count = sum(row.won for row in rows)

    @api.depends("closed_count", *(f"share_{grade}" for grade in GRADES))
    def _compute_share_preview(self):
        for wizard in self:
            try:
                shares = wizard._shares()
            except UserError as error:
                wizard.share_preview = Markup('<p class="text-danger">%s</p>') % error
                continue
            total = min(round(wizard.closed_count * (1 - HOLDOUT)), MOST_CLOSED)
            shares.append(1 - sum(shares))
            wizard.share_preview = self._shares_table(
                [self.env._("Share"), self.env._("Leads, about")],
                [
                    (
                        grade,
                        self.env._("%s %%", round(100 * share)),
                        round(total * share),
                    )
                    for grade, share in zip((*GRADES, 1), shares, strict=True)
                ],
            )

    def action_learn(self):
        """Learn from 70 % of the closed leads, judge by the others, and open the draft.

        :return: a window action.
        :rtype: dict
        :raise UserError: where there are too few closed leads.
        """
        self.ensure_one()
        card = self.env["crm.scorecard"]._suggest(
            self._domain(),
            self._left_out(),
            holdout=HOLDOUT,
            shares=self._shares(),
            scope=self._scope(),
        )
        card.company_id = self.company_id
        card._evaluate(self._domain())
        return card._get_records_action()

    def _left_out(self):
        """Return the names of the fields that the user does not want."""
        return self.fact_ids.filtered("leave_out").mapped("field_name")

    def _domain(self):
        """Return which leads are meant.

        :rtype: Domain
        :raise UserError: where the condition cannot be read.
        """
        self.ensure_one()
        return self.env["crm.scorecard.rule"]._asked_domain(self.domain)

    def _scope(self):
        """Return the set-up of the scorecard to be: it learns from the leads it is about."""
        self.ensure_one()
        return ScorecardSetup(company_id=self.company_id.id)


class CrmScorecardLearnFact(models.TransientModel):
    _name = "crm.scorecard.learn.fact"
    _description = "Fact to learn from"
    _order = "label, id"
    _rec_name = "label"

    learn_id = fields.Many2one(
        "crm.scorecard.learn", required=True, index=True, ondelete="cascade"
    )
    field_name = fields.Char(required=True, readonly=True)
    label = fields.Char(string="Fact", readonly=True)
    leave_out = fields.Boolean(
        help="Leave out what is known, or changed, only while a lead is worked on: a scorecard"
        " for new leads must not use it. What Odoo itself knows to be such is never used.",
    )
