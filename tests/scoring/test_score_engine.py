# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestScoreEngine(ScoringCommon):
    """Points, grade, band and MQL mark; what is written, when, and for which company."""

    def _grade(self, leads):
        return leads.mapped("lead_grade")

    def test_points_make_a_grade_at_creation(self):
        self._make_scorecard(
            ("Has a phone", 25, [("phone", "!=", False)]),
            ("Big", 60, [("company_size", ">=", 100)]),
            {
                "name": "Gone",
                "points": -30,
                "kind": "negative",
                "domain": "[('city','=','X')]",
            },
        )
        leads = self.env["crm.lead"].create(
            [
                {"name": "nothing"},
                {"name": "phone", "phone": "+32 2 290 34 90"},
                {"name": "both", "phone": "+32 2 290 34 90", "company_size": 100},
                {
                    "name": "all",
                    "phone": "+32 2 290 34 90",
                    "company_size": 100,
                    "city": "X",
                },
                {"name": "bad", "city": "X"},
            ]
        )
        self.assertEqual(leads.mapped("lead_points"), [0, 25, 85, 55, -30])
        self.assertEqual(leads.mapped("lead_grade"), [1, 2, 5, 3, 1])
        self.assertEqual(
            leads.mapped("lead_band"), ["leave", "nurture", "focus", "nurture", "leave"]
        )
        self.assertEqual(leads.mapped("is_mql"), [False, False, True, False, False])
        self.assertExplained(leads)

    def test_a_change_scores_at_once(self):
        self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        lead = self._make_lead()
        self.assertEqual(lead.lead_grade, 1)
        lead.company_size = 500
        self.assertEqual(lead.lead_grade, 4)
        self.assertEqual(lead.grade_log_ids.mapped("to_grade"), [4, 1])
        self.assertEqual(lead.grade_log_ids.mapped("from_grade"), [1, 0])

    def test_a_salesperson_sees_his_lead_graded(self):
        self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        lead = (
            self.env["crm.lead"]
            .with_user(self.user_seller)
            .create({"name": "L", "company_size": 100})
        )
        self.assertEqual(lead.lead_grade, 4)
        explanation = lead.get_grade_explanation()
        self.assertEqual(explanation["rows"][0]["label"], "Big")
        self.assertIn("100", explanation["rows"][0]["reason"])
        self.assertEqual(explanation["next"], 20)

    def test_nothing_is_written_twice(self):
        self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        leads = self._make_leads(3, company_size=100)
        self.assertEqual(self.env["crm.score.engine"]._score(leads), 0)
        self.env.cr.execute(
            "UPDATE crm_lead SET lead_grade = 1 WHERE id = %s", leads[:1].ids
        )
        self.assertEqual(self.env["crm.score.engine"]._score(leads), 1)

    def test_without_a_scorecard_nothing_is_graded(self):
        lead = self._make_lead()
        self.assertEqual((lead.lead_grade, lead.lead_band), (0, False))
        self.assertEqual(self.env["crm.score.engine"]._explain(lead), [])

    def test_a_scorecard_without_rules_gives_zero_points(self):
        self._make_scorecard()
        lead = self._make_lead()
        self.assertEqual((lead.lead_points, lead.lead_grade), (0, 1))

    def test_points_of_a_draft(self):
        live = self._make_scorecard(("Any", 40, []))
        draft = self._make_scorecard(
            ("Any", 7, []), ("None", 9, [("city", "=", "X")]), state="draft"
        )
        leads = self._make_leads(2)
        points = self.env["crm.score.engine"]._points(leads, draft)
        self.assertEqual(points, dict.fromkeys(leads.ids, 7))
        self.assertEqual(leads.mapped("lead_points"), [40, 40])
        parts = self.env["crm.score.engine"]._explain(leads[0], draft)
        self.assertEqual(
            [(part["label"], part["points"]) for part in parts], [("Any", 7)]
        )
        self.assertEqual(live.state, "live")

    def test_groups_are_limited(self):
        scorecard = self._make_scorecard(
            ("One", 20, []), ("Two", 20, []), ("Minus", -50, []), ("Free", 5, [])
        )
        capped, floored = self.env["crm.scorecard.group"].create(
            [
                {"name": "Fit", "scorecard_id": scorecard.id, "max_points": 25},
                {"name": "Bad", "scorecard_id": scorecard.id, "min_points": -10},
            ]
        )
        scorecard.rule_ids[:2].group_id = capped
        scorecard.rule_ids[2].group_id = floored
        lead = self._make_lead()
        self.assertEqual(lead.lead_points, 25 - 10 + 5)
        self.assertExplained(lead)

    def test_scorecard_of_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("General", 20, []))
        self._make_scorecard(("Own", 40, []), company_id=other.id)
        leads = self.env["crm.lead"].create(
            [
                {"name": "general", "company_id": self.company.id},
                {"name": "own", "company_id": other.id},
                {
                    "name": "none",
                    "company_id": False,
                    "user_id": False,
                    "team_id": False,
                },
            ]
        )
        self.assertEqual(leads.mapped("lead_points"), [20, 40, 20])
        self.assertExplained(leads)
        leads[0].write({"company_id": other.id, "team_id": False, "user_id": False})
        self.assertEqual(leads[0].lead_points, 40)

    def test_mql_needs_the_gate(self):
        self._make_scorecard(("Any", 60, []))
        leads = self._make_leads(2)
        self.assertEqual(leads.mapped("is_mql"), [True, True])
        self.env["crm.qualifier"].create(
            {"name": "Size", "kind": "fact", "domain": "[('company_size', '>', 9)]"}
        )
        leads = self.env["crm.lead"].create(
            [{"name": "big", "company_size": 10}, {"name": "small", "company_size": 1}]
        )
        self.assertEqual(leads.mapped("qualification_state"), ["passed", "failed"])
        self.assertEqual(leads.mapped("is_mql"), [True, False])
        leads[1].company_size = 99
        self.assertTrue(leads[1].is_mql)

    def test_all_open_leads(self):
        leads = self._make_leads(3, company_size=100)
        lost = self._make_lead()
        lost.action_set_lost()
        self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        self.env["crm.score.engine"]._score()
        self.assertEqual(leads.mapped("lead_grade"), [4, 4, 4])
        self.assertEqual(lost.lead_grade, 0)
        self.assertEqual(self.env["crm.score.engine"]._score(), 0)

    def test_touchpoints_score_at_once(self):
        self._make_scorecard(("Called", 40, [("touchpoint_ids.kind", "=", "call")]))
        lead = self._make_lead()
        self.assertEqual(lead.lead_grade, 1)
        self.env["crm.touchpoint"]._record([{"lead_id": lead.id, "kind": "call"}])
        self.assertEqual(lead.lead_grade, 3)

    def test_constant_number_of_queries(self):
        self._make_scorecard(
            ("Big", 60, [("company_size", ">=", 100)]),
            ("Team", 5, [("team_id.name", "=", "N")]),
        )

        def run(size):
            leads = self._make_leads(size)
            self.env.cr.execute(
                "UPDATE crm_lead SET lead_grade = 0 WHERE id = ANY(%s)", [leads.ids]
            )
            return lambda: self.env["crm.score.engine"]._score(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_merge_keeps_the_history(self):
        self._make_scorecard(("Any", 40, []))
        leads = self._make_leads(2, type="opportunity")
        merged = leads.merge_opportunity()
        self.assertEqual(len(merged.grade_log_ids), 2)

    def test_a_broken_rule_stops_nothing(self):
        scorecard = self._make_scorecard(("Good", 40, []), ("Bad", 9, []))
        bad = scorecard.rule_ids[1]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_scorecard_rule SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s",
            bad.ids,
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        lead = self._make_lead()
        self.assertEqual(lead.lead_points, 40)
        self.assertFalse(bad.active)
        bad.unlink()
        self.env.cr.execute(
            "UPDATE crm_scorecard_rule SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s",
            scorecard.rule_ids.ids,
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(self._make_lead().lead_grade, 1)
