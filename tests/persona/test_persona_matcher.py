# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestPersonaMatcher(PersonaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.big = cls._make_persona(
            "Big", "[('company_size', '>', 50)]", "[('phone', '!=', False)]"
        )
        cls.small = cls._make_persona("Small", "[('company_size', 'in', [1, 2, 3])]")

    def test_best_match_is_stored_and_follows_the_facts(self):
        lead = self._make_lead(company_size=80)
        self.assertEqual((lead.persona_id, lead.persona_match), (self.big, 50.0))
        lead.phone = "+3225550100"
        self.assertEqual((lead.persona_id, lead.persona_match), (self.big, 100.0))
        lead.write({"company_size": 2, "phone": False})
        self.assertEqual((lead.persona_id, lead.persona_match), (self.small, 100.0))
        lead.company_size = 0
        self.assertFalse(lead.persona_id)
        self.assertEqual(lead.persona_match, 0)

    def test_of_equal_matches_the_first_in_order_counts(self):
        """The order is that of the list, not of their making; among equals the older one."""
        domain = "[('company_size', '=', 7)]"
        first, second, third = (self._make_persona(name, domain) for name in "ABC")
        for order, expected in (
            ((10, 10, 10), first),
            ((30, 20, 10), third),
            ((30, 10, 20), second),
            ((20, 20, 30), first),
        ):
            for persona, sequence in zip(first + second + third, order, strict=True):
                persona.sequence = sequence
            self.assertEqual(
                self._make_lead(company_size=7).persona_id, expected, order
            )
        # A better match comes before any order.
        second.criterion_ids = [
            (0, 0, {"name": "name", "domain": "[('city', '=', 'Gent')]"})
        ]
        third.sequence = 1
        self.assertEqual(self._make_lead(company_size=7).persona_id, third)
        third.criterion_ids = second.criterion_ids[1].copy({"persona_id": third.id})
        self.assertEqual(self._make_lead(company_size=7).persona_id, first)

    def test_weights_and_threshold(self):
        self.big.criterion_ids[0].weight = 3
        self.big.threshold = 80
        self.assertFalse(self._make_lead(company_size=80).persona_id)
        self.big.threshold = 75
        lead = self._make_lead(company_size=80)
        self.assertEqual((lead.persona_id, lead.persona_match), (self.big, 75.0))

    def test_manual_choice_is_kept_until_taken_back(self):
        lead = self._make_lead(company_size=80)
        lead.with_user(self.user_all).persona_id = self.small
        self.assertTrue(lead.persona_is_manual)
        lead.phone = "+3225550100"
        self.assertEqual(lead.persona_id, self.small)
        lead.persona_id = False
        self.assertEqual(lead.persona_id, self.big)
        self.assertFalse(lead.persona_is_manual)

    def test_match_of_a_manual_choice_is_told(self):
        lead = self._make_lead(company_size=80, persona_id=self.small.id)
        self.assertEqual((lead.persona_id, lead.persona_match), (self.small, 0))
        lead.company_size = 2
        self.assertEqual((lead.persona_id, lead.persona_match), (self.small, 100))

    def test_without_any_criteria_left_only_manual_personas_stay(self):
        matched = self._make_lead(company_size=80)
        manual = self._make_lead(persona_id=self.small.id)
        (self.big | self.small).criterion_ids.active = False
        self.env["crm.persona.matcher"]._match(matched | manual)
        self.assertFalse(matched.persona_id)
        self.assertEqual(matched.persona_match, 0)
        self.assertEqual(manual.persona_id, self.small)

    def test_archived_personas_do_not_match(self):
        lead = self._make_lead(company_size=80)
        self.big.active = False
        self.env["crm.persona.matcher"]._match(lead)
        self.assertFalse(lead.persona_id)

    def test_a_persona_without_criteria_is_for_hands_only(self):
        guest = self._make_persona("Guest")
        lead = self._make_lead(company_size=80)
        self.assertEqual(lead.persona_id, self.big)
        lead.persona_id = guest
        lead.company_size = 2
        self.assertEqual(lead.persona_id, guest)

    def test_completeness_is_the_weighted_share_of_known_facts(self):
        self.env["crm.info.item"].create(
            [
                {"name": "Phone", "field_name": "phone", "weight": 3},
                {"name": "Town", "field_name": "city", "weight": 1},
            ]
        )
        lead = self._make_lead()
        self.assertEqual(lead.info_completeness, 0)
        lead.phone = "+3225550100"
        self.assertEqual(lead.info_completeness, 75)
        lead.city = "Mecca"
        self.assertEqual(lead.info_completeness, 100)

    def test_queries_do_not_grow_with_the_leads(self):
        self.env["crm.segment"].create({"name": "All", "domain": "[]"})
        self.env["crm.info.item"].create({"name": "Phone", "field_name": "phone"})

        def run(size):
            leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
            leads = leads.create([{"name": "L", "company_size": 80}] * size)
            return lambda: self.env["crm.persona.matcher"]._match(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_only_rows_that_differ_are_written(self):
        lead = self._make_lead(company_size=80)
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin::text FROM crm_lead WHERE id = %s", lead.ids)
        before = self.env.cr.fetchone()
        self.env["crm.persona.matcher"]._match(lead)
        self.env.cr.execute(
            "SELECT xmin::text, ctid::text FROM crm_lead WHERE id = %s", lead.ids
        )
        first = self.env.cr.fetchone()
        self.assertEqual(before[0], first[0])
