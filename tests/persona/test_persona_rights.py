# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PersonaCommon


@tagged("post_install", "-at_install")
class TestPersonaRights(PersonaCommon):
    """Salespeople read the set-up, managers write it, each in their own companies."""

    def _records(self, **values):
        persona = self._make_persona("Big", "[('company_size', '>', 50)]", **values)
        segment = self.env["crm.segment"].create(
            {"name": "All", "is_dynamic": False, **values}
        )
        return [persona.criterion_ids, persona, segment, self._item("city", **values)]

    def test_salespeople_read_and_managers_write(self):
        for record in self._records():
            with self.subTest(model=record._name):
                self.assertTrue(record.with_user(self.user_seller).name)
                with self.assertRaises(AccessError):
                    record.with_user(self.user_seller).name = "Mine"
                with self.assertRaises(AccessError):
                    record.with_user(self.user_all).unlink()
                record.with_user(self.user_manager).name = "Ours"
                record.with_user(self.user_manager).unlink()

    def test_other_companies_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other"})
        for record in self._records(company_id=other.id):
            with self.subTest(model=record._name):
                as_manager = record.with_user(self.user_manager)
                self.assertFalse(as_manager.search([("id", "in", record.ids)]))

    def test_only_managers_have_all_leads_evaluated(self):
        cron = self.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        persona = self._make_persona("Big", "[('company_size', '>', 50)]")
        for record in (persona, persona.browse()):
            with self.assertRaises(AccessError):
                record.with_user(self.user_all).action_evaluate_leads()
        self.assertFalse(cron.active)
        persona.with_user(self.user_manager).action_evaluate_leads()
        self.assertTrue(cron.active)
