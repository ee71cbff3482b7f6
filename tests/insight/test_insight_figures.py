# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from odoo.tests import tagged

from ...models.insight.figures import catalogue
from .common import InsightCase

# What the story says of March: num, den.
MARCH = {
    "received": (30, None),
    "complete": (6, 30),
    "qualified": (6, 30),
    "not_qualified": (8, 30),
    "questions_open": (16, 30),
    "mql": (0, 30),
    "focus": (6, 24),
    "lost_sleep": (2, 6),
    "answered_in_time": (6, 10),
    "answer_minutes": (8, None),
    "customers": (6, None),
    "won_revenue": (6, None),
    "win_rate": (6, 9),
    "conversion": (0, 30),
    "days_to_customer": (6, None),
}


@tagged("post_install", "-at_install")
class TestInsightFigures(InsightCase):
    """Each figure against a story written by hand; each number opens what it counts."""

    def test_march(self):
        found = self._figures("month", date(2026, 3, 17))
        for code, (num, den) in MARCH.items():
            with self.subTest(code):
                self.assertEqual((found[code]["num"], found[code]["den"]), (num, den))
        self.assertEqual(found["won_revenue"]["value"], 5000)
        self.assertEqual(found["answer_minutes"]["value"], 60)
        self.assertAlmostEqual(found["win_rate"]["value"], 6 / 9)

    def test_every_figure_opens_as_many_rows_as_it_says(self):
        for kind, day in (
            ("day", date(2026, 3, 31)),
            ("week", date(2026, 4, 2)),
            ("month", date(2026, 3, 1)),
            ("quarter", date(2026, 2, 1)),
            ("quarter", date(2026, 4, 2)),
        ):
            found = self._figures(kind, day)
            for code, said in found.items():
                if not said["domain"]:
                    continue
                with self.subTest(code, kind=kind, day=day):
                    Model = self.env[said["model"]].with_user(self.user_manager)
                    self.assertEqual(Model.search_count(said["domain"]), said["num"])
                    if said["den"] is not None:
                        cases = Model.search_count(said["cases_domain"])
                        self.assertEqual(cases, said["den"])

    def test_every_figure_is_there_now(self):
        found = self._figures("month", date(2026, 4, 2))
        self.assertEqual(list(found), [one.code for one in catalogue.FIGURES])
        for said in found.values():
            self.assertFalse(said["error"])
