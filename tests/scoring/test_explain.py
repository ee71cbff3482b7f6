# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.scoring.grading.explainer import Explainer
from .common import ScoringCommon

EVENTS = {"kind": "implicit", "domain": "[]", "event_kind": "web_visit"}


@tagged("post_install", "-at_install")
class TestExplain(ScoringCommon):
    """Why a lead has its grade: the parts sum to the points, on every kind of rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.tags = cls.env["crm.tag"].create([{"name": f"Tag {n}"} for n in range(4)])

    def _every_kind_of_rule(self, **values):
        """Return a live scorecard with rules of every kind, two groups with limits."""
        card = self._make_scorecard(
            ("Any", 3, []),
            ("Big", 12.34, [("company_size", ">=", 100)]),
            ("Empty", -7.5, [("phone", "=", False)]),
            ("Path", 4, [("team_id.name", "=", "North")]),
            ("Tags", 6, [("tag_ids", "in", self.tags[:2].ids)]),
            ("Either", 5, ["|", ("city", "ilike", "a"), ("city", "=", False)]),
            ("New", 2, [("create_date", ">=", "today -7d")]),
            {"name": "Hidden", "points": -20, "kind": "negative", "domain": "[]"},
            {**EVENTS, "name": "Once", "points": 9, "measure": "at_least"},
            {
                **EVENTS,
                "name": "Each",
                "points": 2.5,
                "measure": "at_least",
                "points_per_event": True,
                "points_cap": 10,
                "event_days": 30,
            },
            {
                **EVENTS,
                "name": "Fading",
                "points": 8,
                "measure": "at_least",
                "points_per_event": True,
                "half_life": 3,
            },
            {
                **EVENTS,
                "name": "Loses",
                "points": -4,
                "measure": "at_least",
                "half_life": 10,
                "kind": "negative",
            },
            {
                "name": "Silent",
                "points": -6,
                "kind": "negative",
                "measure": "fewer",
                "event_direction": "in",
                "event_human": True,
                "event_count": 2,
                "event_days": 14,
                "grace_days": 2,
                "domain": "[('company_size', '<', 500)]",
            },
            **values,
        )
        limited, floored = self.env["crm.scorecard.group"].create(
            [
                {"name": "Engagement", "scorecard_id": card.id, "max_points": 15},
                {"name": "Minus", "scorecard_id": card.id, "min_points": -12},
            ]
        )
        rules = {rule.name: rule for rule in card.rule_ids}
        (rules["Once"] | rules["Each"] | rules["Fading"]).group_id = limited
        (rules["Hidden"] | rules["Silent"] | rules["Empty"]).group_id = floored
        return card

    def _make_various(self, size):
        """Return leads that differ in facts and events, as the number of each tells."""
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {n}",
                    "company_size": (n % 7) * 40,
                    "phone": "+32 2 290 34 90" if n % 3 else False,
                    "city": ("Arles", "Bonn", False, "Kotor")[n % 4],
                    "team_id": (self.team_north, self.team_south)[n % 2].id,
                    "tag_ids": [(6, 0, self.tags[: n % 5].ids)],
                    "user_id": False,
                }
                for n in range(size)
            ]
        )
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "web_visit" if n % 2 else "call",
                    "direction": "in",
                    "is_human": bool(n % 3),
                    "occurred_on": self.now - timedelta(days=n * 5, hours=place % 50),
                }
                for place, lead in enumerate(leads)
                for n in range(place % 9)
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - id % 20 * interval '1 day'"
            " WHERE id = ANY(%s)".replace(" % ", " %% "),
            [leads.ids],
        )
        self.env.invalidate_all()
        return leads

    def test_every_kind_of_rule(self):
        card = self._every_kind_of_rule()
        leads = self._make_various(120)
        self.env["crm.score.engine"]._score(leads, self.now)
        self.assertExplained(leads, self.now)
        explained = Explainer(self.env, self.now).explain(leads)
        told = {part["rule"] for parts in explained.values() for part in parts}
        self.assertLessEqual(set(card.rule_ids), told, "each rule gave points")
        labels = {part["label"] for parts in explained.values() for part in parts}
        self.assertLessEqual(
            {"Engagement: limited to 15", "Minus: limited to -12"}, labels
        )
        for lead in leads[:15]:
            self.assertEqual(
                self.env["crm.score.engine"]._explain(lead, now=self.now),
                explained[lead.id],
            )

    def test_pilot_company_and_grade_by_hand(self):
        self._every_kind_of_rule()
        pilot = self._every_kind_of_rule(state="pilot", pilot_team_ids=self.team_south)
        pilot.rule_ids[0].points = 44
        leads = self._make_various(30)
        leads[3].write({"grade_manual": 5, "grade_manual_reason": "Met them"})
        self.env["crm.score.engine"]._score(leads, self.now)
        self.assertExplained(leads, self.now)
        explained = Explainer(self.env, self.now).explain(leads)
        cards = [
            {part["rule"].scorecard_id for part in parts if part["rule"]}
            for parts in explained.values()
        ]
        self.assertEqual(len(set().union(*cards)), 2)
        self.assertTrue(all(len(found) == 1 for found in cards))

    def test_what_changed_since_is_said(self):
        card = self._make_scorecard(("Any", 60, []), ("Other", 5, []))
        lead = self._make_lead()
        card.rule_ids[0].points = 50
        parts = self.env["crm.score.engine"]._explain(lead)
        self.assertEqual(sum(part["points"] for part in parts), lead.lead_points)
        self.assertEqual([part["points"] for part in parts], [50, 10, 5])

    def test_any_number_of_leads_costs_as_many_queries(self):
        self._every_kind_of_rule()

        def run(size):
            leads = self._make_various(size)
            return lambda: Explainer(self.env).explain(leads)

        self.assertSameQueryCount(run, 20, 100)

    def test_values_are_written_as_the_reader_writes_them(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["res.currency"]._activate_group_multi_currency()
        self.company.currency_id = self.env.ref("base.USD")
        self._make_scorecard(
            ("Revenue", 1, [("expected_revenue", ">", 0)]),
            ("Size", 2, [("company_size", ">", 0)]),
            ("Known", 3, [("info_completeness", ">=", 0)]),
            ("Closing", 4, [("date_deadline", "!=", False)]),
            ("Notes", 5, [("description", "!=", False)]),
            ("Mail", 6, [("email_from", "=", False)]),
        )
        lead = self._make_lead(
            expected_revenue=1234567.5,
            company_size=12000,
            date_deadline="2026-03-09",
            description="<p>Wants <b>two</b></p>",
            company_id=self.company.id,
        )

        def reasons(lang):
            engine = lead.with_context(lang=lang).env["crm.score.engine"]
            parts = engine._explain(lead.with_env(engine.env))
            return {part["label"]: part["reason"].split(": ")[1] for part in parts}

        english = reasons("en_US")
        self.assertEqual(english["Revenue"].replace("\xa0", " "), "$ 1,234,567.50")
        self.assertEqual(english["Size"], "12,000")
        self.assertEqual(english["Known"], "0")
        self.assertEqual(english["Closing"], "03/09/2026")
        self.assertEqual(english["Notes"], "Wants *two*")
        self.assertEqual(english["Mail"], "not set")
        german = reasons("de_DE")
        self.assertEqual(german["Size"], "12.000")
        self.assertEqual(german["Closing"], "09.03.2026")
