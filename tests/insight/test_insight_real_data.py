# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import csv
import os
import unittest
from collections import Counter
from datetime import date
from pathlib import Path

from odoo.tests import tagged

from ..common import LeadCommon

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CRM_LEAD_DATA") or ROOT.parent / "shared" / "data")
DEALS = DATA / "maven_crm" / "sales_pipeline.csv"
QUARTERS = ("2017-02-01", "2017-05-01", "2017-08-01", "2017-11-01")


def quarter(day):
    return day[:4], (int(day[5:7]) - 1) // 3


@unittest.skipUnless(
    DEALS.exists(), "SKIPPED: no real data; set CRM_LEAD_DATA to the folder that has it"
)
@tagged("post_install", "-at_install")
class TestInsightRealData(LeadCommon):
    """8,800 deals of a computer seller: what is won equals what plain Python finds in the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with DEALS.open(newline="") as file:
            cls.deals = list(csv.DictReader(file))
        names = sorted({deal["sales_agent"] for deal in cls.deals})
        cls.agents = {
            name: cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create({"name": name, "login": f"maven_{number}"})
            for number, name in enumerate(names)
        }
        products = sorted({deal["product"] for deal in cls.deals})
        records = cls.env["product.template"].create(
            [{"name": one} for one in products]
        )
        cls.products = dict(zip(products, records, strict=True))
        cls._insert()

    @classmethod
    def _insert(cls):
        """Write the deals as closed leads: what they are like is not asked here."""
        won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        new = cls.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        states = {"Won": "won", "Lost": "lost"}
        cls.env.flush_all()
        for deal in cls.deals:
            state = states.get(deal["deal_stage"], "pending")
            cls.env.cr.execute(
                """
                INSERT INTO crm_lead (name, type, company_id, user_id, stage_id, active,
                    won_status, expected_revenue, create_date, date_closed)
                VALUES (%s, 'opportunity', %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
                """,
                [
                    deal["opportunity_id"],
                    cls.company.id,
                    cls.agents[deal["sales_agent"]].id,
                    won.id if state == "won" else new.id,
                    state != "lost",
                    state,
                    float(deal["close_value"] or 0),
                    f"{deal['engage_date'] or '2017-01-01'} 12:00",
                    deal["close_date"] and f"{deal['close_date']} 12:00" or None,
                ],
            )
            field = cls.env["crm.lead"]._fields["product_ids"]
            cls.env.cr.execute(
                f"INSERT INTO {field.relation} ({field.column1}, {field.column2})"
                " VALUES (%s, %s)",
                [cls.env.cr.fetchone()[0], cls.products[deal["product"]].id],
            )
        cls.env.invalidate_all(flush=False)

    def _won(self, key=lambda deal: None):
        """Return what was won, by quarter and key, as the file says."""
        counts, amounts = Counter(), Counter()
        for deal in self.deals:
            if deal["deal_stage"] == "Won":
                place = (quarter(deal["close_date"]), key(deal))
                counts[place] += 1
                amounts[place] += float(deal["close_value"])
        return counts, amounts

    def test_won_per_quarter_and_agent(self):
        Insight = self.env["crm.insight"].with_user(self.user_manager)
        counts, amounts = self._won()
        by_agent, sums = self._won(lambda deal: deal["sales_agent"])
        for day in QUARTERS:
            options = ("quarter", date.fromisoformat(day), self.company)
            codes = ("customers", "won_revenue")
            found = Insight._figures(*options, codes=codes)
            place = (quarter(day), None)
            self.assertEqual(found["customers"]["num"], counts[place])
            self.assertAlmostEqual(found["won_revenue"]["value"], amounts[place])
            for name, user in self.agents.items():
                found = Insight._figures(*options, user=user, codes=codes)
                place = (quarter(day), name)
                with self.subTest(name, day=day):
                    self.assertEqual(found["customers"]["num"], by_agent[place])
                    self.assertAlmostEqual(found["won_revenue"]["value"], sums[place])
        self.assertEqual(sum(counts.values()), 4238)

    def test_won_per_product(self):
        Insight = self.env["crm.insight"].with_user(self.user_manager)
        counts, _amounts = self._won(lambda deal: deal["product"])
        for day in QUARTERS:
            board = Insight.get_board("quarter", day)
            rows = (
                next(
                    table["rows"]
                    for block in board["blocks"]
                    for table in block["tables"]
                    if table["code"] == "won_by_product"
                )
                if any(place[0] == quarter(day) for place in counts)
                else []
            )
            found = {row["label"]: row["den"] for row in rows}
            expected = {
                product: number
                for (when, product), number in counts.items()
                if when == quarter(day)
            }
            self.assertEqual(found, expected, day)
