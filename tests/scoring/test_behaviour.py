# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ScoringCommon

NOW = datetime(2025, 6, 30, 12, 0)


@tagged("post_install", "-at_install")
class TestBehaviour(ScoringCommon):
    """Rules on what leads did and did not do, and what time does to points."""

    def _rule(self, points, measure="at_least", **values):
        return {
            "name": "Rule",
            "kind": "implicit",
            "points": points,
            "measure": measure,
            **values,
        }

    def _lead(self, *ages, created=100, **touch):
        """Create a lead with one event for each age, in days before NOW."""
        lead = self._make_lead()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            (NOW - timedelta(days=created), lead.id),
        )
        lead.invalidate_recordset()
        self._touch(lead, *ages, **touch)
        return lead

    def _touch(self, lead, *ages, **touch):
        values = {"lead_id": lead.id, "kind": "web_visit", "direction": "in", **touch}
        self.env["crm.touchpoint"]._record(
            [{**values, "occurred_on": NOW - timedelta(days=age)} for age in ages]
        )

    def _points(self, lead, days=0):
        now = NOW + timedelta(days=days)
        self.env["crm.score.engine"]._score(lead, now)
        self.assertExplained(lead, now)
        return lead.lead_points

    def test_at_least_so_many_in_so_many_days(self):
        self._make_scorecard(
            self._rule(20, event_kind="web_visit", event_count=2, event_days=7)
        )
        self.assertEqual(self._points(self._lead(1)), 0)
        lead = self._lead(1, 6)
        self.assertEqual(self._points(lead), 20)
        self.assertEqual(
            self._points(lead, days=2), 0, "time alone takes the points away"
        )
        self.assertEqual(self._points(self._lead(1, 8)), 0)
        self.assertEqual(self._points(self._lead(1, 2, kind="call")), 0)
        self.assertEqual(
            self._points(self._lead(-1, -2)), 0, "the future does not count"
        )

    def test_direction_people_and_condition(self):
        self._make_scorecard(
            self._rule(
                20, event_direction="out", event_human=True, domain="[('city','=','A')]"
            )
        )
        lead = self._lead(1, direction="out", is_human=True)
        self.assertEqual(self._points(lead), 0)
        lead.city = "A"
        self.assertEqual(self._points(lead), 20)
        for touch in ({"direction": "in", "is_human": True}, {"direction": "out"}):
            lead = self._lead(1, **touch)
            lead.city = "A"
            self.assertEqual(self._points(lead), 0)

    def test_absence_after_a_grace_period(self):
        self._make_scorecard(
            self._rule(-30, "fewer", event_count=1, event_days=14, grace_days=10)
        )
        self.assertEqual(self._points(self._lead(created=5)), 0)
        lead = self._lead(created=5)
        self.assertEqual(self._points(lead, days=6), -30, "silent for too long")
        self.assertEqual(self._points(self._lead(1)), 0)
        self.assertEqual(self._points(self._lead(20)), -30)

    def test_per_event_up_to_a_cap(self):
        self._make_scorecard(self._rule(5, points_per_event=True, points_cap=12))
        self.assertEqual(self._points(self._lead(1, 2)), 10)
        self.assertEqual(self._points(self._lead(1, 2, 3)), 12)
        self._make_scorecard(self._rule(-5, points_per_event=True, points_cap=12))
        self.assertEqual(self._points(self._lead(1, 2, 3)), -12)

    def test_points_fade(self):
        self._make_scorecard(self._rule(40, half_life=10))
        lead = self._lead(0)
        self.assertEqual(self._points(lead), 40)
        self.assertEqual(self._points(lead, days=10), 20)
        self.assertEqual(self._points(lead, days=20), 10)
        self.assertEqual(self._points(lead, days=3000), 0)
        self.assertEqual(self._points(self._lead(0, 10)), 40, "the latest counts")
        self._make_scorecard(
            self._rule(40, half_life=10, points_per_event=True, points_cap=55)
        )
        self.assertEqual(self._points(self._lead(0, 10)), 55)
        self.assertEqual(self._points(self._lead(10, 10)), 40)

    def test_events_score_at_once(self):
        self._make_scorecard(self._rule(60, event_kind="web_visit"))
        lead = self._make_lead()
        self.assertEqual(lead.lead_grade, 1)
        self.env["crm.touchpoint"]._record([{"lead_id": lead.id, "kind": "web_visit"}])
        self.assertEqual(lead.lead_grade, 4)

    def test_the_clock_touches_only_what_changes(self):
        self._make_scorecard(self._rule(60, event_days=7))
        fresh, old, never = self._lead(1), self._lead(5), self._lead()
        leads = fresh | old | never
        Engine = self.env["crm.score.engine"]
        Engine._score(leads, NOW)
        self.assertEqual(leads.mapped("lead_grade"), [4, 4, 1])
        ungraded = (
            self.env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create({"name": "from before"})
        )
        self.assertEqual(Engine._score_by_clock(NOW + timedelta(days=3)), 1)
        self.assertEqual(leads.mapped("lead_grade"), [4, 1, 1])
        self.assertEqual(ungraded.lead_grade, 0)

    def test_the_clock_rests_where_time_does_nothing(self):
        self._make_scorecard(("Any", 60, []), self._rule(5, event_kind="call"))
        lead = self._make_lead()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET lead_grade = 1 WHERE id = %s", lead.ids
        )
        self.assertEqual(self.env["crm.score.engine"]._score_by_clock(NOW), 0)
        Rule, rows = self.env["crm.scorecard.rule"], []
        for domain in (
            "[('create_date', '>', 'today -7d')]",
            "[('create_date', '>', '2024-01-01')]",
        ):
            card = self._make_scorecard({"name": "D", "points": 1, "domain": domain})
            rows += Rule._scorecard_rows(card.id)
        self.assertEqual(
            [Rule._rule_depends_on_time(row) for row in rows], [True, False]
        )

    def test_bad_values(self):
        for values in (
            {"event_count": 0},
            {"event_days": -1},
            {"half_life": -1},
            {"half_life": float("nan")},
            {"points_cap": float("inf")},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._make_scorecard(self._rule(5, **values))
        self._make_scorecard(self._rule(5, half_life=0))
        self.assertEqual(self._points(self._lead(50)), 5, "0 days: events do not fade")

    def test_constant_number_of_queries(self):
        self._make_scorecard(
            self._rule(5, points_per_event=True, half_life=3),
            self._rule(-5, "fewer", grace_days=2),
        )

        def run(size):
            leads = self._make_leads(size)
            self.env["crm.touchpoint"]._record(
                [{"lead_id": lead.id, "kind": "call"} for lead in leads]
            )
            self.env.cr.execute(
                "UPDATE crm_lead SET lead_grade = 0 WHERE id = ANY(%s)", [leads.ids]
            )
            return lambda: self.env["crm.score.engine"]._score(leads)

        self.assertSameQueryCount(run, 10, 100)
