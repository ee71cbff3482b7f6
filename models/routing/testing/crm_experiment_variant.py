# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...common.context import EXPERIMENT

# What only the experiment itself writes.
COURSE = frozenset(("is_best", "adopted_by_id", "adopted_on"))


class CrmExperimentVariant(models.Model):
    """One way of an experiment: the control is what is done today."""

    _name = "crm.experiment.variant"
    _description = "Variant of an experiment"
    _order = "is_control desc, id"

    experiment_id = fields.Many2one(
        "crm.experiment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="experiment_id.company_id")
    name = fields.Char(required=True)
    is_control = fields.Boolean(string="Control", help="What is done today.")
    weight = fields.Integer(
        default=1,
        help="1 and 1: half of the leads each. 1 and 3: a quarter, and the rest.",
    )
    rule_ids = fields.Many2many(
        "crm.routing.rule",
        "crm_experiment_variant_rule_rel",
        "variant_id",
        "rule_id",
        string="Routing Rules",
        context={"active_test": False},
        help="The leads of this variant are routed by these rules, and by those that are in no"
        " variant. Those of the test are switched on at the start: leave them archived until"
        " then.",
    )
    is_best = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    adopted_by_id = fields.Many2one(
        "res.users", string="Made the Default by", readonly=True, copy=False
    )
    adopted_on = fields.Datetime(readonly=True, copy=False)
    unit_count = fields.Integer(string="Leads", compute="_compute_counts")
    rate = fields.Float(string="Converted", compute="_compute_counts")

    @api.depends("experiment_id.state")
    def _compute_counts(self):
        Unit = self.env["crm.experiment.unit"]
        # sudo: counts only; the outcomes are nobody's to read one by one.
        rows = Unit.sudo()._read_group(
            [("variant_id", "in", self.ids)], ["variant_id", "outcome"], ["__count"]
        )
        counts = {}
        for variant, outcome, count in rows:
            counts.setdefault(variant.id, {})[outcome] = count
        for variant in self:
            found = counts.get(variant._origin.id, {})
            total = sum(found.values())
            variant.unit_count = total
            # Before the end nobody compares.
            is_over = variant.experiment_id.state in ("decided", "kept")
            variant.rate = found.get("yes", 0) / total if total and is_over else 0.0

    @api.constrains("weight")
    def _check_weight(self):
        for variant in self:
            if variant.weight <= 0:
                raise ValidationError(
                    self.env._("%s: the weight is above 0.", variant.name)
                )

    @api.constrains("is_control", "experiment_id")
    def _check_control(self):
        for experiment in self.experiment_id:
            if len(experiment.variant_ids.filtered("is_control")) > 1:
                raise ValidationError(
                    self.env._("%s: one variant is the control.", experiment.name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name in COURSE.intersection(vals):
                del vals[name]
        variants = super().create(vals_list)
        variants.experiment_id._check_draft()
        return variants

    def write(self, vals):
        if COURSE.intersection(vals) and not EXPERIMENT.of(self.env):
            vals = {name: vals[name] for name in vals.keys() - COURSE}
        if not EXPERIMENT.of(self.env):
            self.experiment_id._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        self.experiment_id._check_draft()

    def _problems(self):
        """Return what keeps the experiment from starting, in words.

        Rooms that add a subject add what its variants need.
        """
        if self[:1].experiment_id.subject != "routing_rule":
            return
        for variant in self:
            if not variant.rule_ids:
                yield self.env._("%s has routing rules of its own", variant.name)
            elif variant.is_control and not variant.rule_ids.filtered("active"):
                yield self.env._("the rules of %s are not archived", variant.name)
        shared = (
            self.filtered("is_control").rule_ids
            & self.filtered(lambda variant: not variant.is_control).rule_ids
        )
        if shared:
            yield self.env._("%s is in one variant only", shared[0].name)
