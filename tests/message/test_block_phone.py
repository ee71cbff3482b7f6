# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestPhoneBlock(MessageCommon):
    """The same for SMS and WhatsApp, and what a failed delivery says of a number."""

    NUMBER = "+966501234567"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.lead_full.with_user(cls.user_seller)
        cls.guard = cls.env["crm.message.guard"]

    def _window(self, **values):
        return (
            self.env["sms.composer"]
            .with_user(self.user_seller)
            .with_context(
                default_res_model="crm.lead",
                default_res_id=self.lead.id,
                default_composition_mode="comment",
            )
            .create({"body": "Hello", **values})
        )

    def _reason(self, channel="sms"):
        return self.guard._blockers(self.lead_full, channel).get(self.lead_full.id, "")

    def _fail(self, state="wrong_number_format"):
        """Let the SMS service refuse the number."""

        def answer(api, endpoint, params, timeout=15):
            return [
                {"uuid": number["uuid"], "state": state, "credit": 0}
                for message in params["messages"]
                for number in message["numbers"]
            ]

        with patch("odoo.addons.sms.tools.sms_api.SmsApi._contact_iap", answer):
            self.lead_full._message_sms("Hello")

    def test_window_says_why_and_sends_nothing(self):
        window = self._window()
        self.assertFalse(window.crm_block_info)
        self.env["phone.blacklist"]._add([self.NUMBER])
        window = self._window()
        self.assertIn("blacklist", window.crm_block_info)
        with self.assertRaises(UserError) as caught:
            window.action_send_sms()
        self.assertIn("blacklist", str(caught.exception))
        self.assertFalse(self._sms(self.lead_full) or self._sent(self.lead_full))

    def test_another_number_of_who_wants_no_sms(self):
        self.lead_full.optout_sms = True
        with self.assertRaises(UserError):
            self._window(recipient_single_number_itf="+966507777777").action_send_sms()
        with self.assertRaises(UserError):
            self._window(
                composition_mode="numbers", numbers="+966507777777"
            ).action_send_sms()

    def test_another_number_of_who_is_on_the_blacklist(self):
        self.env["phone.blacklist"]._add([self.NUMBER])
        self._window(recipient_single_number_itf="+966507777777").action_send_sms()
        self.assertTrue(self._sent(self.lead_full))

    def test_mass_window_says_why(self):
        self.lead_full.optout_sms = True
        window = self.env["sms.composer"].create(
            {
                "res_model": "crm.lead",
                "res_ids": repr((self.lead_full | self.lead_company).ids),
                "composition_mode": "mass",
                "body": "Hello",
            }
        )
        self.assertIn("Garden inquiry", window.crm_block_info)
        self.assertNotIn("Company", window.crm_block_info)

    def test_sms_by_a_rule(self):
        self.lead_full.optout_sms = True
        for queued in (False, True):
            message = self.lead_full._message_sms("Hello", put_in_queue=queued)
            notified = message.notification_ids
            self.assertEqual(notified.notification_status, "canceled")
            self.assertEqual(notified.failure_type, "sms_optout")
        self.assertFalse(self._sent(self.lead_full))

    def test_sms_that_was_queued_before(self):
        self.message._send(self.lead, "sms")
        self.env["phone.blacklist"]._add([self.NUMBER])
        sms = self._sms(self.lead_full)
        sms.send()
        self.assertEqual((sms.state, sms.failure_type), ("canceled", "sms_blacklist"))
        notified = sms.mail_message_id.notification_ids
        self.assertEqual(notified.notification_status, "canceled")

    # === NUMBERS THAT FAIL === #

    def test_number_that_the_service_refuses(self):
        self._fail()
        self.assertFalse(self._sent(self.lead_full), "nothing went, nothing counts")
        self.assertIn(self.NUMBER, self._reason())
        self.assertIn("could not be delivered", self._reason())
        self.assertFalse(self._reason("whatsapp"), "a landline may be on WhatsApp")
        with self.assertRaises(UserError):
            self.message._send(self.lead, "sms")
        self.lead_full.phone = "+966507777777"
        self.assertFalse(self._reason())
        self.message._send(self.lead, "sms")

    def test_a_refusal_is_no_new_failure(self):
        self._fail()
        self.lead_full._message_sms("Again")
        bounces = self.lead_full.touchpoint_ids.filtered(
            lambda touchpoint: touchpoint.kind == "bounce"
        )
        self.assertEqual(len(bounces), 1)

    def test_what_is_not_the_number_s_fault(self):
        for state in ("insufficient_credit", "server_error", "unregistered"):
            self._fail(state)
        self.assertFalse(self._reason())

    def test_report_that_comes_later(self):
        self.message._send(self.lead, "sms")
        sms = self._sms(self.lead_full)
        tracker = self.env["sms.tracker"].search([("sms_uuid", "=", sms.uuid)])
        tracker._action_update_from_provider_error("not_delivered")
        self.assertFalse(
            self._reason(), "switched off, out of reach: it may be on again"
        )
        tracker._action_update_from_provider_error("invalid_destination")
        self.assertIn("could not be delivered", self._reason())

    def test_number_that_writes_again(self):
        self._fail()
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead_full.id,
                    "kind": "sms",
                    "direction": "in",
                    "occurred_on": "2100-01-01 00:00:00",
                }
            ]
        )
        self.assertFalse(self._reason())

    def test_number_that_is_not_on_whatsapp(self):
        wizard = (
            self.env["crm.message.compose"]
            .with_user(self.user_seller)
            .create({"lead_id": self.lead.id, "channel": "whatsapp"})
        )
        wizard.action_not_on_whatsapp()
        self.assertFalse(self._reason("whatsapp"), "nobody has tried yet")
        wizard.action_send()
        wizard.action_not_on_whatsapp()
        self.assertIn("not on WhatsApp", self._reason("whatsapp"))
        self.assertFalse(self._reason())
        self.assertFalse(self._sent(self.lead_full))
        with self.assertRaises(UserError):
            self.message._send(self.lead, "whatsapp")

    def test_queries_of_the_queue(self):
        def run(size):
            leads = self._make_leads(size)
            for number, lead in enumerate(leads):
                lead.phone = f"+96650{number:07d}"
            texts = leads._message_sms_schedule_mass(body="Hello")
            texts.flush_recordset()
            return texts._crm_message_refuse

        self.assertSameQueryCount(run, 10, 100)
