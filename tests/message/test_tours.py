# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestMessageTours(HttpCase):
    """A salesperson sends a message in each channel, from the lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sending = patch(
            "odoo.addons.sms.tools.sms_api.SmsApi._contact_iap", return_value=[]
        )
        sending.start()
        cls.addClassCleanup(sending.stop)
        cls.user = new_test_user(
            cls.env, "omar_said", "sales_team.group_sale_salesman", name="Omar Said"
        )

    def _walk(self, code):
        self.env["res.lang"]._activate_lang(code)
        if code != "en_US":
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [code]
            )
        self.user.lang = code
        lead = self.env["crm.lead"].create(
            {
                "name": "Garden inquiry",
                "type": "opportunity",
                "contact_name": "Sara Khan",
                "email_from": "sara@example.com",
                "phone": "+966501234567",
                "user_id": self.user.id,
                "lang_id": self.env["res.lang"].search([("code", "=", code)]).id,
            }
        )
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "message_three_channels", login="omar_said"
        )
        touchpoints = lead.touchpoint_ids.sorted("id")
        self.assertEqual(touchpoints.mapped("kind"), ["email", "sms", "whatsapp"])
        self.assertTrue(
            all(touchpoint.message_template_id for touchpoint in touchpoints)
        )
        return lead

    def test_english(self):
        lead = self._walk("en_US")
        self.assertIn("thank you", " ".join(lead.message_ids.mapped("body")))

    def test_arabic(self):
        lead = self._walk("ar_001")
        self.assertIn("شكرًا", " ".join(lead.message_ids.mapped("body")))

    def test_selection(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": name, "type": "opportunity", "user_id": self.user.id, **values}
                for name, values in (
                    ("Garden inquiry", {"email_from": "sara@example.com"}),
                    ("Roof inquiry", {"email_from": "ali@example.com"}),
                    ("No address", {}),
                )
            ]
        )
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Leads",
                "res_model": "crm.lead",
                "view_mode": "list",
                "view_id": self.env.ref("crm.crm_case_tree_view_oppor").id,
                "domain": [("id", "in", leads.ids)],
            }
        )
        self.start_tour(
            f"/odoo/action-{action.id}", "message_to_a_selection", login="omar_said"
        )
        self.assertEqual(leads.touchpoint_ids.mapped("kind"), ["email", "email"])
