# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import LeadCommon

MAIL = """Return-Path: <buyer@trading.example>
To: {to}
From: Ann Buyer <buyer@trading.example>
Subject: Price of two machines
Message-Id: <one@trading.example>
Date: Mon, 2 Nov 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

How much are two of them?
"""


@tagged("post_install", "-at_install")
class TestLeadChannels(LeadCommon):
    """Whatever way a lead comes in, it gets its persona, its grade and one owner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.persona = cls.env["crm.persona"].create(
            {
                "name": "Anybody",
                "criterion_ids": [(0, 0, {"name": "all", "domain": "[]"})],
            }
        )
        cls.env["crm.scorecard"].create(
            {
                "name": "Any lead is worth something",
                "state": "live",
                "rule_ids": [
                    (0, 0, {"name": "all", "kind": "explicit", "points": 100})
                ],
            }
        )
        cls.env["crm.routing.rule"].create(
            {
                "name": "In turn",
                "team_id": cls.team_north.id,
                "method": "round_robin",
            }
        )

    def assertHandled(self, leads):
        self.assertTrue(leads)
        for lead in leads:
            self.assertEqual(lead.persona_id, self.persona)
            self.assertEqual(lead.lead_grade, 5)
            self.assertIn(lead.user_id, self.user_seller + self.user_colleague)
            self.assertEqual(lead.team_id, self.team_north)

    def test_form_of_a_salesperson_who_sees_all(self):
        Lead = self.env["crm.lead"].with_user(self.user_all)
        values = {"name": "Typed in", "user_id": self.user_all.id}
        [saved] = Lead.web_save(values, {"name": {}, "user_id": {}})
        self.assertHandled(self.env["crm.lead"].browse(saved["id"]))

    def test_form_of_a_salesperson_who_sees_his_own(self):
        """He keeps what he enters: the form could not even show it otherwise."""
        Lead = self.env["crm.lead"].with_user(self.user_seller)
        values = {"name": "Typed in", "user_id": self.user_seller.id}
        [saved] = Lead.web_save(values, {"name": {}, "user_id": {}})
        lead = self.env["crm.lead"].browse(saved["id"])
        self.assertEqual(lead.user_id, self.user_seller)
        self.assertEqual(lead.lead_grade, 5)

    def test_import(self):
        result = (
            self.env["crm.lead"]
            .with_user(self.user_manager)
            .load(
                ["name", "email_from"],
                [[f"Row {n}", f"{n}@x.example"] for n in range(6)],
            )
        )
        self.assertFalse(result["messages"])
        leads = self.env["crm.lead"].browse(result["ids"])
        self.assertHandled(leads)
        self.assertEqual(
            len(leads.filtered(lambda lead: lead.user_id == self.user_seller)), 3
        )

    def test_mail_to_the_alias_of_a_team(self):
        domain = self.env["mail.alias.domain"].create({"name": "firm.example"})
        self.team_south.alias_id.write(
            {
                "alias_name": "south",
                "alias_domain_id": domain.id,
                "alias_contact": "everyone",
            }
        )
        self.env["mail.thread"].with_context(tracking_disable=False).message_process(
            "crm.lead", MAIL.format(to="south@firm.example")
        )
        self.assertHandled(
            self.env["crm.lead"].search(
                [("email_from", "ilike", "buyer@trading.example")]
            )
        )

    def test_visitor_of_the_web_site(self):
        Lead = self.env["crm.lead"].with_user(self.env.ref("base.public_user")).sudo()
        self.assertHandled(Lead.create({"name": "Form", "user_id": False}))

    def test_copy(self):
        lead = self._make_lead(user_id=self.user_all.id)
        self.assertEqual(lead.user_id, self.user_all, "an owner who was chosen stays")
        copied = lead.copy()
        self.assertEqual((copied.lead_grade, copied.persona_id), (5, self.persona))
        self.assertEqual(copied.routing_hops, 0)

    def test_merge(self):
        leads = self._make_leads(2, email_from="twice@x.example")
        merged = leads.merge_opportunity()
        self.assertEqual(len(leads.exists()), 1)
        self.assertEqual(merged.lead_grade, 5)
        self.assertEqual(merged.persona_id, self.persona)
