# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ....tools import forgetting

COLUMNS = (
    "kind",
    "first_days",
    "threshold",
    "factor",
    "min_days",
    "max_days",
    "max_attempts",
    "then_action",
    "neglect_days",
)


class CrmFollowupPolicy(models.Model):
    """When to be in touch with leads again.

    The first active policy that matches a lead counts. Its two numbers say how fast leads
    forget: "after 3 days a lead still remembers 50 %". As long as there is no policy nothing
    is planned. See tools/forgetting.py for the arithmetic.
    """

    _name = "crm.followup.policy"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Follow-up policy"

    kind = fields.Selection(
        [("sales", "Sales: open leads"), ("support", "Support: customers")],
        required=True,
        default="sales",
        help="Leads that are open, or those that were won and are looked after.",
    )
    first_days = fields.Float(
        string="After (Days)",
        required=True,
        default=3.0,
        help="After so many days without a contact ...",
    )
    threshold = fields.Float(
        string="Still Remembers",
        required=True,
        default=0.5,
        help="... a lead still remembers this share of what was said. Then it is time to be in"
        " touch again. A rule of thumb, not a measurement.",
    )
    rate = fields.Float(
        string="Forgetting Rate (per Day)", compute="_compute_rate", digits=(16, 4)
    )
    factor = fields.Float(
        string="Each Contact Slows It By",
        required=True,
        default=0.8,
        help="Each further day with a contact that landed multiplies the rate by this: 1 leaves"
        " it, 0.8 makes the intervals grow by a quarter each time.",
    )
    min_days = fields.Float(
        string="At Least (Days)",
        required=True,
        default=1.0,
        help="Never sooner than this after the last contact.",
    )
    max_days = fields.Float(
        string="At Most (Days)",
        required=True,
        default=90.0,
        help="Never later than this after the last contact.",
    )
    max_attempts = fields.Integer(
        string="Tries Without an Answer",
        default=6,
        help="After so many tries in a row that reached nobody something else happens.",
    )
    then_action = fields.Selection(
        [
            ("nothing", "Go on trying"),
            ("leader", "The team leader decides"),
            ("unqualified", "Propose to set the lead aside"),
        ],
        string="Then",
        required=True,
        default="leader",
    )
    neglect_days = fields.Integer(
        string="Neglected After (Days)",
        default=14,
        help="Leads that nobody of us was in touch with for so long are shown as neglected.",
    )
    step_ids = fields.One2many(
        "crm.followup.step", "policy_id", string="Steps", copy=True
    )
    intervals = fields.Char(
        compute="_compute_rate",
        export_string_translation=False,
        help="Days between contacts when each one lands.",
    )

    _check_counts = models.Constraint(
        "CHECK (max_attempts >= 0 AND neglect_days >= 0)",
        "Numbers of tries and days cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("first_days", "threshold", "factor", "min_days", "max_days")
    def _compute_rate(self):
        for policy in self:
            try:
                rate = forgetting.rate(policy.first_days, policy.threshold)
                days = [
                    forgetting.interval(
                        forgetting.slower(
                            rate, n, policy.factor, policy.threshold, policy.max_days
                        ),
                        policy.threshold,
                        policy.min_days,
                    )
                    for n in range(1, 7)
                ]
            except (ValueError, ArithmeticError):
                policy.rate, policy.intervals = 0.0, ""
                continue
            policy.rate = rate
            policy.intervals = " · ".join(f"{one:.1f}" for one in days)

    # === CONSTRAINT METHODS === #

    @api.constrains("first_days", "threshold", "factor", "min_days", "max_days")
    def _check_curve(self):
        for policy in self:
            bounds = {
                "first_days": (forgetting.LEAST_DAYS, forgetting.MOST_DAYS),
                "threshold": (forgetting.LEAST_SHARE, forgetting.MOST_SHARE),
                "factor": (0.5, 1.0),
                "min_days": (forgetting.LEAST_DAYS, policy.max_days),
                "max_days": (forgetting.LEAST_DAYS, forgetting.MOST_DAYS),
            }
            for name, (least, most) in bounds.items():
                value = policy[name]
                if math.isfinite(value) and least <= value <= most:
                    continue
                raise ValidationError(
                    self.env._(
                        'Follow-up policy "%(policy)s": %(field)s must be between %(least)s'
                        " and %(most)s.",
                        policy=policy.display_name,
                        field=policy._fields[name]._description_string(self.env),
                        least=least,
                        most=most,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_finite(vals)
        policies = super().create(vals_list)
        if any(policies.mapped("active")):
            self.env["crm.followup.engine"]._switch_on()
        return policies

    def write(self, vals):
        self._check_finite(vals)
        result = super().write(vals)
        if vals.keys() - {"name", "domain_lang", "broken_reason"}:
            self.env["crm.followup.engine"]._switch_on()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["crm.followup.engine"]._switch_on()
        return result

    def _check_finite(self, vals):
        """Refuse what is no number, in words: the database would do so in its own."""
        for name in ("first_days", "threshold", "factor", "min_days", "max_days"):
            value = vals.get(name)
            bad = isinstance(value, float) and not math.isfinite(value)
            if bad or (name in ("first_days", "threshold") and value == 0):
                raise ValidationError(
                    self.env._(
                        'Follow-up policy "%(policy)s": %(field)s must be a number above zero.',
                        policy=vals.get("name") or self[:1].display_name or "",
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    # === RULES === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), *COLUMNS]

    @api.model
    def _rule_later_fields(self):
        return frozenset(
            (
                "next_touch_on",
                "last_contact_on",
                "last_touch_on",
                "contact_count",
                "retention_k",
                "retention",
                "followup_state",
                "money_at_risk",
            )
        )

    # === ACTIONS === #

    def action_preview(self):
        """Open what the policy would plan for the leads that are there; nothing is written.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What It Would Plan"),
            "res_model": "crm.followup.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_policy_id": self.id},
        }
