# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import NOW, InsightCase


@tagged("post_install", "-at_install")
class TestInsightBars(InsightCase):
    """The overview shows its numbers first; the last twelve periods follow by a second call."""

    def test_the_bars_follow_the_numbers(self):
        """The board shows without its bars, whose twelve periods take as long: same numbers."""
        said = ("num", "den", "value", "previous", "low", "high", "domain", "target")
        insight = self.Insight.with_user(self.user_manager)
        for day in (NOW.date(), date(2026, 1, 20)):
            asked = {"kind": "month", "day": str(day)}
            whole = insight.get_board(**asked)
            quick = insight.get_board(**asked, series=False)
            series = insight.get_series(**asked)
            self.assertEqual(len(quick["blocks"]), len(whole["blocks"]))
            for block, same in zip(whole["blocks"], quick["blocks"], strict=True):
                for one, other in zip(block["figures"], same["figures"], strict=True):
                    code = one["code"]
                    for key in said:
                        self.assertEqual(one[key], other[key], (code, key))
                    self.assertEqual(other["series"], [])
                    bars = [*series[code][:-1], other["value"]]
                    self.assertEqual(bars, one["series"], code)

    def test_a_colleagues_bars_are_refused(self):
        mine = self.Insight.with_user(self.user_seller)
        self.assertTrue(mine.get_series())
        with self.assertRaises(AccessError):
            mine.get_series(user_id=self.user_colleague.id)
