# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from itertools import islice
from textwrap import shorten

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import (
    SQL,
    format_amount,
    format_date,
    format_datetime,
    formatLang,
    html2plaintext,
)

from ..common.field_kinds import BOOKKEEPING, FACT
from .crm_scorecard_grade import BANDS

# How many changes of grade the explanation shows.
SHOWN_CHANGES = 5
# When something happened, by the name of a field that says it.
RECORD_DATES = ("start", "occurred_on", "date_order", "date_closed")


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
            that are missing to the next grade (or False), and ``rows``: label, kind, points
            and reason of each part, biggest first.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["crm.score.engine"]._explanation(self)

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

    def _lead_question_values(self):
        values = super()._lead_question_values()
        return {**values, **self.env["crm.score.engine"]._question_values(self)}

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

    def _reason_value(self, field):
        """Return the value of a field of one lead in words, for explanations.

        :param field: a field of crm.lead that the user may read.
        :rtype: str
        """
        # sudo: the names of what the lead points at; the lead itself is the user's to read.
        value = self.sudo()[field.name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type in ("many2one", "one2many", "many2many"):
            # Not a slice: it would read the names of each lead on their own.
            names = [record.display_name for record in islice(value, 3)]
            return ", ".join(name for name in names if name) or self.env._("not set")
        if field.type in ("integer", "float", "monetary"):
            return self._reason_number(field, value)
        if not value:
            return self.env._("not set")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        text = html2plaintext(value) if field.type == "html" else str(value)
        return shorten(text, width=60, placeholder="...")

    def _reason_records(self, records):
        """Return the names of records in words, with their dates where they have some.

        :param records: of any model, as superuser.
        """
        words = []
        for record in records[:3]:
            date = next((n for n in RECORD_DATES if n in record._fields), None)
            name = record.display_name or ""
            if date and record[date]:
                day = fields.Datetime.to_datetime(record[date])
                name = f"{name} ({format_date(self.env, day)})"
            words.append(name)
        more = len(records) - 3
        if more > 0:
            words.append(self.env._("%s more", more))
        return ", ".join(filter(None, words)) or self.env._("not set")

    def _reason_number(self, field, value):
        """Return a number as the user's language writes it, an amount with its currency."""
        is_whole = float(value).is_integer()
        if field.type == "monetary":
            # sudo: the currency in which the lead is written, whoever reads it.
            currency = self.sudo()[field.get_currency_field(self)]
            currency = currency or self.env.company.currency_id
            return format_amount(
                self.env, value, currency, trailing_zeroes=not is_whole
            )
        return formatLang(self.env, value, digits=0 if is_whole else 2)
