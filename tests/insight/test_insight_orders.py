# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from ..common import NEIGHBOUR, needs
from .common import InsightCase


@tagged(*NEIGHBOUR)
class TestInsightOrders(InsightCase):
    """Where there are orders, they count as purchases: beside Odoo's Sales only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("sale.order" in cls.env, "sale")
        cls.product = cls.env["product.product"].create(
            {"name": "Machine", "taxes_id": False}
        )
        cls.ann, cls.bob = cls.env["res.partner"].create(
            [{"name": "Ann"}, {"name": "Bob"}]
        )

    def _order(self, partner, amount, moment="2026-03-05 12:00", **values):
        """Confirm an order at a moment."""
        with freeze_time(moment):
            line = {"product_id": self.product.id, "price_unit": amount}
            order = self.env["sale.order"].create(
                {"partner_id": partner.id, "order_line": [Command.create(line)]}
                | values
            )
            order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", amount))
        return order

    def _money(self, user=None, **options):
        Money = self.env["crm.insight.money"].with_user(user or self.user_manager)
        Money = Money.with_context(**getattr(self, "both", {}))
        return Money.get_money("quarter", "2026-03-05", **options)

    def test_orders_tell_who_bought_before(self):
        """A confirmed order of the same customer counts, but not that of the lead itself."""
        Lead = self.env["crm.lead"]
        self._set(self.a[0], partner_id=self.ann.id)
        self._set(self.a[1], partner_id=self.bob.id)
        first = self._order(self.ann, 100, "2026-03-01 12:00")
        own = self._order(self.bob, 100, "2026-03-01 12:00")
        self._set(own, opportunity_id=self.a[1].id)
        again = Lead.search([("is_bought_again", "=", True)])
        self.assertEqual(again, self.a[0])
        said = self._figures("month", date(2026, 3, 5))["repeat_customers"]
        self.assertEqual((said["num"], said["den"]), (1, 6))
        self._set(first, state="draft")
        said = self._figures("month", date(2026, 3, 5))["repeat_customers"]
        self.assertEqual((said["num"], said["den"]), (0, 6))

    def test_the_best_fifth_by_orders(self):
        """In the company's currency, by the rate of the day; not of a team or a person."""
        company = self.company.currency_id
        franc = self.env["res.currency"].create(
            {"name": "XFR", "symbol": "F", "rounding": 0.01}
        )
        rates = [(franc, "2026-03-01", 2.0), (franc, "2026-03-20", 10.0)]
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": one.id,
                    "name": day,
                    "rate": rate,
                    "company_id": self.company.id,
                }
                for one, day, rate in rates
            ]
        )
        francs = self.env["product.pricelist"].create(
            {"name": "Francs", "currency_id": franc.id}
        )
        self._order(self.ann, 1000)
        # A thousand francs were worth half as much on that day.
        order = self._order(self.bob, 1000, pricelist_id=francs.id)
        self.assertEqual(order.currency_id, franc)
        self.assertNotEqual(order.currency_id, company)
        told = self._money()["pareto"]
        self.assertTrue(told["by_orders"])
        self.assertEqual(told["customers"]["of"], 2)
        self.assertAlmostEqual(told["customers"]["share"], 1000 / 1500)
        # The leads are told of as they are without orders.
        self.assertEqual(told["leads"]["of"], 6)
        self.assertFalse(self._money(self.user_seller)["pareto"]["by_orders"])
        of_team = self._money(team_id=self.team_north.id)
        self.assertFalse(of_team["pareto"]["by_orders"])

    def test_orders_of_another_company_and_year_are_not_told(self):
        other = self.env["res.company"].create({"name": "Second"})
        # Whoever asks may see the orders of both.
        self.user_manager.company_ids += other
        self.both = {"allowed_company_ids": [self.company.id, other.id]}
        self._order(self.ann, 1000, "2024-12-05 12:00")
        self.assertFalse(self._money()["pareto"]["by_orders"])
        self._order(self.bob, 500)
        order = self._order(self.ann, 700)
        self._set(order, company_id=other.id)
        told = self._money()["pareto"]
        self.assertTrue(told["by_orders"])
        self.assertEqual(told["customers"]["of"], 1)
