# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..common.field_kinds import BOOKKEEPING, FACT
from .cards.crm_scorecard_grade import BANDS
from .grading.explanation import explanation
from .grading.questions import Questions

# How many changes of grade the explanation shows.
SHOWN_CHANGES = 5


class CrmLead(models.Model):
    _inherit = "crm.lead"

    lead_points = fields.Float(
        string="Points",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Sum of the points that the scorecard gives. The grade is what counts.",
        lead_kind=BOOKKEEPING,
    )
    lead_grade = fields.Integer(
        string="Grade",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How likely the lead is to buy: 5 most, 1 least, 0 not graded yet.",
        lead_kind=BOOKKEEPING,
    )
    lead_band = fields.Selection(
        BANDS, string="Band", readonly=True, copy=False, lead_kind=BOOKKEEPING
    )
    is_mql = fields.Boolean(
        string="Marketing Qualified",
        readonly=True,
        copy=False,
        help="Passed the qualifiers, and has a grade that is good enough.",
        lead_kind=BOOKKEEPING,
    )
    grade_manual = fields.Integer(
        string="Grade by Hand",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Overrules the scorecard. 0: the scorecard decides.",
        lead_kind=BOOKKEEPING,
    )
    grade_manual_reason = fields.Char(readonly=True, copy=False, lead_kind=BOOKKEEPING)
    grade_manual_until = fields.Date(
        readonly=True,
        copy=False,
        help="The last day of the grade by hand. Empty: no end.",
        lead_kind=BOOKKEEPING,
    )
    grade_log_ids = fields.One2many(
        "crm.lead.grade.log", "lead_id", readonly=True, lead_kind=BOOKKEEPING
    )

    _grade_manual_range = models.Constraint(
        "CHECK (grade_manual BETWEEN 0 AND 5)",
        "A grade by hand is one from 1 to 5; 0 leaves it to the scorecard.",
    )

    bought_before = fields.Boolean(
        compute="_compute_bought_before",
        search="_search_bought_before",
        rule_fixed=True,
        help="The contact has won deals that were closed earlier than this one.",
        lead_kind=FACT,
    )

    def _compute_bought_before(self):
        found = self.search([("id", "in", self.ids), ("bought_before", "=", True)])
        for lead in self:
            lead.bought_before = lead in found or lead._origin in found

    @api.model
    def _search_bought_before(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = set(value)
        if wanted >= {True, False}:
            return Domain.TRUE

        def to_sql(model, alias, query):
            partner, status, closed = (
                model._field_to_sql(alias, name, query)
                for name in ("partner_id", "won_status", "date_closed")
            )
            # Not the lead itself, nor what was bought after it was closed.
            return SQL(
                "EXISTS (SELECT FROM crm_lead earlier WHERE earlier.partner_id = %s"
                " AND earlier.won_status = 'won' AND earlier.id <> %s AND (%s = 'pending'"
                " OR %s IS NULL OR earlier.date_closed < %s))",
                partner,
                SQL.identifier(alias, "id"),
                status,
                closed,
                closed,
            )

        domain = Domain.custom(to_sql=to_sql)
        return domain if True in wanted else ~domain

    # === ACTION METHODS === #

    def get_grade_explanation(self):
        """Return why the lead has its grade, for the grade widget of the web client.

        :return: ``grade``, ``label``, ``band``, ``points`` of the lead, ``next`` the points
            that are missing to the next grade (or False), ``sides`` the points for what it is
            and for what it did, where the scorecard looks at both, ``as_of`` of a closed
            lead, ``advice`` what to do, and ``rows``: label, kind, points and reason of each
            part, biggest first.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return explanation(self)

    def action_set_grade(self):
        """Open the dialog that sets the grade by hand.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_lead_grade_manual_action"
        )
        return {**action, "context": {"default_lead_id": self.id}}

    # === BUSINESS METHODS === #

    def _lead_question_values(self, names=None):
        values = super()._lead_question_values(names)
        return {**values, **Questions(self).values(names)}

    # === HELPERS === #

    def _grade_is_provisional(self):
        """Tell whether too little is known of the lead for its grade to count."""
        self.ensure_one()
        if not self.lead_grade or self._grade_manual_text():
            return False
        Company = self.env["res.company"]
        least = Company._crm_known_least().get(Company._crm_of_lead(self).id, 0)
        return self.info_completeness < least

    def _grade_manual_text(self):
        """Say that, why and how long the grade is set by hand; empty where it is not."""
        self.ensure_one()
        today = fields.Date.today()
        if not self.grade_manual or (self.grade_manual_until or today) < today:
            return ""
        if not self.grade_manual_until:
            return self.env._("Set by hand: %s", self.grade_manual_reason)
        return self.env._(
            "Set by hand until %(day)s: %(reason)s",
            day=format_date(self.env, self.grade_manual_until),
            reason=self.grade_manual_reason,
        )

    def _grade_history(self):
        """Return the last grades, latest first: ``grade`` and ``since`` in words.

        :rtype: list[dict]
        """
        self.ensure_one()
        return [
            {"grade": log.to_grade, "since": format_date(self.env, log.create_date)}
            for log in self.grade_log_ids[:SHOWN_CHANGES]
        ]
