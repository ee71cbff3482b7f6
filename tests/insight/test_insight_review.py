# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import InsightCase


@tagged("post_install", "-at_install")
class TestInsightReview(InsightCase):
    """The five figures of each person in the weekly review (next.md 7.4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team_north.user_id = cls.user_all
        cls.meeting = cls.env["crm.review.meeting"].create(
            {"team_id": cls.team_north.id, "day": "2026-04-02"}
        )

    def _rows(self, user=None):
        meeting = self.meeting.with_user(user or self.user_all)
        page = html.fromstring(str(meeting.scorecards))
        return {
            row.xpath("th")[0].text_content(): [
                " ".join(cell.text_content().split()) for cell in row.xpath("td")
            ]
            for row in page.xpath("//tbody/tr")
        }

    def test_the_five_figures_are_those_of_the_people_page(self):
        """Of March: the month before the review; of this team only."""
        rows = self._rows()
        people = self.env["crm.insight.people"].with_user(self.user_manager)
        page = people.get_people("month", "2026-03-05", self.team_north.id)
        members = self.team_north.member_ids | self.user_all
        self.assertEqual(
            list(rows), [*members.sorted("name").mapped("name"), "The whole team"]
        )
        for row in page["rows"]:
            if row["name"] not in rows:
                continue
            leads, brought, to_opportunity, to_customer, deal, days = rows[row["name"]]
            self.assertEqual(leads, f"{row['headline']} {row['words']}")
            self.assertEqual(brought, str(row["generated"]))
            self.assertIn(row["reached_words"], to_opportunity)
            self.assertIn(row["sold_words"], to_customer)
            if row["won"]:
                self.assertIn(f"{round(row['deal'])}", deal.replace(",", ""))
                self.assertIn(f"{row['days']:.1f}", days)
        seller = rows[self.user_seller.name]
        # Six won in March: four of 1,000 and two of 500 (see the story).
        self.assertIn("833", seller[4])
        self.assertIn("6 won", seller[4])
        self.assertTrue(page["average"]["leads"])
        self.assertIn(page["average"]["headline"], rows["The whole team"][0])

    def test_too_few_have_no_rate(self):
        rows = self._rows()
        self.assertNotIn("%", rows[self.user_colleague.name][2])
        self.assertIn("too few to judge", rows[self.user_colleague.name][2])
        self._some(
            40, "2026-03-03 09:00", self.user_seller, self.team_north, "open", 50, 3
        )
        self.env.invalidate_all()
        self.assertIn("%", self._rows()[self.user_seller.name][0])

    def test_who_does_not_lead_the_team_sees_none(self):
        with self.assertRaises(AccessError):
            self._rows(self.user_seller)
        # Nor by typing the name of the team into a new review.
        meeting = self.env["crm.review.meeting"].with_user(self.user_seller)
        draft = meeting.new({"team_id": self.team_north.id, "day": "2026-04-02"})
        self.assertFalse(draft.scorecards)
        self.assertTrue(self._rows(self.user_manager))

    def test_the_form_opens(self):
        form = Form(self.meeting.with_user(self.user_all))
        self.assertIn("o_lead_review_scorecards", str(form.scorecards))
