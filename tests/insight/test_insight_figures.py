# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from odoo.tests import tagged

from ...models.insight.figures import catalogue
from .story import InsightStory

# What the story says of March: of how many, how many, and the value where it is no share.
MARCH = {
    # Leads received: B, C, D, E.
    "received": (30, None, 30),
    "complete": (6, 30, 6 / 30),
    "with_persona": (3, 30, 3 / 30),
    "qualified": (6, 30, 6 / 30),
    "not_qualified": (8, 30, 8 / 30),
    "questions_open": (16, 30, 16 / 30),
    "mql": (2, 30, 2 / 30),
    "focus": (6, 24, 6 / 24),
    "lost_sleep": (2, 6, 2 / 6),
    "answered_in_time": (6, 10, 6 / 10),
    "answer_minutes": (8, None, 60),
    "answer_working": (8, None, 45),
    "taken_away": (2, None, 2),
    # Steps: five of ten, one of three of the care, one of two recommendations.
    "on_time": (7, 15, 7 / 15),
    "messages_sent": (4, None, 4),
    "messages_answered": (1, 4, 1 / 4),
    "tracks_entered": (3, None, 3),
    "tracks_answered": (2, 3, 2 / 3),
    "customers_from_tracks": (2, 6, 2 / 6),
    # Six calls of B, two of C; one mail of B before, and one after the message.
    "human_touches": (10, None, 10),
    "touches_in": (2, 10, 2 / 10),
    "wasted_touches": (2, 10, 2 / 10),
    # Six wins with 5, 5, 5, 5, 3, 3 contacts, three drops with 0, 1, 8.
    "contacts_per_win": (6, None, 5),
    "contacts_per_drop": (3, None, 1),
    "grave_audits": (2, 9, 2 / 9),
    "lessons": (1, 9, 1 / 9),
    "customers": (6, None, 6),
    "won_revenue": (6, None, 5000),
    "win_rate": (6, 9, 6 / 9),
    "conversion": (1, 30, 1 / 30),
    # Four after 23 days and three hours, two after 146.
    "days_to_customer": (6, None, 23.125),
    "repeat_customers": (3, 6, 3 / 6),
    "loyal": (2, 6, 2 / 6),
    "loyalty": (1, 2, 1 / 2),
    "won_back": (1, None, 1),
    "gone_quiet": (2, None, 2),
    "care_done": (1, 3, 1 / 3),
    "care_content": (1, 3, 1 / 3),
    "care_problem": (1, 3, 1 / 3),
    "care_more": (1, 3, 1 / 3),
    "referrals_asked": (2, None, 2),
    "referrals": (3, None, 3),
    "referrals_won": (1, 3, 1 / 3),
}
# What is so on the second of April.
TODAY = {
    "no_owner": (6, None, 6),
    # Two of B were never answered; one step of D has passed.
    "overdue": (3, None, 3),
    # 50 are open; five are set aside, two wait for an answer, two have a step, two a track.
    "no_next_step": (39, None, 39),
    # Six of A, six of B without the two in a track, and eight of G.
    "neglected": (18, None, 18),
    # Two of 3,000 each, of which a quarter is remembered.
    "money_at_risk": (2, None, 4500),
    "in_tracks": (2, None, 2),
}
PERIODS = (
    ("day", date(2026, 3, 31)),
    ("week", date(2026, 4, 2)),
    ("month", date(2026, 3, 1)),
    ("month", date(2026, 4, 2)),
    ("quarter", date(2026, 2, 1)),
    ("quarter", date(2026, 4, 2)),
)


@tagged("post_install", "-at_install")
class TestInsightFigures(InsightStory):
    """Each figure against a story written by hand; each number opens what it counts."""

    def test_each_figure_has_its_number(self):
        """No figure of the catalogue without a number that was worked out by hand."""
        self.assertEqual(
            sorted(MARCH | TODAY), sorted(one.code for one in catalogue.FIGURES)
        )
        found = self._figures("month", date(2026, 3, 17))
        found |= {
            code: said
            for code, said in self._figures("day", date(2026, 4, 2)).items()
            if code in TODAY
        }
        for code, (num, den, value) in (MARCH | TODAY).items():
            with self.subTest(code):
                self.assertFalse(found[code]["error"])
                counted = found[code]["num"], found[code]["den"]
                self.assertEqual(counted, (num, den))
                self.assertAlmostEqual(found[code]["value"], value, 5)

    def test_every_figure_opens_as_many_rows_as_it_says(self):
        opened = set()
        for kind, day in PERIODS:
            found = self._figures(kind, day)
            for code, said in found.items():
                if said["domain"] is False:
                    continue
                with self.subTest(code, kind=kind, day=day):
                    Model = self.env[said["model"]].with_user(self.user_manager)
                    self.assertEqual(Model.search_count(said["domain"]), said["num"])
                    if said["den"] is not None:
                        cases = Model.search_count(said["cases_domain"])
                        self.assertEqual(cases, said["den"])
                    opened |= {code} if said["num"] else set()
        self.assertEqual(opened, {one.code for one in catalogue.FIGURES})

    def test_who_bought_last_has_not_bought_since(self):
        Lead = self.env["crm.lead"]
        later = Lead.search([("buys_again_later", "=", True)])
        first = self.a[0] + self.a[1] + self.h[0] + self.h[1] + self.h[5]
        self.assertEqual(later, first)
        self.assertTrue(all(first.mapped("buys_again_later")))
        self.assertFalse(any((self.h[2] + self.h[3]).mapped("buys_again_later")))

    def test_every_figure_is_there_now(self):
        found = self._figures("month", date(2026, 4, 2))
        self.assertEqual(list(found), [one.code for one in catalogue.FIGURES])
        for said in found.values():
            self.assertFalse(said["error"])
