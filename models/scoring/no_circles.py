# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is found out first must not read what is found out later: no circles among rules."""

from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools.domains import first_fields
from .grading.statements import SCORE_FIELDS

LATER = frozenset(SCORE_FIELDS)


class CrmPersonaCriterion(models.Model):
    """The persona is found out before the points."""

    _inherit = "crm.persona.criterion"

    @api.model
    def _rule_later_fields(self):
        return super()._rule_later_fields() | LATER | {"persona_id", "persona_match"}


class CrmQualifier(models.Model):
    """The gate comes before the points."""

    _inherit = "crm.qualifier"

    @api.model
    def _rule_later_fields(self):
        return super()._rule_later_fields() | LATER | {"qualification_state"}


class CrmSegment(models.Model):
    """Segments may be kept by the grade, where no points depend on segments."""

    _inherit = "crm.segment"

    @api.constrains("domain", "is_dynamic")
    def _check_points(self):
        if not self._by_grade():
            return
        # sudo: what scorecards read, whoever writes the segment.
        for rule in (
            self.env["crm.scorecard.rule"]
            .sudo()
            .search([("domain", "like", "segment_ids")])
        ):
            if rule.scorecard_id.state != "retired":
                raise ValidationError(
                    self.env._(
                        'The rule "%s" of a scorecard reads the segments of a lead, so no'
                        " segment can depend on the points: the two would never settle.",
                        rule.name,
                    )
                )

    def _by_grade(self):
        """Return those of the segments, all when there are none, that depend on points."""
        segments = (self or self.search([("is_dynamic", "=", True)])).filtered(
            "is_dynamic"
        )
        return segments.filtered(
            lambda segment: (
                first_fields(segment._parse_domain(segment.domain)) & LATER
            )
        )
