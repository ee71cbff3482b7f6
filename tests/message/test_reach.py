# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from email.message import EmailMessage
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import MessageCommon

TEXT = "Hello"
MAIL_SERVER = "odoo.addons.base.models.ir_mail_server.IrMail_Server"


@tagged("post_install", "-at_install")
class TestReach(MessageCommon, MockEmail):
    """What does not reach people: known of the address, whichever lead it was noted on."""

    NUMBER = "+966501234567"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guard = cls.env["crm.message.guard"]
        cls.sara = cls.lead_full.with_user(cls.user_seller)
        cls.template = cls.message.with_user(cls.user_seller)

    def _blocked(self, lead, channel="email"):
        return self.guard._blockers(lead, channel).get(lead.id, "")

    # === OTHER LEADS === #

    def test_a_bounce_is_about_the_address(self):
        """A lead that came in later wrote to the address that mails came back from."""
        old = self._make_lead(email_from="SARA@example.com", active=False)
        old.message_bounce = 1
        self.assertIn("came back", self._blocked(self.lead_full))
        self.assertFalse(self._blocked(self.lead_company))
        old.message_bounce = 0
        contact = self.env["res.partner"].create(
            {"name": "Sara", "email": "sara@example.com", "message_bounce": 2}
        )
        self.assertIn("came back", self._blocked(self.lead_full))
        contact.email = "other@example.com"
        self.assertFalse(self._blocked(self.lead_full))

    def test_a_number_that_failed_is_about_the_number(self):
        """The same for SMS and WhatsApp, until somebody writes from there."""
        old = self._make_lead(phone=self.NUMBER, active=False)
        for channel in ("sms", "whatsapp"):
            self.guard._record_failed_number(old, channel, self.NUMBER, ref=channel)
            self.assertIn("number", self._blocked(self.lead_full, channel))
            self.assertFalse(self._blocked(self.lead_company, channel))
        self.env["crm.touchpoint"]._record(
            [{"lead_id": self.lead_full.id, "kind": "sms", "direction": "in"}]
        )
        self.assertFalse(self._blocked(self.lead_full, "sms"))
        self.assertTrue(self._blocked(self.lead_full, "whatsapp"))

    def test_blocks_cost_the_same_for_any_number(self):
        def run(size):
            leads = self._make_leads(size)
            for number, lead in enumerate(leads):
                lead.write(
                    {
                        "email_from": f"n{number}.{size}@example.com",
                        "phone": f"+96650{size % 10}{number:06d}",
                    }
                )
            return lambda: [
                self.guard._blockers(leads, name) for name in ("email", "sms")
            ]

        self.assertSameQueryCount(run, 10, 100)

    # === FROM THE CONTACT'S OWN PAGE === #

    def _sms_to(self, partner, **values):
        window = self.env["sms.composer"].with_user(self.user_seller)
        return window.with_context(
            default_res_model="res.partner",
            default_res_id=partner.id,
            default_composition_mode="comment",
        ).create({"body": "Hello", **values})

    def test_sms_from_the_page_of_a_contact(self):
        """C: it knew no block at all."""
        partner = self.env["res.partner"].create(
            {
                "name": "Sara",
                "phone": self.NUMBER,
                "country_id": self.env.ref("base.sa").id,
            }
        )
        self.lead_full.partner_id = partner
        self.assertFalse(self._sms_to(partner).crm_block_info)
        self.lead_full.optout_sms = True
        window = self._sms_to(partner)
        self.assertIn("does not want", window.crm_block_info)
        with self.assertRaises(UserError):
            window.action_send_sms()
        self.assertFalse(self.env["sms.sms"].search([("number", "=", self.NUMBER)]))
        # Who has nothing to do with leads is Odoo's own matter.
        self.env["phone.blacklist"]._add(["+966507777777"])
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "phone": "+966507777777"}
        )
        self.assertFalse(self._sms_to(stranger).crm_block_info)

    def test_sms_to_a_contact_that_waits(self):
        """C: asked again when it goes."""
        partner = self.env["res.partner"].create({"name": "S", "phone": self.NUMBER})
        self.lead_full.partner_id = partner
        self._sms_to(partner)._action_send_sms()
        sms = self.env["sms.sms"].search([("number", "=", self.NUMBER)])
        sms.state = "outgoing"
        self.assertFalse(sms._crm_message_refuse())
        self.env["phone.blacklist"]._add([self.NUMBER])
        self.assertEqual(sms._crm_message_refuse(), sms)

    # === WHAT COMES BACK === #

    def _bounce(self, message, address):
        """Let a mail come back, as Odoo's mail gateway hears of it."""
        bounce = {
            "bounced_email": address,
            "bounced_partner": self.env["res.partner"].search(
                [("email_normalized", "=", address)]
            ),
            "bounced_msg_ids": [message.message_id],
            "bounced_message": message,
            "email_from": "MAILER-DAEMON@example.com",
            "to": "bounce@example.com",
            "message_id": "<bounce@example.com>",
            "body": "<p>No such mailbox</p>",
        }
        self.env["mail.thread"]._routing_handle_bounce(EmailMessage(), bounce)

    def _deliver(self, lead):
        """Have the queue send what waits for a lead, and no server take part in it."""
        mails = self._mails(lead)
        with self.mock_mail_gateway():
            # The helper keeps what it sends under the name of ours.
            mails.send()
        del self._mails

    def test_a_selection_has_envelopes(self):
        """Ux A1 (e): no notification record, so no red envelope."""
        self.template._send(self.sara, "email")
        message = self._mails(self.lead_full).mail_message_id
        (row,) = message.notification_ids
        self.assertEqual(row.notification_status, "ready")
        with (
            patch(f"{MAIL_SERVER}._connect__", side_effect=OSError("refused")),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self._mails(self.lead_full).send()
        self.assertEqual(row.notification_status, "exception")

    def test_a_mail_that_comes_back_days_later(self):
        """Ux A1: it stayed a contact, green."""
        self.template._send(self.sara, "email")
        message = self._mails(self.lead_full).mail_message_id
        self._deliver(self.lead_full)
        self.assertEqual(message.notification_ids.notification_status, "sent")
        self.assertTrue(self.lead_full.first_response_on)
        self._bounce(message, "sara@example.com")
        self.assertEqual(message.notification_ids.notification_status, "bounce")
        self.lead_full.invalidate_recordset()
        self.assertFalse(self._sent(self.lead_full))
        self.assertFalse(self.lead_full.first_response_on)
        self.assertIn("not delivered", self.lead_full.activity_ids.summary)
        self.assertIn("came back", self._blocked(self.lead_full))

    def test_of_two_who_were_written_to_one_got_it(self):
        """No false alarm: a message that somebody outside has got is a contact."""
        other = self.env["res.partner"].create(
            {"name": "Other", "email": "other@example.com"}
        )
        contact = self.env["res.partner"].create(
            {"name": "Sara", "email": "sara@example.com"}
        )
        self.lead_full.partner_id = contact
        message = self.sara.message_post(
            body=TEXT,
            partner_ids=(other | contact).ids,
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        message.sudo().notification_ids.notification_status = "sent"
        self.assertTrue(self._sent(self.lead_full))
        self._bounce(message, "sara@example.com")
        self.assertTrue(self._sent(self.lead_full))
        self._bounce(message, "other@example.com")
        self.assertFalse(self._sent(self.lead_full))

    def test_a_colleague_who_got_it_is_not_the_lead(self):
        """ux A1: a mail that came back has reached nobody outside, whoever read it here."""
        contact = self.env["res.partner"].create(
            {"name": "Sara", "email": "sara@example.com"}
        )
        self.lead_full.partner_id = contact
        message = self.sara.message_post(
            body=TEXT,
            partner_ids=(contact | self.user_manager.partner_id).ids,
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        rows = message.sudo().notification_ids
        self.assertIn(self.user_manager.partner_id, rows.res_partner_id)
        rows.notification_status = "sent"
        self.assertTrue(self._sent(self.lead_full))
        self._bounce(message, "sara@example.com")
        self.assertFalse(self._sent(self.lead_full))

    # === TWICE === #

    def test_the_button_of_the_mail_window_pushed_twice(self):
        """A27: two mails, one touchpoint."""
        window = self.env["crm.message.compose"].with_user(self.user_seller)
        window = window.create({"lead_id": self.lead_full.id, "channel": "email"})
        window.template_id = self.message
        action = window.action_full_composer()
        mail = (
            self.env["mail.compose.message"]
            .with_user(self.user_seller)
            .with_context(**action["context"])
            .create({})
        )
        mail.action_send_mail()
        sent = self.lead_full.message_ids
        mail.action_send_mail()
        self.assertEqual(self.lead_full.message_ids, sent)
        self.assertEqual(len(self._sent(self.lead_full)), 1)

    def test_the_button_of_the_sms_window_pushed_twice(self):
        """A27, for SMS."""
        sms = (
            self.env["sms.composer"]
            .with_user(self.user_seller)
            .create(
                {
                    "res_model": "crm.lead",
                    "res_id": self.lead_full.id,
                    "composition_mode": "comment",
                    "body": "Hello",
                    "crm_message_template_id": self.message.id,
                }
            )
        )
        sms.action_send_sms()
        sent = self.lead_full.message_ids
        sms.action_send_sms()
        self.assertEqual(self.lead_full.message_ids, sent)
        self.assertEqual(len(self._sent(self.lead_full)), 1)
