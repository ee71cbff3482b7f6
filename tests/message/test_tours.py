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

    def _use_language(self, code):
        self.env["res.lang"]._activate_lang(code)
        if code != "en_US":
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [code]
            )
        self.user.lang = code

    def _make_lead(self, code="en_US", **values):
        return self.env["crm.lead"].create(
            {
                "name": "Garden inquiry",
                "type": "opportunity",
                "contact_name": "Sara Khan",
                "email_from": "sara@example.com",
                "phone": "+966501234567",
                "user_id": self.user.id,
                "lang_id": self.env["res.lang"].search([("code", "=", code)]).id,
                **values,
            }
        )

    def _walk(self, code):
        self._use_language(code)
        lead = self._make_lead(code)
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "message_three_channels", login="omar_said"
        )
        touchpoints = lead.touchpoint_ids.sorted("id")
        kinds = ["email", "email", "sms", "whatsapp"]
        self.assertEqual(touchpoints.mapped("kind"), kinds)
        self.assertIn("Your garden", lead.message_ids.mapped("subject"))
        self.assertTrue(
            all(touchpoint.message_template_id for touchpoint in touchpoints)
        )
        return lead

    def test_english(self):
        lead = self._walk("en_US")
        self.assertIn("Thank you", " ".join(lead.message_ids.mapped("body")))

    def test_arabic(self):
        lead = self._walk("ar_001")
        self.assertIn("شكرًا", " ".join(lead.message_ids.mapped("body")))

    def _walk_blocked(self, code):
        self._use_language(code)
        partner = self.env["res.partner"].create(
            {"name": "Sara Khan", "email": "sara@example.com"}
        )
        lead = self._make_lead(code, optout_email=True, partner_id=partner.id)
        self.env["phone.blacklist"]._add(["+966501234567"])
        known = lead.touchpoint_ids
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "message_blocked", login="omar_said"
        )
        self.assertEqual(lead.touchpoint_ids, known, "nothing went, nothing counts")
        mails = self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )
        self.assertNotIn(partner, mails.recipient_ids)
        notified = lead.message_ids.notification_ids.filtered(
            lambda row: row.res_partner_id == partner
        )
        self.assertEqual(notified.failure_type, "mail_optout")

    def test_blocked_in_english(self):
        self._walk_blocked("en_US")

    def test_blocked_in_arabic(self):
        self._walk_blocked("ar_001")

    def test_card(self):
        self._make_lead()
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban",
            "message_from_a_card",
            login="omar_said",
        )

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
