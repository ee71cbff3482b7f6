# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestIntakeTours(HttpCase):
    """A sales administrator connects a form, and finds out what became of an entry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager"
        cls.user = new_test_user(cls.env, "leila_admin", groups, name="Leila Admin")
        cls.env["crm.intake.item"].search([]).unlink()

    def test_connect_a_form(self):
        self.start_tour("/odoo/lead-sources", "crm_intake_source", login="leila_admin")
        source = self.env["crm.intake.source"].search(
            [("name", "=", "Form of our site")]
        )
        self.assertTrue(source.key_hash)
        self.assertEqual(
            set(source.mapping_ids.mapped("target")), {"contact_name", "email_from"}
        )
        self.assertFalse(
            self.env["crm.intake.item"].search([("source_id", "=", source.id)])
        )

    def test_a_file_with_mistakes(self):
        self.start_tour("/odoo/lead-files", "crm_intake_file", login="leila_admin")
        file = self.env["crm.intake.file"].search([], order="id desc", limit=1)
        self.env["crm.intake.engine"]._process(file.sudo().item_ids)
        file.action_refresh()
        self.assertEqual((file.row_count, file.done_count), (3, 2))
        self.assertEqual(file.failed_count, 1)
        leads = file.sudo().item_ids.lead_id
        self.assertEqual(
            set(leads.mapped("contact_name")), {"Amal Haddad", "Lena Roth"}
        )

    def test_why_something_did_not_become_a_lead(self):
        source = self.env["crm.intake.source"].create({"name": "Form", "kind": "web"})
        engine = self.env["crm.intake.engine"]
        item = engine._receive(source, {"Frage": "", "Ort": "-"})
        source.mapping_ids = [(0, 0, {"path": "Mail", "target": "email_from"})]
        engine._process(item)
        self.assertEqual(item.state, "failed")
        self.start_tour("/odoo", "crm_intake_letterbox", login="leila_admin")
        self.assertIn("Frage", item.lead_id.description)
