# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import csv
import logging
import os
import unittest
from collections import Counter
from pathlib import Path

from odoo.tests import new_test_user, tagged

from .common import RoutingCommon

_logger = logging.getLogger(__name__)


def _folder():
    """Return the folder with the computer seller's data, or None where it is absent."""
    given = os.environ.get("CRM_LEAD_DATA")
    root = Path(__file__).resolve().parents[2]
    folder = (Path(given) if given else root.parent / "shared" / "data") / "maven_crm"
    return folder if folder.is_dir() else None


@tagged("post_install", "-at_install", "real_data")
class TestRoutingRealData(RoutingCommon):
    """A seller with 35 agents in three offices: rules by office, product and hierarchy."""

    @classmethod
    def setUpClass(cls):
        cls.folder = _folder()
        if not cls.folder:
            _logger.warning(
                "SKIPPED: no real data; set CRM_LEAD_DATA to the folder that has it"
            )
            raise unittest.SkipTest("the data set maven_crm is not here")
        super().setUpClass()
        cls.teams, cls.agents = {}, {}
        for number, row in enumerate(cls._read("sales_teams.csv")):
            office = row["regional_office"]
            if office not in cls.teams:
                cls.teams[office] = cls.env["crm.team"].create({"name": office})
            agent = new_test_user(
                cls.env,
                f"lead_agent_{number}",
                "sales_team.group_sale_salesman",
                name=row["sales_agent"],
            )
            cls.agents[row["sales_agent"]] = agent
            cls.env["crm.team.member"].create(
                {"crm_team_id": cls.teams[office].id, "user_id": agent.id}
            )
        cls.products = {
            row["product"]: cls.env["product.template"].create({"name": row["product"]})
            for row in cls._read("products.csv")
        }
        cls.accounts, cls.parents = {}, {}
        for row in cls._read("accounts.csv"):
            partner = cls.env["res.partner"].create(
                {"name": row["account"], "is_company": True}
            )
            cls.accounts[row["account"]] = partner
            if row["subsidiary_of"]:
                cls.parents[row["account"]] = row["subsidiary_of"]
        for account, parent in cls.parents.items():
            cls.accounts[account].parent_id = cls.accounts[parent]

    @classmethod
    def _read(cls, name):
        with (cls.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def test_subsidiaries_land_with_the_owner_of_their_parent(self):
        self.assertGreater(len(self.parents), 5)
        rule = self._make_rule(method="account_owner", team_id=False, sequence=1)
        self._make_rule(name="Rest", sequence=2)
        agents = list(self.agents.values())
        owners = {}
        for number, parent in enumerate(sorted(set(self.parents.values()))):
            owners[parent] = agents[number]
            self.accounts[parent].user_id = agents[number]
        for account in self.parents:
            self.accounts[account].user_id = False
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": account,
                    "partner_id": self.accounts[account].id,
                    "user_id": False,
                }
                for account in self.parents
            ]
        )
        for lead, parent in zip(leads, self.parents.values(), strict=True):
            self.assertEqual(lead.user_id, owners[parent])
            self.assertEqual(lead.routing_rule_id, rule)
            self.assertIn(parent, lead.routing_reason)
        stranger = self.env["crm.lead"].create({"name": "Stranger", "user_id": False})
        self.assertEqual(stranger.routing_rule_id.name, "Rest")

    def test_products_to_offices_evenly(self):
        names = {product.lower().replace(" ", ""): product for product in self.products}
        deals = self._read("sales_pipeline.csv")[:300]
        offices = list(self.teams)
        for number, product in enumerate(self.products.values()):
            self._make_rule(
                name=product.name,
                team_id=self.teams[offices[number % 3]].id,
                domain=f"[('product_ids', 'in', {product.ids})]",
            )
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": deal["opportunity_id"],
                    "user_id": False,
                    "product_ids": [
                        (
                            4,
                            self.products[
                                names[deal["product"].lower().replace(" ", "")]
                            ].id,
                        )
                    ],
                }
                for deal in deals
            ]
        )
        for rule, routed in leads.grouped("routing_rule_id").items():
            self.assertEqual(routed.product_ids.name, rule.name)
            self.assertEqual(routed.team_id, rule.team_id)
        # Rules of the same office share its turns, so each member gets as many as the others.
        for team, routed in leads.grouped("team_id").items():
            counts = Counter(lead.user_id for lead in routed)
            spread = [counts[user] for user in team.member_ids]
            self.assertLessEqual(max(spread) - min(spread), 1)
