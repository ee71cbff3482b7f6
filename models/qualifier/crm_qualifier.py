# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..common.rule.rule_set import BROKEN, REFUSED

VERDICTS = [("pass", "Passed"), ("fail", "Failed"), ("open", "Open")]

# What the verdict on an answer depends on.
JUDGED_BY = frozenset(
    ("kind", "pass_answer", "number_test", "number_from", "number_to", "date_days")
)


class CrmQualifier(models.Model):
    """One thing that decides whether a lead fits at all: a fact of it, or a question.

    A fact is a rule on the lead. A question is asked by a salesperson; its answers are rows
    of ``crm.qualifier.answer``, each with the verdict that the qualifier gives it. For the
    engine both are the same: a condition to pass and a condition to fail (see
    ``_rule_domains``); a lead that meets neither leaves the qualifier open.
    """

    _name = "crm.qualifier"
    _inherit = ["crm.rule.file.mixin", "crm.waiting.mixin", "crm.rule.mixin"]
    _description = "Qualifier"

    # What JUDGED_BY names its leads follow at once.
    _followed_by = frozenset(
        ("domain", "importance", "team_ids", "categ_ids", "persona_ids", "company_id")
    ) | {"active"}

    question = fields.Char(
        translate=True,
        help="What to ask, in the words that you would use on the phone.",
    )
    kind = fields.Selection(
        [
            ("fact", "Fact of the lead"),
            ("yes_no", "Question: yes or no"),
            ("choice", "Question: choice"),
            ("number", "Question: number"),
            ("text", "Question: text"),
            ("date", "Question: date"),
        ],
        required=True,
        default="fact",
    )
    importance = fields.Selection(
        [
            ("required", "Required"),
            ("nice_to_have", "Nice to have"),
            ("knock_out", "Knock-out"),
        ],
        required=True,
        default="required",
        help="Required: the lead must pass it. Knock-out: the lead must not fail it.\n"
        "Nice to have: shown, but it decides nothing.",
    )
    on_mismatch = fields.Selection(
        [
            ("known", "Fails, once the facts are known"),
            ("open", "Stays open"),
            ("fail", "Fails"),
        ],
        string="When It Does Not Match",
        required=True,
        default="known",
        help="What a lead gets that does not meet the condition. A fact is known when its"
        " field is filled.",
    )
    fail_reason = fields.Char(
        translate=True,
        help="What to say of a lead that fails. Empty: what the lead says instead.",
    )

    # what makes an answer pass
    pass_answer = fields.Selection(
        [("yes", "Yes"), ("no", "No")], default="yes", required=True
    )
    option_ids = fields.One2many("crm.qualifier.option", "qualifier_id", copy=True)
    number_test = fields.Selection(
        [
            ("any", "Any number"),
            ("min", "At least"),
            ("max", "At most"),
            ("between", "Between"),
        ],
        string="Passes With",
        required=True,
        default="any",
    )
    number_from = fields.Float(string="From")
    number_to = fields.Float(string="To")
    date_days = fields.Integer(
        string="Passes Within (days)",
        help="A date passes that is at most this many days after the answer. 0: any date.",
    )

    # which leads it is for
    team_ids = fields.Many2many(
        "crm.team", string="Sales Teams", help="Empty: all teams."
    )
    persona_ids = fields.Many2many(
        "crm.persona", string="Personas", help="Empty: all personas."
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        help="Only leads interested in a product of these categories. Empty: all leads.",
    )
    reach_note = fields.Char(
        compute="_compute_reach_note", export_string_translation=False
    )
    scope = fields.Json(compute="_compute_scope", export_string_translation=False)

    _check_numbers = models.Constraint(
        "CHECK (number_test <> 'between' OR number_from <= number_to)",
        "The numbers between which an answer passes are in the wrong order.",
    )
    _check_days = models.Constraint(
        "CHECK (date_days >= 0)",
        "The days within which a date passes cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("team_ids", "persona_ids", "categ_ids")
    def _compute_scope(self):
        """Say as a domain which leads the qualifier is for."""
        for qualifier in self:
            qualifier.scope = [
                (field, operator, records.ids)
                for field, operator, records in (
                    ("team_id", "in", qualifier.team_ids),
                    ("persona_id", "in", qualifier.persona_ids),
                    ("product_ids.categ_id", "child_of", qualifier.categ_ids),
                )
                if records
            ]

    @api.depends("kind", "domain", "scope", "active")
    @api.depends_context("lang")
    def _compute_reach_note(self):
        """Say so where a fact tells no lead from another."""
        for qualifier in self:
            qualifier.reach_note = qualifier.kind == "fact" and qualifier._reach_note()

    def _reach_note(self):
        """Return what to say of a fact that all open leads have, or False."""
        leads = self.env["crm.lead"]
        about = Domain("won_status", "=", "pending") & Domain(self.scope or [])
        try:
            domain = self._parse_domain(self.domain)
            if domain.is_true():
                return self.env._("It has no condition, so every lead passes.")
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                if leads.search_count(about & ~domain, limit=1):
                    return False
                count = leads.search_count(about, limit=10000)
        except (*BROKEN, *REFUSED, SyntaxError, MemoryError, RecursionError):
            return False  # Saving says what is wrong with it.
        return count > 1 and self.env._(
            "All %s open leads that you see pass, so it tells none from another.", count
        )

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "option_ids", "active")
    def _check_options(self):
        for qualifier in self:
            if (
                qualifier.active
                and qualifier.kind == "choice"
                and not qualifier.option_ids
            ):
                raise ValidationError(
                    self.env._(
                        'Qualifier "%s" is a choice without options: nobody could answer it.'
                        " Add at least one option.",
                        qualifier.name,
                    )
                )

    # === RULES === #

    @api.model
    def _rule_restrictions(self):
        names = ("team_ids", "persona_ids", "categ_ids")
        return [*super()._rule_restrictions(), *names]

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "kind", "importance", "on_mismatch", "scope"]

    @api.model
    def _rule_domains(self, row):
        """Return when a qualifier applies, when it is passed, and when it is failed.

        :rtype: list[Domain]
        """
        scope = Domain(row.values["scope"] or [])
        if row.values["kind"] != "fact":
            return [
                scope,
                self._answer_domain(row, "pass"),
                self._answer_domain(row, "fail"),
            ]
        mismatch = {
            "known": self._known_domain(row.domain) & ~row.domain,
            "open": Domain.FALSE,
            "fail": ~row.domain,
        }
        return [scope, row.domain, mismatch[row.values["on_mismatch"]]]

    @api.model
    def _answer_domain(self, row, verdict):
        """Return which leads have an answer with this verdict to the question ``row``."""
        answers = [
            ("qualifier_id", "=", row.id),
            ("verdict", "=", verdict),
            ("active", "=", True),
        ]
        return Domain("qualifier_answer_ids", "any", answers)

    @api.model
    def _known_domain(self, domain):
        """Return which leads have all the facts that a condition is about.

        Of a path the first step counts. A yes/no field is always known, and so is what the
        database does not store.
        """
        known = Domain.TRUE
        for path in {condition.field_expr for condition in domain.iter_conditions()}:
            field = self.env["crm.lead"]._fields.get(path.split(".")[0])
            if not field:
                continue  # It was removed: the condition itself will say so.
            if field.type == "properties":
                known &= Domain(path, "!=", False)
            elif field.store and field.type != "boolean" and field.name != "id":
                known &= Domain(field.name, "!=", False)
        return known

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if not JUDGED_BY.isdisjoint(vals):
            self._judged_anew()
        return result

    # === ANSWERS === #

    def _judged_anew(self):
        """Have leads follow whose answers to these questions have another verdict now.

        The latest open ones at once; of more, whoever changed it is told when they follow.
        """
        # sudo: whoever may write qualifiers decides for all leads.
        leads = self.env["crm.lead"].sudo()
        domain = [
            ("won_status", "=", "pending"),
            ("qualifier_answer_ids.qualifier_id", "in", self.ids),
        ]
        self.env["crm.lead.batch"]._follow(
            leads.search(domain, order="id desc"),
            lambda leads: leads._answers_changed(),
        )

    def _judge(self, answer):
        """Return the verdict on an answer to this question.

        :param answer: a crm.qualifier.answer record.
        :rtype: str
        """
        self.ensure_one()
        if self.kind == "yes_no":
            if not answer.value_yes_no:
                return "open"
            return "pass" if answer.value_yes_no == self.pass_answer else "fail"
        if self.kind == "choice":
            return answer.option_id.verdict or "open"
        if self.kind == "number":
            return self._judge_number(answer.value_number)
        if self.kind == "date":
            return self._judge_date(answer.value_date, answer.answered_on)
        return "pass" if (answer.value_text or "").strip() else "open"

    def _judge_number(self, number):
        low, high = self.number_from, self.number_to
        passes = {
            "any": True,
            "min": number >= low,
            "max": number <= high,
            "between": low <= number <= high,
        }
        return "pass" if passes[self.number_test] else "fail"

    def _judge_date(self, date, answered_on):
        if not date:
            return "open"
        start = (answered_on or fields.Datetime.now()).date()
        late = self.date_days and date > start + timedelta(days=self.date_days)
        return "fail" if late else "pass"
