# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestTrial(ScoringCommon):
    """Test bench and comparison: the same figures as the engine's, and nothing written."""

    def setUp(self):
        super().setUp()
        self.live = self._make_scorecard(("Big", 60, [("company_size", ">=", 100)]))
        self.draft = self._make_scorecard(
            ("Big", 10, [("company_size", ">=", 100)]),
            ("Chief", 80, [("function", "=", "CEO")]),
            state="draft",
        )

    def _bench(self, **values):
        bench = (
            self.env["crm.scorecard.bench"]
            .with_user(self.user_manager)
            .create({"scorecard_id": self.draft.id, **values})
        )
        self.assertEqual(bench.action_try()["res_id"], bench.id)
        return bench

    def test_a_real_lead(self):
        lead = self._make_lead(company_size=100)
        bench = self._bench(lead_id=lead.id)
        self.assertEqual((bench.points, bench.lead_grade), (10, 1))
        self.assertEqual(bench.line_ids.mapped("name"), ["Big", "Chief"])
        self.assertEqual(bench.line_ids.mapped("possible"), [0, 80])
        self.assertEqual(
            (lead.lead_points, lead.lead_grade), (60, 4), "nothing is written"
        )

    def test_a_lead_that_is_typed_in(self):
        before = self.env["crm.lead"].with_context(active_test=False).search_count([])
        bench = self._bench(function="CEO", company_size=200)
        self.assertEqual(
            (bench.points, bench.lead_grade, bench.lead_band), (90, 5, "focus")
        )
        after = self.env["crm.lead"].with_context(active_test=False).search_count([])
        self.assertEqual(before, after, "nothing is written")
        bench.function = "Clerk"
        bench.action_try()
        self.assertEqual(bench.points, 10)
        self.assertEqual(len(bench.line_ids), 2)

    def test_a_lead_of_somebody_else(self):
        theirs = self._make_lead(user_id=self.user_colleague.id)
        bench = self.env["crm.scorecard.bench"].create(
            {"scorecard_id": self.draft.id, "lead_id": theirs.id}
        )
        with self.assertRaises(AccessError):
            bench.with_user(self.user_seller).action_try()

    def test_compare(self):
        leads = self._make_leads(2, company_size=100) | self._make_leads(
            3, function="CEO"
        )
        wizard = (
            self.env["crm.scorecard.compare"]
            .with_user(self.user_manager)
            .create(
                {
                    "scorecard_id": self.draft.id,
                    "domain": repr([("id", "in", leads.ids)]),
                }
            )
        )
        self.assertEqual(wizard.other_id, self.live)
        action = wizard.action_compare()
        table = (
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            ._read_group(action["domain"], ["other_grade", "grade"], ["__count"])
        )
        self.assertEqual(sorted(table), [("1", "5", 3), ("4", "1", 2)])
        self.assertEqual(leads[0].lead_grade, 4)

    def test_compare_what_cannot_be_compared(self):
        wizard = self.env["crm.scorecard.compare"].create(
            {"scorecard_id": self.draft.id, "domain": "[('id', '=', 0)]"}
        )
        with self.assertRaises(UserError):
            wizard.action_compare()
        wizard.domain = "[(("
        with self.assertRaises(UserError):
            wizard.action_compare()
        wizard.other_id = self.draft
        with self.assertRaises(UserError):
            wizard.action_compare()

    def test_what_they_did(self):
        """UX, Admin: rules on behaviour can be tried on a lead that is typed in."""
        self.draft.rule_ids = [
            (
                0,
                0,
                {
                    "name": "Wrote",
                    "points": 7,
                    "measure": "at_least",
                    "event_count": 2,
                    "event_days": 30,
                },
            )
        ]
        for count, days, points in ((1, 1, 0), (2, 1, 7), (2, 40, 0)):
            bench = self._bench(
                event_kind="email", event_count=count, event_days_ago=days
            )
            with self.subTest(count=count, days=days):
                self.assertEqual(bench.points, points)
        self.assertFalse(self.env["crm.touchpoint"].search([("kind", "=", "email")]))

    def test_what_publishing_would_change_is_of_those_it_grades(self):
        """Two live scorecards: the leads of the other one, and grades by hand, stay."""
        other = self.env["res.company"].create({"name": "With a card of its own"})
        card = self._make_scorecard(
            ("Chief", 60, [("function", "=", "CEO")]), company_id=other.id
        )
        self.live.company_id = False
        self.draft.company_id = False
        self._make_leads(2, function="CEO")
        theirs = self._make_leads(3, function="CEO", company_id=other.id, team_id=False)
        self._make_lead(function="CEO", grade_manual=2, grade_manual_reason="So")
        self.env["crm.score.engine"]._score()
        theirs.flush_recordset()
        text = self.draft.publish_preview
        self.assertIn("2 of the latest 2 open leads", text)
        copy = card.copy()
        copy.rule_ids.points = 90
        self.assertIn("3 of the latest 3 open leads", copy.publish_preview)

    def test_what_publishing_would_change(self):
        """UX, Admin: so many leads rise, so many fall, before anything is published."""
        self._make_leads(3, company_size=100)
        chief = self._make_lead(function="CEO")
        chief.flush_recordset()
        text = self.draft.with_user(self.user_manager).publish_preview
        self.assertIn("1 of the latest", text)
        self.assertIn("3 would fall", text)
        self.assertFalse(self.live.publish_preview)
        form = self.draft.with_user(self.user_manager)
        self.assertEqual(
            form.action_open_bench()["context"], {"default_scorecard_id": form.id}
        )
        self.assertEqual(
            form.action_open_compare()["res_model"], "crm.scorecard.compare"
        )
        with self.assertRaises(AccessError):
            self.draft.with_user(self.user_seller).action_open_bench()

    def test_how_many_leads_a_rule_hits(self):
        """UX, Admin: the list of rules says how many open leads each gives points."""
        self._make_leads(3, company_size=100)
        self._make_lead(function="CEO")
        counts = {rule.name: rule.lead_count for rule in self.draft.rule_ids}
        self.assertEqual(counts, {"Big": 3, "Chief": 1})

    def test_learned_from_the_leads_that_it_is_about(self):
        """UX A17: learning counts the leads that the scorecard would be judged by."""
        other = self.env["res.company"].create({"name": "Other"})
        self._make_scorecard(("A", 9, []), company_id=other.id)
        ours, theirs = self._make_leads(4), self._make_leads(3, company_id=other.id)
        (ours | theirs).action_set_lost()
        wizard = self.env["crm.scorecard.learn"].new(
            {"domain": repr([("id", "in", (ours | theirs).ids)])}
        )
        self.assertEqual(wizard.closed_count, 4)
        wizard.company_id = other
        self.assertEqual(wizard.closed_count, 3)
