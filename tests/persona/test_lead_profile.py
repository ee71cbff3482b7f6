# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestLeadProfile(PersonaCommon):
    def test_completeness_by_group_agrees_with_the_stored_one(self):
        self._item("city", group="basic", weight=3)
        self._item("phone", group="basic", weight=1)
        self._item("company_size", group="qualifier", weight=4)
        lead = self._make_lead(city="Mecca")
        profile = lead.lead_profile
        self.assertEqual(
            {group["key"]: group["completeness"] for group in profile["groups"]},
            {"basic": 75.0, "qualifier": 0.0},
        )
        self.assertEqual(profile["completeness"], lead.info_completeness)
        lead.company_size = 5
        self.assertEqual(lead.lead_profile["groups"][1]["completeness"], 100)

    def test_missing_facts_come_by_points_then_weight(self):
        self._item("city", weight=1)
        self._item("phone", weight=5)
        self._item("website", weight=2)
        lead = self._make_lead()
        self.assertEqual(
            [question["field"] for question in lead.lead_profile["missing"]],
            ["phone", "website", "city"],
        )
        values = patch.object(
            type(lead),
            "_lead_question_values",
            lambda lead, names=None: {"city": 20, "website": -5},
        )
        with values:
            lead.invalidate_recordset(["lead_profile"])
            missing = lead.lead_profile["missing"]
        self.assertEqual([q["field"] for q in missing], ["city", "phone", "website"])
        self.assertEqual(missing[0]["points"], 20)

    def test_nobody_is_asked_for_his_segment(self):
        self._item("segment_ids", weight=9)
        self._item("city", weight=1)
        profile = self._make_lead().lead_profile
        self.assertEqual(profile["missing"][0]["field"], "segment_ids")
        self.assertEqual(profile["next"]["field"], "city")

    def test_nobody_is_asked_when_the_lead_is_closed(self):
        self._item("city", weight=1)
        won, lost = self._make_lead(), self._make_lead()
        self.assertTrue(won.lead_profile["next"])
        won.action_set_won()
        lost.action_set_lost()
        for lead in won, lost:
            lead.invalidate_recordset(["lead_profile"])
            self.assertEqual(lead.lead_profile["missing"][0]["field"], "city")
            self.assertIsNone(lead.lead_profile["next"])
            self.assertIsNone(lead.lead_profile["window"])

    def test_why_this_persona(self):
        self._make_persona(
            "Big", "[('company_size', '>', 50)]", "[('city', '!=', False)]"
        )
        self._make_persona(
            "Small", "[('company_size', '<', 9)]", "[('city', '!=', False)]"
        )
        lead = self._make_lead(company_size=80)
        first, second = lead.lead_profile["personas"]
        self.assertEqual(
            (first["name"], first["current"], first["match"]), ("Big", True, 50.0)
        )
        self.assertEqual([c["hit"] for c in first["criteria"]], [True, False])
        self.assertEqual((second["name"], second["current"]), ("Small", False))
        self.assertFalse(lead.lead_profile["manual"])
        lead.persona_id = second["id"]
        self.assertTrue(lead.lead_profile["manual"])
        self.assertEqual(lead.lead_profile["personas"][0]["name"], "Small")

    def test_contact_window_on_the_clock_of_the_lead(self):
        persona = self._make_persona(
            "Clinic",
            "[]",
            contact_sun=True,
            contact_thu=True,
            contact_from=9,
            contact_to=12,
        )
        lead = self._make_lead(country_id=self.env.ref("base.sa").id)
        self.assertEqual(lead.persona_id, persona)
        profile = self.env["crm.lead.profile"].with_user(self.user_all)
        self.user_all.tz = "Europe/Brussels"
        window = profile._window(lead, datetime(2026, 11, 19, 7, 30))  # a Thursday
        self.assertTrue(window["is_open"])
        self.assertIn("10:30", window["text"])
        window = profile._window(lead, datetime(2026, 11, 19, 12, 0))
        self.assertFalse(window["is_open"])
        self.assertIn("Sun 07:00", window["text"])  # 9 in Riyadh is 7 in Brussels
        lead.country_id = self.env.ref("base.us")
        window = profile._window(lead, datetime(2026, 11, 19, 12, 0))
        self.assertIn("several time zones", window["text"])
        lead.country_id = False
        self.assertIsNone(profile._window(lead))
        lead.country_id = self.env.ref("base.sa")
        persona.write({"contact_sun": False, "contact_thu": False})
        self.assertIsNone(profile._window(lead))

    def test_the_contact_knows_its_time_zone_better(self):
        partner = self.env["res.partner"].create(
            {"name": "P", "tz": "Asia/Tokyo", "country_id": self.env.ref("base.sa").id}
        )
        self.assertEqual(
            self._make_lead(partner_id=partner.id)._lead_time_zones(), ["Asia/Tokyo"]
        )

    def test_a_salesperson_may_see_it_and_a_new_lead_has_none(self):
        self._make_persona("Big", "[('company_size', '>', 50)]")
        self._item("city")
        lead = self._make_lead(company_size=80, user_id=self.user_seller.id)
        profile = lead.with_user(self.user_seller).lead_profile
        self.assertEqual(profile["next"]["field"], "city")
        self.assertIs(self.env["crm.lead"].new({"name": "New"}).lead_profile, False)

    def test_profile_costs_few_queries(self):
        for name in ("city", "phone", "website", "function"):
            self._item(name)
        for number in range(4):
            self._make_persona(f"P{number}", f"[('company_size', '>', {number})]")
        lead = self._make_lead(company_size=80)
        self.assertTrue(lead.lead_profile)  # the caches of the set-up are warm now
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            self.assertTrue(lead.lead_profile)
