# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestBlockContact(MessageCommon):
    """Issue 13 (3): blocks hold for the address, also where Odoo writes to contacts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.sara, cls.two, cls.free = Partner.create(
            [
                {
                    "name": "Sara",
                    "email": "Sara <sara@example.com>",
                    "phone": "+966501234567",
                },
                {"name": "Two", "email": "ok@two.example, sara@example.com"},
                {
                    "name": "No lead",
                    "email": "none@example.com",
                    "phone": "+966501239999",
                },
            ]
        )
        cls.all = cls.sara | cls.free
        # Not even the contact of the lead: the address is the same.
        cls.lead_full.write({"optout_email": True, "optout_sms": True})
        cls.lead_full.active = False

    def _mass(self, partners, **values):
        composer = self.env["mail.compose.message"].with_user(self.user_seller)
        return composer.create(
            {
                "model": "res.partner",
                "res_ids": repr(partners.ids),
                "composition_mode": "mass_mail",
                "subject": "News",
                "body": "<p>News</p>",
                "auto_delete": False,
                **values,
            }
        )

    def test_mass_mails_to_contacts(self):
        window = self._mass(self.all)
        self.assertIn("Sara gets nothing", window.crm_block_info)
        self.assertNotIn("No lead", window.crm_block_info)
        mails, _messages = window._action_send_mail()
        failures = {mail.res_id: mail.failure_type for mail in mails}
        self.assertEqual(failures[self.sara.id], "mail_optout")
        self.assertFalse(failures[self.free.id])
        self.lead_full.optout_email = False
        mails, _messages = self._mass(self.all)._action_send_mail()
        self.assertFalse(any(mails.mapped("failure_type")), "no false block")

    def test_of_two_addresses_of_a_contact_the_other_is_written_to(self):
        mails, _messages = self._mass(self.two)._action_send_mail()
        mails = mails.sudo()
        self.assertEqual(mails.state, "outgoing")
        self.assertFalse(mails._crm_message_refuse())
        to = [
            address
            for row in mails._prepare_outgoing_list()
            for address in row["email_to"]
        ]
        self.assertEqual(to, ["ok@two.example"])

    def test_a_template_that_a_rule_sends_to_contacts(self):
        template = self.env["mail.template"].create(
            {
                "name": "News",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "News",
                "body_html": "<p>News</p>",
                "use_default_to": True,
            }
        )
        mails = self.env["mail.mail"]
        for partner in self.all:
            mails += mails.browse(template.send_mail(partner.id))
        sara, free = mails
        mails.send()
        self.assertEqual((sara.state, sara.failure_type), ("cancel", "mail_optout"))
        self.assertNotEqual(free.exists().state, "cancel")

    def test_his_documents_are_his(self):
        """No false block: an order or an invoice is of another model."""
        mail = self.env["mail.mail"].create(
            {
                "model": "res.users",
                "res_id": self.user_seller.id,
                "recipient_ids": self.sara.ids,
                "subject": "Your invoice",
            }
        )
        self.assertFalse(mail._crm_message_refuse())
        self.assertEqual(mail.state, "outgoing")

    def test_colleagues_read_what_is_written_about_a_contact(self):
        mail = self.env["mail.mail"].create(
            {
                "model": "res.partner",
                "res_id": self.sara.id,
                "recipient_ids": self.user_seller.partner_id.ids,
                "subject": "About Sara",
            }
        )
        self.assertFalse(mail._crm_message_refuse())

    def test_mass_sms_to_contacts(self):
        window = self.env["sms.composer"].with_user(self.user_seller)
        window = window.create(
            {
                "res_model": "res.partner",
                "res_ids": repr(self.all.ids),
                "composition_mode": "mass",
                "body": "News",
            }
        )
        self.assertIn("Sara gets nothing", window.crm_block_info)
        texts = window._action_send_sms()
        failures = {text.number: text.failure_type for text in texts}
        self.assertEqual(failures["+966501234567"], "sms_optout")
        self.assertFalse(failures["+966501239999"])

    def test_mass_sms_to_a_number_that_cannot_be_reached(self):
        self.lead_full.optout_sms = False
        self.env["crm.message.guard"]._record_failed_number(
            self.lead_full, "sms", "+966501234567", ref="x"
        )
        window = self.env["sms.composer"].create(
            {
                "res_model": "res.partner",
                "res_ids": repr(self.all.ids),
                "composition_mode": "mass",
                "body": "News",
            }
        )
        texts = window._action_send_sms()
        states = {text.number: text.state for text in texts}
        self.assertEqual(states["+966501234567"], "canceled")
        self.assertEqual(states["+966501239999"], "outgoing")

    def test_costs_the_same_for_any_number(self):
        partners = self.env["res.partner"].create(
            [{"name": str(n), "email": f"{n}@many.example"} for n in range(100)]
        )

        def run(size):
            mails = self.env["mail.mail"].create(
                [
                    {
                        "model": "res.partner",
                        "res_id": partner.id,
                        "recipient_ids": partner.ids,
                    }
                    for partner in partners[:size]
                ]
            )
            return mails._crm_message_refuse

        self.assertSameQueryCount(run, 10, 100)
