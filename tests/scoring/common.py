# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from ...models.scoring.grading.explainer import Explainer
from ..common import LeadCommon


class ScoringCommon(LeadCommon):
    """Scorecards for the tests of the scoring room."""

    @classmethod
    def _make_scorecard(cls, *rules, **values):
        """Create a live scorecard. Rules: (name, points, domain) or dicts of values."""
        rule_values = [
            rule
            if isinstance(rule, dict)
            else {"name": rule[0], "points": rule[1], "domain": repr(rule[2])}
            for rule in rules
        ]
        return cls.env["crm.scorecard"].create(
            {
                "name": "Card",
                "state": "live",
                "rule_ids": [(0, 0, vals) for vals in rule_values],
                **values,
            }
        )

    def assertExplained(self, leads, now=None):
        """Assert that the parts of each lead's explanation sum to its points.

        Only by rules and by the limits of groups: nothing is left over, which would be
        shown as "Changed since".
        """
        explained = Explainer(self.env, now).explain(leads)
        self.assertEqual(set(explained), set(leads.ids))
        with patch.object(Explainer, "_rest", lambda self, lead, rows: []):
            alone = Explainer(self.env, now).explain(leads)
        self.assertEqual(explained, alone)
        for lead in leads:
            parts = explained[lead.id]
            self.assertAlmostEqual(
                sum(part["points"] for part in parts),
                lead.lead_points,
                places=6,
                msg=parts,
            )
