# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....tools import experiment as statistics
from ...common.context import EXPERIMENT
from . import telling
from .conversions import CONVERSIONS

# What may be written of an experiment that was started.
STILL_OPEN = frozenset(("name", "sequence", "note", "active", "broken_reason"))
# What only the experiment itself writes.
COURSE = frozenset(
    ("state", "salt", "started_on", "ended_on", "verdict", "guard")
    + ("difference", "low", "high")
)


class CrmExperiment(models.Model):
    """A test whether another way of handing out leads converts more of them.

    **What.** Eight steps: say what counts as a conversion, split the leads into a control and
    a test group, make the variants, have Odoo record what happens, run until the planned end,
    compare by statistics, see the effect, and make the better one the default.

    **How it works.** A lead that matches the condition belongs to a variant by a hash of its
    id: whatever the order, always the same. It is put on record (``crm.experiment.unit``)
    where the subject acts. Until the planned end only counts are shown, and there is no
    verdict: who stops when it looks good is wrong far too often. What was started is not
    changed any more, and never deleted.
    """

    _name = "crm.experiment"
    _inherit = ["crm.rule.mixin", "mail.thread"]
    _description = "Experiment"
    _order = "sequence, id desc"

    subject = fields.Selection(
        [("routing_rule", "Routing rules")],
        required=True,
        default="routing_rule",
        help="What differs between the variants.",
    )
    conversion = fields.Selection(
        [(one.code, one.name) for one in CONVERSIONS],
        required=True,
        default="answered",
        help="What counts as a success. Its time begins when a lead enters.",
    )
    note = fields.Text(help="What we expect, and why.")
    variant_ids = fields.One2many("crm.experiment.variant", "experiment_id")
    unit_count = fields.Integer(string="Leads", compute="_compute_unit_count")
    base_rate = fields.Float(
        string="Share Now",
        default=0.1,
        help="What share of the leads converts today, from 0 to 1.",
    )
    min_effect = fields.Float(
        string="Difference to See",
        default=0.05,
        help="The smallest difference worth knowing of: 0.05 is from 10 % to 15 %.",
    )
    n_needed = fields.Integer(
        string="Leads per Variant",
        compute="_compute_n_needed",
        help="So many are needed to see that difference in 4 of 5 experiments.",
    )
    leads_per_month = fields.Float(readonly=True, digits=(16, 1))
    advice = fields.Char(compute="_compute_advice")
    ends_on = fields.Date(
        string="Planned End",
        help="It ends on this day, or once all variants have their leads, whichever is later.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("waiting", "Waiting for outcomes"),
            ("decided", "Decided"),
            ("kept", "Made the default"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    salt = fields.Char(readonly=True, copy=False, export_string_translation=False)
    started_on = fields.Datetime(readonly=True, copy=False)
    ended_on = fields.Datetime(readonly=True, copy=False)
    verdict = fields.Selection(
        [
            ("better", "A variant is better"),
            ("worse", "The control is better"),
            ("same", "No difference seen"),
            ("few", "Too few leads"),
            ("broken", "The split is broken: no verdict"),
        ],
        readonly=True,
        copy=False,
    )
    guard = fields.Selection(
        [("good", "Not worse"), ("worse", "Worse")],
        string="Opt-outs and Drops",
        readonly=True,
        copy=False,
        help="Leads that want no more messages, or were dropped without any contact.",
    )
    best_variant_id = fields.Many2one(
        "crm.experiment.variant", string="Compared", compute="_compute_best_variant_id"
    )
    difference = fields.Float(readonly=True, copy=False)
    low = fields.Float(readonly=True, copy=False, export_string_translation=False)
    high = fields.Float(readonly=True, copy=False, export_string_translation=False)
    verdict_text = fields.Char(string="Result", compute="_compute_verdict_text")
    may_make_default = fields.Boolean(compute="_compute_may_make_default")
    decided_by_id = fields.Many2one("res.users", compute="_compute_best_variant_id")
    decided_on = fields.Datetime(compute="_compute_best_variant_id")

    # === COMPUTE METHODS === #

    @api.depends("variant_ids.unit_count")
    def _compute_unit_count(self):
        for experiment in self:
            experiment.unit_count = sum(experiment.variant_ids.mapped("unit_count"))

    @api.depends("variant_ids.is_best", "variant_ids.adopted_by_id")
    def _compute_best_variant_id(self):
        for experiment in self:
            best = experiment.variant_ids.filtered("is_best")[:1]
            experiment.best_variant_id = best
            experiment.decided_by_id = best.adopted_by_id
            experiment.decided_on = best.adopted_on

    @api.depends("base_rate", "min_effect", "variant_ids")
    def _compute_n_needed(self):
        for experiment in self:
            others = max(1, len(experiment.variant_ids) - 1)
            level = 1 - (1 - statistics.LEVEL) / others
            try:
                needed = statistics.sample_size(
                    experiment.base_rate, experiment.min_effect, level
                )
            except ValueError:
                needed = 0
            experiment.n_needed = needed

    @api.depends("n_needed", "leads_per_month", "variant_ids", "conversion")
    @api.depends_context("lang")
    def _compute_advice(self):
        for experiment in self:
            experiment.advice = telling.advice(experiment)

    @api.depends("verdict", "difference", "low", "high", "guard", "best_variant_id")
    @api.depends_context("lang")
    def _compute_verdict_text(self):
        for experiment in self:
            experiment.verdict_text = telling.verdict(experiment)

    @api.depends("state", "verdict", "guard")
    def _compute_may_make_default(self):
        for experiment in self:
            experiment.may_make_default = (
                experiment.state == "decided"
                and experiment.verdict == "better"
                and experiment.guard == "good"
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("base_rate", "min_effect")
    def _check_shares(self):
        for experiment in self:
            try:
                statistics.sample_size(experiment.base_rate, experiment.min_effect)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the share now and the share with the difference are both"
                        " between 0 and 1, and differ.",
                        name=experiment.name,
                    )
                ) from error

    @api.constrains("state", "subject", "company_id")
    def _check_alone(self):
        for experiment in self.filtered(lambda one: one.state == "running"):
            others = self.search(
                [
                    ("id", "!=", experiment.id),
                    ("state", "=", "running"),
                    ("subject", "=", experiment.subject),
                ]
            )
            clash = others.filtered(
                lambda one, mine=experiment.company_id: (
                    not mine or not one.company_id or one.company_id == mine
                )
            )
            if clash:
                raise ValidationError(
                    self.env._(
                        "%(other)s runs on the same subject: a lead is in one experiment at"
                        " a time. Wait for its end, or stop it.",
                        other=clash[0].name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_own(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_own(vals)
        if not EXPERIMENT.of(self.env) and not STILL_OPEN.issuperset(vals):
            self._check_draft()
        result = super().write(vals)
        if vals.get("active") is False:
            # Archived, or broken and switched off: nobody is split by it any more.
            self.filtered(lambda one: one.state in ("running", "waiting"))._stop()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_own(self, vals):
        """Refuse what only the experiment itself finds out."""
        if COURSE.intersection(vals) and not EXPERIMENT.of(self.env):
            raise UserError(
                self.env._("An experiment goes its way by its buttons, not by hand.")
            )

    def _check_draft(self):
        """Refuse to change what was started: its record stays as it is."""
        for experiment in self:
            if experiment.state != "draft":
                raise UserError(
                    self.env._(
                        "%s was started: it is not changed or deleted any more. Copy it to"
                        " begin anew.",
                        experiment.name,
                    )
                )

    def _check_ready(self):
        """Refuse to start what cannot come to a verdict."""
        self.ensure_one()
        control = self.variant_ids.filtered("is_control")
        problems = [
            (len(self.variant_ids) < 2, self.env._("there are at least two variants")),
            (
                len(control) != 1,
                self.env._("exactly one of the variants is the control"),
            ),
            (
                any(variant.weight <= 0 for variant in self.variant_ids),
                self.env._("each variant has a weight above 0"),
            ),
            (
                not self.ends_on or self.ends_on <= fields.Date.context_today(self),
                self.env._("the planned end is later than today"),
            ),
            *((True, text) for text in self.variant_ids._problems()),
        ]
        found = [text for is_there, text in problems if is_there]
        if found:
            raise ValidationError(
                self.env._(
                    "%(name)s can start once: %(problems)s.",
                    name=self.name,
                    problems="; ".join(found),
                )
            )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for experiment, vals in zip(self, vals_list, strict=True):
            vals["variant_ids"] = [
                (0, 0, variant.copy_data()[0]) for variant in experiment.variant_ids
            ]
        return vals_list
