# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.scoring.judging.reviewer import Reviewer
from .common import ScoringCommon
from .year import Year


@tagged("post_install", "-at_install")
class TestReview(ScoringCommon):
    """The monthly look at a live scorecard, and the strategy document."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.card = self._make_scorecard(
            ("Big", 85, [("company_size", ">=", 100)]),
            ("Idle", 5, [("city", "=", "Nowhere")]),
            {
                "name": "Visits",
                "kind": "implicit",
                "points": 5,
                "measure": "at_least",
                "event_kind": "web_visit",
                "event_days": 7,
                "half_life": 3,
            },
            user_ids=[(4, self.user_manager.id)],
            review_date=fields.Date.today(),
        )

    def _age(self, leads, days):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead_grade_log SET create_date = %s WHERE lead_id = ANY(%s)",
            (self.now - timedelta(days=days), leads.ids),
        )

    def test_drift_and_idle_rules_become_an_activity(self):
        self._age(self._make_leads(40), 60)
        self._make_leads(40, company_size=100)
        self.env["crm.scorecard"]._cron_review()
        activity = self.card.activity_ids
        self.assertEqual(activity.user_id, self.user_manager)
        self.assertIn("another way", activity.note)
        self.assertIn("Idle", activity.note)
        self.assertNotIn("Big", activity.note)
        self.assertGreater(self.card.review_date, fields.Date.today())
        self.env["crm.scorecard"]._cron_review()
        self.assertEqual(
            len(self.card.activity_ids), 1, "not before the next day of review"
        )

    def test_no_news_is_no_activity(self):
        self.card.rule_ids.filtered(lambda rule: rule.name == "Idle").active = False
        self._age(self._make_leads(40, company_size=100), 60)
        self._make_leads(40, company_size=100)
        self.env["crm.scorecard"]._cron_review()
        self.assertFalse(self.card.activity_ids)

    def test_buyers_in_the_red_are_named(self):
        lead = self._make_lead(name="Surprise", type="opportunity")
        lead.action_set_won()
        findings = Reviewer(self.card).review(self.now + timedelta(minutes=1))
        self.assertIn("Surprise", " ".join(findings))

    def test_lost_leads_are_new_leads_too(self):
        """Fault 7: Odoo archives what is lost; a rule that matched it is not idle."""
        leads = self._make_leads(40, company_size=100)
        self.card.rule_ids.filtered(lambda rule: rule.name == "Idle").active = False
        leads.action_set_lost()
        self._make_leads(40)
        findings = Reviewer(self.card).review(self.now + timedelta(minutes=1))
        self.assertFalse(findings)

    def test_strategy_document(self):
        self.card.grade_ids.filtered(lambda row: row.grade == 5).write(
            {"advice": "Call at once", "role": "salesperson"}
        )
        leads = self._make_leads(60, company_size=100)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = CASE WHEN id %% 2 = 0 THEN 'won' ELSE 'lost' END"
            " WHERE id = ANY(%s)",
            (leads.ids,),
        )
        self.env.invalidate_all()
        self.card._evaluate([("id", "in", leads.ids)])
        Report = self.env["ir.actions.report"].with_user(self.user_manager)
        html = Report._render_qweb_html(
            "crm_lead_management.crm_scorecard_strategy", self.card.ids
        )[0].decode()
        for text in (
            "Big",
            "+85",
            "Call at once",
            "in the last 7 days",
            "chance",
            "50 %",
        ):
            with self.subTest(text=text):
                self.assertIn(text, html)


@tagged("post_install", "-at_install")
class TestYearOfReviews(ScoringCommon):
    """Twelve months: silence where nothing changes, a word where it does."""

    def _said(self, worse_from=None):
        """Return the months in which drift, or lost discrimination, was told."""
        start = fields.Datetime.now() - timedelta(days=390)
        year = Year(self.env, start, seed=3)
        found = {"drift": [], "dropped": []}
        for month, findings in enumerate(year.months(worse_from), 1):
            text = " ".join(findings)
            if "another way" in text:
                found["drift"].append(month)
            if "dropped" in text:
                found["dropped"].append(month)
        return found

    def test_nothing_drifts(self):
        """Fault 7: no cry of drift in a year without any."""
        self.assertEqual(self._said(), {"drift": [], "dropped": []})

    def test_worse_from_the_seventh_month_on(self):
        """Fault 7: told in the month in which it happens, and as long as it lasts."""
        found = self._said(worse_from=7)
        self.assertEqual(found["drift"], [7, 8, 9, 10, 11, 12])
        self.assertEqual(found["dropped"], [7, 8, 9, 10, 11, 12])
