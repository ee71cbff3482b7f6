# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestInfoItem(PersonaCommon):
    def test_facts_of_some_personas_only(self):
        big = self._make_persona("Big", "[('company_size', '>', 50)]")
        self._item("company_size")
        self._item("city", persona_ids=big.ids)
        small = self._make_lead(company_size=3)
        self.assertEqual(small.info_completeness, 100)
        large = self._make_lead(company_size=80)
        self.assertEqual(large.info_completeness, 50)
        small.company_size = 80  # becomes Big, of whom more is expected
        self.assertEqual(small.info_completeness, 50)

    def test_when_nothing_is_expected_there_is_no_completeness(self):
        item = self._item("city")
        lead = self._make_lead(city="Mecca")
        self.assertEqual(lead.info_completeness, 100)
        item.active = False
        self.env["crm.persona.matcher"]._match(lead)
        self.assertEqual(lead.info_completeness, 0)

    def test_custom_fields_and_properties_can_be_items(self):
        self._make_custom_field()
        self.team_north.lead_properties_definition = [
            {"name": "roof", "string": "Roof", "type": "char"}
        ]
        self._item("x_floors")
        self._item("lead_properties.roof")
        lead = self._make_lead(team_id=self.team_north.id, user_id=False)
        self.assertEqual(lead.info_completeness, 0)
        lead.lead_properties = {"roof": "flat"}
        self.assertEqual(lead.info_completeness, 50)
        lead.x_floors = 3
        self.assertEqual(lead.info_completeness, 100)
        self.team_north.lead_properties_definition = []
        self.assertEqual(self._make_lead(x_floors=2).info_completeness, 50)

    def _make_custom_field(self):
        return self.env["ir.model.fields"].create(
            {
                "name": "x_floors",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "field_description": "Floors",
                "ttype": "integer",
            }
        )

    def test_an_item_whose_field_was_removed_is_switched_off(self):
        field = self._make_custom_field()
        item = self._item("x_floors")
        self._item("city")
        lead = self._make_lead(city="Mecca")
        self.assertEqual(lead.info_completeness, 50)
        field.unlink()
        with mute_logger(
            "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"
        ):
            other = self._make_lead(city="Medina")
        self.assertEqual(other.info_completeness, 100)
        self.assertFalse(item.active)
        self.assertIn("x_floors", item.broken_reason)
        self.assertEqual(other.lead_profile["missing"], [])

    def test_unknown_fields_and_paths_are_refused(self):
        for field_name in ("no_such_field", "partner_id.city", "city or 1"):
            with self.subTest(field=field_name), self.assertRaises(ValidationError):
                self._item(field_name)

    def test_shipped_items_are_sound(self):
        shipped = self.env["crm.info.item"].with_context(active_test=False).search([])
        shipped.active = True
        self.assertEqual(
            set(shipped.mapped("group")), {"basic", "qualifier", "supplementary"}
        )
        lead = self._make_lead(email_from="amal@clinic.example", phone="+966501234567")
        self.assertGreater(lead.info_completeness, 0)
        self.assertLess(lead.info_completeness, 100)
        self.assertEqual(len(lead.lead_profile["groups"]), 3)
