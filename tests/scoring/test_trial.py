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
