# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..common.context import ENGINE, SKIP
from ..common.rights import LeadField, is_engine, refuse_engine_fields, skips
from .crm_qualifier import VERDICTS
from .crm_qualifier_answer_value import VALUE_FIELDS

# What the answer itself finds out: who gave it, when, whether it counts, and what it says.
FOUND_OUT = frozenset(("active", "verdict", "user_id", "answered_on"))
# What it is about: another lead or question is another answer.
ABOUT = frozenset(("lead_id", "qualifier_id"))


class CrmQualifierAnswer(models.Model):
    """What somebody answered to a question about a lead, and when.

    For each lead and question one row is active: the answer that counts. Earlier answers
    are archived, never changed: they are the log.
    """

    _name = "crm.qualifier.answer"
    _inherit = ["crm.qualifier.answer.value"]
    _description = "Answer to a qualifier"
    _order = "answered_on desc, id desc"

    active = fields.Boolean(
        string="Counts",
        default=True,
        help="The answer that counts. Earlier ones are the log.",
    )
    lead_id = LeadField("crm.lead", required=True, index=True, ondelete="cascade")
    qualifier_id = fields.Many2one(
        "crm.qualifier",
        required=True,
        index=True,
        # What people said is not lost with the question: archive the question instead.
        ondelete="restrict",
        domain=[("kind", "!=", "fact")],
    )
    value_display = fields.Char(string="Answer", compute="_compute_value_display")
    verdict = fields.Selection(VERDICTS, compute="_compute_verdict", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Answered By",
        default=lambda self: self.env.user,
        readonly=True,
    )
    answered_on = fields.Datetime(default=fields.Datetime.now, required=True)

    _current_uniq = models.UniqueIndex(
        "(lead_id, qualifier_id) WHERE active",
        "Only one answer to a question counts for each lead.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "option_id.verdict",
        "value_yes_no",
        "value_number",
        "value_text",
        "value_date",
        "qualifier_id.kind",
        "qualifier_id.pass_answer",
        "qualifier_id.number_test",
        "qualifier_id.number_from",
        "qualifier_id.number_to",
        "qualifier_id.date_days",
    )
    def _compute_verdict(self):
        for answer in self:
            answer.verdict = answer.qualifier_id and answer.qualifier_id._judge(answer)

    @api.depends(
        "qualifier_id.kind",
        "option_id.name",
        "value_yes_no",
        "value_number",
        "value_text",
        "value_date",
    )
    @api.depends_context("lang")
    def _compute_value_display(self):
        for answer in self:
            answer.value_display = answer._display_value()

    @api.depends("qualifier_id.name", "value_display")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for answer in self:
            parts = answer.qualifier_id.name, answer.value_display
            answer.display_name = ": ".join(filter(None, parts))

    # === CONSTRAINT METHODS === #

    @api.constrains("qualifier_id", "option_id", "value_number", "value_date")
    def _check_value(self):
        for answer in self:
            qualifier = answer.qualifier_id
            if qualifier.kind == "fact":
                raise ValidationError(
                    self.env._(
                        '"%s" is a fact of the lead, not a question: change the lead instead.',
                        qualifier.name,
                    )
                )
            if answer.option_id and answer.option_id.qualifier_id != qualifier:
                raise ValidationError(
                    self.env._(
                        '"%(option)s" is not an option of "%(qualifier)s".',
                        option=answer.option_id.name,
                        qualifier=qualifier.name,
                    )
                )
            if not math.isfinite(answer.value_number):
                raise ValidationError(
                    self.env._('The answer to "%s" must be a number.', qualifier.name)
                )
            if answer.value_date and not 1900 <= answer.value_date.year <= 2200:
                raise ValidationError(
                    self.env._(
                        'The date %(date)s is no sensible answer to "%(qualifier)s".',
                        date=answer.value_date,
                        qualifier=qualifier.name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # Before the earlier answers are looked at: of other people's leads none is seen.
        vals_list = [dict(vals) for vals in vals_list]
        self._check_given(vals_list)
        self._log_earlier(vals_list)
        answers = super().create(vals_list)
        answers._evaluate_leads()
        return answers

    def write(self, vals):
        if not is_engine(self.env) and any(not answer.active for answer in self):
            raise UserError(
                self.env._(
                    "An earlier answer is kept as it was given. Give a new answer instead."
                )
            )
        vals = dict(vals)
        # To take an answer back (active) is everybody's right.
        refuse_engine_fields(self, vals, (FOUND_OUT | ABOUT) - {"active"})
        if not vals.keys().isdisjoint(VALUE_FIELDS.values()):
            # The earlier answer goes to the log; this row stays the one that counts.
            for answer in self.filtered("active"):
                answer.with_context(**ENGINE.on()).copy({"active": False})
            vals = {
                "user_id": self.env.uid,
                "answered_on": fields.Datetime.now(),
                **vals,
            }
        result = super().write(vals)
        self._evaluate_leads()
        return result

    def unlink(self):
        leads = self.lead_id
        result = super().unlink()
        leads._answers_changed()
        return result

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for answer, vals in zip(self, vals_list, strict=True):
            vals.setdefault("user_id", answer.user_id.id)
            vals["answered_on"] = answer.answered_on
        return vals_list

    # === BUSINESS METHODS === #

    @api.model
    def _check_given(self, vals_list):
        """Refuse answers about leads and questions that are not the user's to answer."""
        defaults = {
            name: self.env.context.get(f"default_{name}") for name in FOUND_OUT | ABOUT
        }
        found_out = {name: value for name, value in defaults.items() if value}
        for vals in vals_list:
            if vals.get("active", True) is True:
                vals.pop("active", None)
            refuse_engine_fields(self.browse(), vals, FOUND_OUT)
            refuse_engine_fields(self.browse(), found_out, FOUND_OUT)
        for name, operation in (("lead_id", "write"), ("qualifier_id", "read")):
            ids = {vals.get(name) or defaults[name] for vals in vals_list} - {
                None,
                False,
            }
            records = self.env[self._fields[name].comodel_name].browse(ids)
            records.check_access(operation)

    @api.model
    def _log_earlier(self, vals_list):
        """Archive the answers that new ones replace; of several new ones the last counts."""
        seen = set()
        for vals in reversed(vals_list):
            pair = (vals.get("lead_id"), vals.get("qualifier_id"))
            if vals.get("active", True):
                vals["active"] = pair not in seen
                seen.add(pair)
        if not seen:
            return
        earlier = self.search(
            [
                ("lead_id", "in", [lead_id for lead_id, _qualifier_id in seen]),
                (
                    "qualifier_id",
                    "in",
                    [qualifier_id for _lead_id, qualifier_id in seen],
                ),
            ]
        ).filtered(lambda answer: (answer.lead_id.id, answer.qualifier_id.id) in seen)
        if earlier:
            earlier.with_context(**{SKIP: True, **ENGINE.on()}).active = False
            earlier.flush_recordset(["active"])

    @api.model
    def _move_to(self, lead, others):
        """Give the answers about other leads to the one that they merge into.

        Where both have an answer, the later one counts; the other goes to the log.
        """
        answers = self.with_context(
            active_test=False, **{SKIP: True, **ENGINE.on()}
        ).search(
            [("lead_id", "in", (lead | others).ids)], order="answered_on desc, id desc"
        )
        counting = {}
        for answer in answers.filtered("active"):
            counting.setdefault(answer.qualifier_id, answer)
        earlier = answers.filtered("active") - self.union(*counting.values())
        earlier.active = False
        earlier.flush_recordset(["active"])
        (answers - lead.qualifier_answer_ids).lead_id = lead

    def _evaluate_leads(self):
        """Run the engines over the leads of these answers."""
        if not skips(self.env):
            self.lead_id._answers_changed()
