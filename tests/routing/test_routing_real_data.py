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

    def test_hierarchy_then_product_then_office(self):
        """All 85 companies at once, by rules that stand one after the other."""
        rows = self._read("accounts.csv")
        for row in rows:
            self.accounts[row["account"]].user_id = False
        parents = sorted(set(self.parents.values()))
        agents = list(self.agents.values())
        for number, parent in enumerate(parents):
            self.accounts[parent].user_id = agents[-1 - number]
        known = {*self.parents, *parents}
        special = self.products["GTK 500"]
        homes = {"United States": "Central", "Kenya": "East"}
        self._make_rule(name="Known", method="account_owner", team_id=False, sequence=1)
        self._make_rule(
            name="GTK 500",
            team_id=self.teams["West"].id,
            sequence=2,
            domain=f"[('product_ids', 'in', {special.ids})]",
        )
        for sequence, (country, office) in enumerate(homes.items(), start=3):
            self._make_rule(
                name=country,
                team_id=self.teams[office].id,
                sequence=sequence,
                domain=f"[('country_id.name', '=', {country!r})]",
            )
        self._make_rule(name="Elsewhere", team_id=self.teams["West"].id, sequence=9)
        countries = {
            name: self.env["res.country"].search([("name", "=", name)])
            for name in homes
        }
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": row["account"],
                    "partner_id": self.accounts[row["account"]].id,
                    "country_id": countries.get(
                        row["office_location"], self.env["res.country"]
                    ).id,
                    "product_ids": special.ids if number % 5 == 0 else [],
                    "user_id": False,
                }
                for number, row in enumerate(rows)
            ]
        )
        for number, (lead, row) in enumerate(zip(leads, rows, strict=True)):
            home = homes.get(row["office_location"])
            expected = "Elsewhere" if not home else row["office_location"]
            if number % 5 == 0:
                expected = "GTK 500"
            if lead.name in known:
                expected = "Known"
                parent = self.parents.get(lead.name, lead.name)
                self.assertEqual(lead.user_id, self.accounts[parent].user_id)
            self.assertEqual(lead.routing_rule_id.name, expected, lead.name)
            if expected in homes:
                self.assertEqual(lead.team_id, self.teams[home])
                self.assertIn(lead.user_id, self.teams[home].member_ids)
