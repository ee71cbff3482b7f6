# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...common.rule.rule_fixed import is_fixed
from ...common.rule.rule_moment import depends_on_time
from ...common.rule.rule_set import rule_leads


class CrmScorecardRule(models.Model):
    """Rules on what a lead did, or did not do: its touchpoints. See ``Points``."""

    _inherit = "crm.scorecard.rule"

    measure = fields.Selection(
        [
            ("facts", "Facts of the lead"),
            ("at_least", "At least so many events"),
            ("fewer", "Fewer events than"),
        ],
        string="Looks At",
        required=True,
        default="facts",
        help="Facts: the condition on the lead alone. Events: the condition, and how many"
        " touchpoints of a kind the lead has.",
    )
    event_kind = fields.Selection(
        selection="_selection_event_kind", string="Events", help="Empty: of any kind."
    )
    event_direction = fields.Selection(
        selection="_selection_event_direction",
        string="Direction",
        help="Empty: from and to the lead, and internal ones.",
    )
    event_human = fields.Boolean(
        string="By People Only",
        help="Events that a program made, as automatic mails, don't count.",
    )
    event_count = fields.Integer(string="How Many", default=1, required=True)
    event_days = fields.Integer(
        string="In the Last (Days)",
        help="Older events don't count. 0: all events count.",
    )
    grace_days = fields.Integer(
        string="Grace Period (Days)",
        help="Younger leads are spared: they have had no time to do anything yet.",
    )
    points_per_event = fields.Boolean(
        help="The points are given for each event, not once for all."
    )
    points_cap = fields.Float(
        string="At Most (Points)",
        help="Points per event add up to no more. 0: no limit.",
    )
    half_life = fields.Float(
        string="Halves After (Days)",
        help="An event is worth half its points after so many days, a quarter after twice as"
        " many, and so on. 0: events keep their worth.",
    )

    event_words = fields.Char(
        compute="_compute_event_words", export_string_translation=False
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "measure", "event_kind", "event_direction", "event_human", "event_count",
        "event_days",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_event_words(self):
        """Say which events a rule counts, or nothing where it looks at facts alone."""
        kinds = dict(self._selection_event_kind())
        directions = dict(self._selection_event_direction())
        for rule in self:
            count, days = rule.event_count, rule.event_days
            words = [
                self.env._("At least %s events", count)
                if rule.measure == "at_least"
                else self.env._("Fewer events than %s", count),
                kinds.get(rule.event_kind),
                directions.get(rule.event_direction),
                rule.event_human and self.env._("by people only"),
                days and self.env._("in the last %s days", days),
            ]
            words = ", ".join(filter(None, words))
            rule.event_words = rule.measure != "facts" and words

    # === SELECTIONS === #

    @api.model
    def _selection_event_kind(self):
        return (
            self.env["crm.touchpoint"]._fields["kind"]._description_selection(self.env)
        )

    @api.model
    def _selection_event_direction(self):
        return (
            self.env["crm.touchpoint"]
            ._fields["direction"]
            ._description_selection(self.env)
        )

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "measure", "event_count", "event_days", "grace_days", "points_cap", "half_life"
    )
    def _check_behaviour(self):
        for rule in self:
            numbers = (
                rule.event_days,
                rule.grace_days,
                rule.points_cap,
                rule.half_life,
            )
            # The comparison also refuses what is no number: nan is not in any range.
            if not all(0 <= number <= 100000 for number in numbers):
                raise ValidationError(
                    self.env._(
                        'Rule "%s": days, limits and half-lives must be 0 or more.',
                        rule.name,
                    )
                )
            if rule.measure != "facts" and rule.event_count < 1:
                raise ValidationError(
                    self.env._('Rule "%s": it takes at least 1 event.', rule.name)
                )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            "measure",
            "event_kind",
            "event_direction",
            "event_human",
            "event_count",
            "event_days",
            "grace_days",
            "points_per_event",
            "points_cap",
            "half_life",
        ]

    @api.model
    def _rule_depends_on_time(self, row):
        """Tell whether a rule may give other points tomorrow, though nothing happened."""
        values = row.values
        if values["measure"] != "facts" and (
            values["event_days"] or values["grace_days"] or values["half_life"]
        ):
            return True
        leads = rule_leads(self.env)
        return any(
            not is_fixed(leads, domain) and depends_on_time(domain)
            for domain in self._rule_domains(row)
        )

    # === WORDS === #

    def _behaviour_text(self):
        """Say in words which events a rule looks at.

        :rtype: str
        """
        self.ensure_one()
        names = dict(self._selection_event_kind())
        words = [names.get(self.event_kind) or self.env._("any event")]
        if self.event_direction:
            words.append(dict(self._selection_event_direction())[self.event_direction])
        if self.measure == "fewer":
            words.append(self.env._("fewer than %s", self.event_count))
        else:
            words.append(self.env._("at least %s", self.event_count))
        if self.event_days:
            words.append(self.env._("in the last %s days", self.event_days))
        if self.grace_days:
            words.append(self.env._("leads older than %s days", self.grace_days))
        if self.half_life:
            words.append(self.env._("halves after %g days", self.half_life))
        return ", ".join(words)
