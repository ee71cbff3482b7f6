# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestTrend(ScoringCommon):
    """Whether a grade rises or falls: against what it was before the last 30 days' changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._make_scorecard(
            *[(f"From {n}", 20, [("company_size", ">=", n)]) for n in (10, 20, 30, 40)]
        )
        cls.now = fields.Datetime.now()

    def _lead(self, *steps, age=100, **values):
        """Return a lead with such grades: each a grade, and how many days ago."""
        lead = self._make_lead(company_size=0, **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            [self.now - timedelta(days=age), lead.id],
        )
        self.env.cr.execute(
            "DELETE FROM crm_lead_grade_log WHERE lead_id = %s", lead.ids
        )
        self.env.invalidate_all()
        for grade, days in steps:
            lead.with_context(crm_lead_management_skip=True).company_size = 10 * (
                grade - 1
            )
            self.env["crm.score.engine"]._score(lead, self.now - timedelta(days=days))
        return lead

    def _trend(self, lead):
        day = lead.grade_before_until
        days = (self.now - day).days if day else False
        return lead.grade_trend, lead.grade_before, days

    def test_trend(self):
        for steps, expected in (
            ([(3, 5)], ("up", 1, 5)),
            ([(4, 90), (2, 5)], ("down", 4, 5)),
            ([(3, 60)], (False, 0, False)),
            ([(2, 20), (4, 5)], ("up", 1, 20)),
            ([(3, 90), (4, 20), (3, 5)], (False, 0, False)),
            ([(3, 90), (5, 40), (4, 5)], ("down", 5, 5)),
        ):
            with self.subTest(steps=steps):
                self.assertEqual(self._trend(self._lead(*steps)), expected)

    def test_the_first_hour_is_no_trend(self):
        lead = self._lead((3, 0), age=0)
        self.assertEqual(self._trend(lead), (False, 0, False))
        self.assertFalse(self.env["crm.lead"].new({"name": "New"}).grade_trend)

    def test_follows_the_grade_at_once(self):
        lead = self._lead((3, 60))
        self.assertFalse(lead.grade_trend)
        lead.company_size = 40
        self.assertEqual((lead.grade_trend, lead.grade_before), ("up", 3))

    def test_without_a_grade(self):
        self.card.active = False
        lead = self._make_lead()
        self.assertEqual(self._trend(lead), (False, 0, False))

    def test_search(self):
        up, down = self._lead((3, 5)), self._lead((4, 90), (2, 5))
        same, back = self._lead((3, 60)), self._lead((3, 90), (4, 20), (3, 5))
        leads = up | down | same | back
        for domain, expected in (
            ([("grade_trend", "=", "up")], up),
            ([("grade_trend", "=", "down")], down),
            ([("grade_trend", "!=", False)], up | down),
            ([("grade_trend", "=", False)], same | back),
            ([("grade_trend", "!=", "up")], down | same | back),
        ):
            with self.subTest(domain=domain):
                found = leads.search([*domain, ("id", "in", leads.ids)])
                self.assertEqual(set(found), set(expected))

    def test_seen_by_the_salesperson(self):
        lead = self._lead((3, 5), user_id=self.user_seller.id)
        mine = lead.with_user(self.user_seller)
        self.assertEqual((mine.grade_trend, mine.grade_before), ("up", 1))

    def test_any_number_of_leads_costs_one_query(self):
        def run(size):
            leads = self._make_leads(size)
            return lambda: leads.mapped("grade_trend")

        self.assertSameQueryCount(run, 10, 100)
