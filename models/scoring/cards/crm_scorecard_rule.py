# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ....tools.domains import first_fields
from ...common.crm_config_mixin import kept
from ..grading.alone import holds_alone
from ..grading.statements import SCORE_FIELDS

# A rule is tried on so many open leads, the latest.
MOST_COUNTED = 5000
KINDS = [("explicit", "Explicit"), ("implicit", "Implicit"), ("negative", "Negative")]


class CrmScorecardRule(models.Model):
    """Points for the leads that match a condition."""

    _name = "crm.scorecard.rule"
    _inherit = ["crm.scorecard.part.mixin", "crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Scorecard rule"
    _carried_more = ("group_id",)

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
    lead_count = fields.Integer(
        string="Open Leads",
        compute="_compute_lead_count",
        help="How many of the latest open leads, 5,000 at most, the rule gives points now.",
    )

    # === COMPUTE METHODS === #

    @api.depends("domain", "points", "measure", "active")
    def _compute_lead_count(self):
        engine, leads = self.env["crm.score.engine"], self.env["crm.lead"]
        self.lead_count = 0
        for card, rules in self._origin.grouped("scorecard_id").items():
            if not card:
                continue
            latest = leads.search(
                [("won_status", "=", "pending")], order="id desc", limit=MOST_COUNTED
            )
            hits = Counter(
                rule_id
                for found in engine._hits(latest, card).values()
                for rule_id in found
            )
            for rule in self:
                if rule._origin in rules:
                    rule.lead_count = hits[rule._origin.id]

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

    @api.constrains("domain")
    def _check_segments(self):
        """Refuse rules on segments that are kept by the grade."""
        for rule in self:
            if "segment_ids" not in first_fields(rule._parse_domain(rule.domain)):
                continue
            # sudo: what segments are made of, whoever writes the rule.
            for segment in self.env["crm.segment"].sudo()._by_grade():
                raise ValidationError(
                    self.env._(
                        'Rule "%(rule)s" reads the segments of a lead, and the segment'
                        ' "%(segment)s" depends on its points: the two would never settle.',
                        rule=rule.name,
                        segment=segment.name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "scorecard_id", "kind", "points", "group_id"]

    @api.model
    def _rule_later_fields(self):
        return super()._rule_later_fields() | frozenset(SCORE_FIELDS)

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
    @kept("rule_id", "name", "value")
    def _rule_holds_for(self, rule_id, name, value):
        """Tell whether a rule holds for each lead that has a value, from memory.

        :param str name: of a field of crm.lead.
        :param value: a text, a number, a date, or an id.
        :return: None where it cannot be said without the lead.
        """
        row = next((row for row in self._rule_rows() if row.id == rule_id), None)
        # sudo: rules say the same whoever asks, and no lead is read.
        leads = self.with_env(self.env(su=True, context={})).env["crm.lead"]
        return row and holds_alone(leads, row.domain, name, value)

    @api.model
    @kept()
    def _score_trigger_fields(self):
        """Return the lead fields that the scorecards in use read.

        :rtype: frozenset
        """
        in_use = {setup.id for setup in self.env["crm.scorecard"]._setups_in_use()}
        rows = [r for r in self._rule_rows() if r.values["scorecard_id"] in in_use]
        events = any(row.values["measure"] != "facts" for row in rows)
        return frozenset(("touchpoint_ids",) if events else ()).union(
            *(first_fields(d) for row in rows for d in self._rule_domains(row))
        )
