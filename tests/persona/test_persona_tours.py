# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestPersonaTours(PersonaCommon, HttpCase):
    def test_missing_facts(self):
        self._make_persona("Big", "[('company_size', '>', 50)]")
        for name, field_name, weight in (
            ("Town", "city", 9),
            ("Birth date", "birthdate", 2),
            ("Referred by", "referred", 1),
        ):
            self._item(field_name, weight=weight).name = name
        lead = self._make_lead(
            name="A profile",
            type="opportunity",
            company_size=80,
            user_id=self.user_seller.id,
        )
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}",
            "persona_profile_missing_facts",
            login="lead_seller",
        )
        self.assertEqual(lead.referred, "Layla")
