# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_honest import HonestCommon


@tagged("post_install", "-at_install")
class TestGradeOfTheClose(HonestCommon):
    """A closed lead has the grade of its close, and is explained as of then."""

    def setUp(self):
        super().setUp()
        self.card = self._make_scorecard(
            {
                "name": "Wrote in the last 30 days",
                "points": 90,
                "measure": "at_least",
                "event_days": 30,
            },
            ("New", 5, [("create_date", ">=", "today -40d")]),
        )

    def test_stored_grade_and_reasons(self):
        """Fault 1: what is stored, and why, are those of the close, whatever came later."""
        (won, lost), closed = self._closed_leads(1, 1, days=200, age=30)
        self._wrote(won, closed - timedelta(3))
        self._wrote(lost, closed + timedelta(100))
        leads = won | lost
        self.env["crm.score.engine"]._score(leads)
        self.assertEqual(leads.mapped("lead_points"), [95, 5])
        self.assertEqual(leads.mapped("lead_grade"), [5, 1])
        self.assertExplained(leads)
        since = min(won.grade_log_ids.mapped("create_date"))
        self.assertEqual(since, closed.replace(microsecond=0))
        why = won.get_grade_explanation()
        self.assertIn("As of its close", why["as_of"])
        # A note on the closed lead gives it no other grade.
        won.write({"description": "Came back to us"})
        self.assertEqual((won.lead_points, won.lead_grade), (95, 5))
        found = self.env["crm.score.engine"]._points(leads, self.card)
        self.assertEqual(found, {won.id: 95, lost.id: 5})

    def test_open_again(self):
        """Fault 1: a lead that is restored is graded as of now."""
        lost, closed = self._closed_leads(0, 1)
        self._wrote(lost, closed - timedelta(3))
        self.env["crm.score.engine"]._score(lost)
        self.assertEqual(lost.lead_grade, 5)
        lost.action_unarchive()
        self.assertEqual((lost.won_status, lost.lead_points), ("pending", 0))
        self.assertFalse(lost.get_grade_explanation()["as_of"])

    def test_shadows_look_at_open_leads(self):
        lost, _closed = self._closed_leads(0, 1)
        shadow = self._make_scorecard(("A", 9, []), state="shadow")
        still = self._make_lead()
        self.env["crm.score.engine"]._score(lost | still)
        grades = self.env["crm.lead.grade.shadow"].search(
            [("scorecard_id", "=", shadow.id)]
        )
        self.assertIn(still, grades.lead_id)
        self.assertNotIn(lost, grades.lead_id)

    def test_the_number_of_queries(self):
        def score(count):
            leads, _closed = self._closed_leads(count, count)
            open_leads = self._make_leads(count)
            self.env.flush_all()
            self.env.invalidate_all()
            return lambda: self.env["crm.score.engine"]._score(leads | open_leads)

        self.assertSameQueryCount(score, 5, 50)


@tagged("post_install", "-at_install")
class TestWhatIsNotKnown(HonestCommon):
    """What is not known of the moment of the close is said."""

    def test_linked_records(self):
        """Fault 1: facts of a contact that was saved later count as today: it is said."""
        partner = self.env["res.partner"].create({"name": "P", "city": "A"})
        leads, closed = self._closed_leads(30, 30)
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = %s WHERE id = ANY(%s)",
            [partner.id, leads[:40].ids],
        )
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s WHERE id = %s", [closed, partner.id]
        )
        self.env.invalidate_all()
        card = self._draft(("City", 5, [("partner_id.city", "=", "A")]))
        self.assertNotIn("linked records", self._judge(card, leads).verdict)
        partner.city = "B"
        self.env.flush_all()
        verdict = self._judge(card, leads).verdict
        self.assertIn("Of up to 40 leads the linked records", verdict)
        self.assertIn("Contact", verdict)

    def _over_time(self, leads, facts):
        """Spread leads over 300 days, outcomes by chance that rises, with facts."""
        chance, n = random.Random(5), len(leads)
        for number, lead in enumerate(leads):
            won = chance.random() < 0.15 + 0.7 * number / n
            self.env.cr.execute(
                "UPDATE crm_lead SET won_status = %s, create_date = create_date + %s,"
                " city = %s, company_size = %s, function = %s WHERE id = %s",
                [
                    "won" if won else "lost",
                    timedelta(number * 300 / n - 300),
                    *facts(number, won, chance),
                    lead.id,
                ],
            )
        self.env.invalidate_all()

    def test_proxies_of_time(self):
        """Fault 3: a campaign of each quarter, a year: they tell when, and nothing else."""
        leads, _closed = self._closed_leads(150, 150)
        self._over_time(
            leads,
            lambda number, won, chance: (
                f"Campaign {number // 50}",
                2010 + number // 40,
                "Chief" if won == (chance.random() < 0.8) else "Clerk",
            ),
        )
        card = self.env["crm.scorecard"]._suggest([("id", "in", leads.ids)])
        read = " ".join(card.rule_ids.mapped("domain"))
        self.assertIn("function", read)
        self.assertNotIn("city", read)
        self.assertNotIn("company_size", read)
        self.assertIn("only count the leads", card.description)
        # Imported in one go, the order of the file is no time.
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = now() at time zone 'UTC' WHERE id = ANY(%s)",
            [leads.ids],
        )
        self.env.invalidate_all()
        card = self.env["crm.scorecard"]._suggest([("id", "in", leads.ids)])
        self.assertIn("city", " ".join(card.rule_ids.mapped("domain")))

    def test_beyond_what_was_learned(self):
        """Fault 3: what is far beyond the numbers learned from gives no points."""
        leads, _closed = self._closed_leads(60, 60)
        for number, lead in enumerate(leads):
            size = 100 + number if number < 60 else 10 + number % 60
            self.env.cr.execute(
                "UPDATE crm_lead SET company_size = %s WHERE id = %s",
                [size - (50 if number % 11 == 0 and number < 60 else 0), lead.id],
            )
        # Chance has its part: no size tells all.
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = CASE won_status WHEN 'won' THEN 'lost' ELSE 'won'"
            " END WHERE id = ANY(%s)",
            [leads.filtered(lambda lead: lead.id % 6 == 0).ids],
        )
        self.env.invalidate_all()
        card = self.env["crm.scorecard"]._suggest([("id", "in", leads.ids)])
        near, far = (
            self._make_lead(company_size=size, type="opportunity")
            for size in (170, 5000)
        )
        points = self.env["crm.score.engine"]._points(near | far, card)
        self.assertNotEqual(points[near.id], 0)
        self.assertEqual(points[far.id], 0)


@tagged("post_install", "-at_install")
class TestBothSides(HonestCommon):
    """What a lead is, and what it did, beside each other; what to do comes first."""

    def test_fit_and_engagement(self):
        """Market 21: where a scorecard looks at both, the widget shows both."""
        card = self._make_scorecard(("Big", 40, [("company_size", ">", 9)]))
        lead = self._make_lead(company_size=50)
        self.assertEqual(lead.get_grade_explanation()["sides"], [])
        card.rule_ids = [
            (0, 0, {"name": "Wrote", "points": 15, "measure": "at_least"}),
            (
                0,
                0,
                {"name": "Quiet", "points": -2, "measure": "fewer", "event_count": 3},
            ),
        ]
        self._wrote(lead, fields.Datetime.now() - timedelta(hours=1))
        self.env["crm.score.engine"]._score(lead)
        self.assertEqual(
            lead.get_grade_explanation()["sides"], [("Fit", 40), ("Engagement", 13)]
        )
        self.assertEqual(lead.lead_points, 53)
