# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.domains import first_fields
from ..common.crm_config_mixin import kept

KINDS = [("explicit", "Explicit"), ("implicit", "Implicit"), ("negative", "Negative")]


class CrmScorecardRule(models.Model):
    """Points for the leads that match a condition."""

    _name = "crm.scorecard.rule"
    _inherit = ["crm.rule.mixin"]
    _description = "Scorecard rule"

    scorecard_id = fields.Many2one(
        "crm.scorecard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="scorecard_id.company_id", store=True)
    kind = fields.Selection(
        KINDS,
        required=True,
        default="explicit",
        help="Explicit: what we were told. Implicit: what we infer from what the lead did."
        " Negative: what makes a sale unlikely.",
    )
    points = fields.Float(
        required=True,
        default=10.0,
        help="Added to the lead's points; less than 0 takes away.",
    )
    group_id = fields.Many2one(
        "crm.scorecard.group",
        index="btree_not_null",
        copy=False,
        domain="[('scorecard_id', '=', scorecard_id)]",
        help="The rules of a group together are limited to the points of the group.",
    )
    note = fields.Text(help="Where the points come from.")

    # === CONSTRAINT METHODS === #

    @api.constrains("points", "kind")
    def _check_points(self):
        for rule in self:
            if not math.isfinite(rule.points) or abs(rule.points) > 10000:
                raise ValidationError(
                    self.env._(
                        'Rule "%s": points must be a number between -10,000 and 10,000.',
                        rule.name,
                    )
                )

    @api.constrains("group_id", "scorecard_id")
    def _check_group(self):
        for rule in self:
            if rule.group_id and rule.group_id.scorecard_id != rule.scorecard_id:
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s": the group "%(group)s" belongs to another scorecard.',
                        rule=rule.name,
                        group=rule.group_id.name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "scorecard_id", "kind", "points", "group_id"]

    @api.model
    def _rule_is_of_company(self, row):
        # Which leads a scorecard is about is decided for the scorecard as a whole.
        return False

    @api.model
    @kept("scorecard_id")
    def _scorecard_rows(self, scorecard_id):
        """Return the active rules of one scorecard, from memory.

        :rtype: tuple[RuleRow]
        """
        return tuple(
            row
            for row in self._rule_rows()
            if row.values["scorecard_id"] == scorecard_id
        )

    @api.model
    @kept()
    def _score_trigger_fields(self):
        """Return the lead fields that the scorecards in use read.

        :rtype: frozenset
        """
        in_use = {setup.id for setup in self.env["crm.scorecard"]._setups_in_use()}
        return frozenset().union(
            *(
                first_fields(domain)
                for row in self._rule_rows()
                if row.values["scorecard_id"] in in_use
                for domain in self._rule_domains(row)
            )
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
