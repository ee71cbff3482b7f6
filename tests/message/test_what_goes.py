# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from smtplib import SMTPServerDisconnected
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.message.guarding.holds import cap_holds
from .common import MessageCommon

MAIL_SERVER = "odoo.addons.base.models.ir_mail_server.IrMail_Server"


@tagged("post_install", "-at_install")
class TestWhatGoes(MessageCommon):
    """What goes is what was checked and shown; and it counts when it has left."""

    def _batch(self, leads=None, **values):
        batch = (
            self.env["crm.message.batch"]
            .with_user(self.user_seller)
            .create(
                {
                    "lead_ids": [(6, 0, (leads or self.lead_full).ids)],
                    "template_id": self.message.id,
                    "channel": "email",
                    **values,
                }
            )
        )
        batch.action_plan()
        return batch

    def test_a_message_that_is_deleted_or_archived_meanwhile(self):
        """A5: another one went instead."""
        other = self._make_message(name="Other")
        for change in (
            lambda: self.message.write({"active": False}),
            self.message.unlink,
        ):
            self.message.active = True
            batch = self._batch()
            self.assertEqual(batch.line_ids.state, "ready")
            change()
            batch.action_send()
            self.assertEqual(batch.line_ids.state, "skipped")
            self.assertFalse(self._mails(self.lead_full) or self._sent(self.lead_full))
        self.assertTrue(other.active)
        self.assertIn("Left out", str(self.lead_full.message_ids.mapped("body")))

    def test_a_text_that_is_edited_meanwhile(self):
        """A6: the plan is bound to its text."""
        batch = self._batch()
        self.message.mail_template_id.body_html = "<p>Total rewrite</p>"
        batch.action_send()
        self.assertEqual(batch.line_ids.state, "skipped")
        self.assertFalse(self._mails(self.lead_full))

    def test_a_message_of_another_company(self):
        """A5: company of message and lead agree, in a selection and alone."""
        self.message.company_id = self.env["res.company"].create({"name": "Far"})
        with self.assertRaises(AccessError):
            self._batch()
        self.user_seller.company_ids += self.message.company_id
        batch = self._batch()
        self.assertEqual(batch.line_ids.state, "skipped")
        with self.assertRaises(UserError):
            self.message._send(self.lead_full, "email")

    def test_another_email_is_chosen_in_the_window(self):
        """A22: "Win-back" went, "Introduction" was recorded."""
        other = self._make_message(name="Win-back")
        window = self.env["mail.compose.message"].with_user(self.user_seller)
        window = window.with_context(
            default_model="crm.lead",
            default_res_ids=self.lead_full.ids,
            default_composition_mode="comment",
            default_crm_message_template_id=self.message.id,
        ).create({"template_id": other.mail_template_id.id})
        window.action_send_mail()
        self.assertEqual(self._sent(self.lead_full).message_template_id, other)

    def test_whatsapp_is_recorded_as_it_was_opened(self):
        """A22: the note had the text of a later template."""
        batch = self._batch(channel="whatsapp")
        batch.action_send()
        line = batch.line_ids
        line.action_open_whatsapp()
        self.message.whatsapp_body = "A wholly new text"
        line.action_confirm()
        self.assertIn("see you", self.lead_full.message_ids[0].body)

    def test_not_now_is_not_promised(self):
        """A21: "Held back until ..." was never sent."""
        labels = dict(self.env["crm.message.batch.line"]._fields["state"].selection)
        self.assertEqual(labels["held"], "Not now")
        self.assertEqual(labels["later"], "Goes later", "see test_later")

    # === WHAT COUNTS === #

    def test_a_selection_is_no_personal_answer(self):
        """A23, ux A2: one click stopped all clocks."""
        self._batch().action_send()
        sent = self._sent(self.lead_full)
        self.assertEqual((len(sent), sent.is_human), (1, False))
        self.assertFalse(self.lead_full.first_response_on)

    def _fail(self, lead):
        with (
            patch(f"{MAIL_SERVER}._connect__", side_effect=OSError("refused")),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self._mails(lead).send()

    def test_a_mail_that_never_left(self):
        """Ux A1: it counted as a human answer, and nobody was told."""
        self.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        lead = self.lead_full
        self.env["crm.routing.clock"]._start(lead)
        due = lead.routing_next_on
        self.assertTrue(due)
        self.message.with_user(self.user_seller)._send(
            lead.with_user(self.user_seller), "email"
        )
        self.assertTrue(lead.first_response_on)
        self.assertFalse(lead.routing_next_on)
        mail = self._mails(lead)
        self._fail(lead)
        self.assertEqual(mail.state, "exception")
        lead.invalidate_recordset()
        self.assertFalse(lead.first_response_on)
        self.assertEqual(lead.routing_next_on, due, "lateness stays where it was")
        self.assertFalse(self._sent(lead))
        self.assertFalse(self.message.sent_count)
        activity = lead.activity_ids
        self.assertEqual(activity.user_id, self.user_seller)
        self.assertIn("not delivered", activity.summary)
        self.assertFalse(cap_holds(lead, lead.create_date))

    def _server_dies(self, mails):
        """Send mails by the queue; the server goes away at the first one."""
        gone = iter([SMTPServerDisconnected("gone away")])

        def send_email(server, message, *args, **kwargs):
            if error := next(gone, None):
                raise error
            return message["Message-Id"]

        with (
            patch(f"{MAIL_SERVER}._disable_send", return_value=False),
            patch(f"{MAIL_SERVER}._connect__", return_value=None),
            patch(f"{MAIL_SERVER}.send_email", send_email),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self.env["mail.mail"].process_email_queue(mails.ids)

    def test_a_mail_whose_server_dies_while_it_is_sent(self):
        """Issue 13 (5): it stayed as failed, and its owner heard nothing."""
        leads = self.lead_full | self.lead_company
        for lead in leads.with_user(self.user_seller):
            self.message.with_user(self.user_seller)._send(lead, "email")
        mail, other = self._mails(self.lead_full), self._mails(self.lead_company)
        self._server_dies(mail | other)
        self.assertEqual((mail.state, other.state), ("exception", "outgoing"))
        self.assertFalse(self._sent(self.lead_full))
        activity = self.lead_full.activity_ids
        self.assertEqual(activity.user_id, self.user_seller)
        self.assertIn("gone away", activity.note)
        # The others wait for the next run of the queue.
        self.assertTrue(self._sent(self.lead_company))
        self.assertFalse(self.lead_company.activity_ids)

    def test_a_chatter_mail_whose_server_dies(self):
        """Issue 13 (5): the same for what is written in the conversation."""
        partner = self.env["res.partner"].create(
            {"name": "Sara", "email": self.lead_full.email_from}
        )
        self.lead_full.partner_id = partner
        lead = self.lead_full.with_user(self.user_seller)
        message = lead.message_post(
            body=self.message.name,
            partner_ids=partner.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )
        self.assertTrue(self._sent(self.lead_full))
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self._server_dies(mail)
        self.assertEqual(mail.state, "exception")
        self.assertFalse(self._sent(self.lead_full))
        self.assertIn("not delivered", self.lead_full.activity_ids.summary)

    def test_a_mail_that_is_sent_again(self):
        """Issue 13 (5): a mail counts when it has left: also at the second try."""
        lead = self.lead_full.with_user(self.user_seller)
        self.message.with_user(self.user_seller)._send(lead, "email")
        mail = self._mails(self.lead_full)
        self._fail(self.lead_full)
        self.assertFalse(self._sent(self.lead_full))
        self.assertFalse(self.lead_full.first_response_on)
        mail.mark_outgoing()
        with (
            patch(f"{MAIL_SERVER}._disable_send", return_value=False),
            patch(f"{MAIL_SERVER}._connect__", return_value=None),
            patch(f"{MAIL_SERVER}.send_email", return_value="<again>"),
        ):
            mail.send()
        sent = self._sent(self.lead_full)
        self.assertEqual((sent.summary, sent.is_human), ("See you", True))
        self.assertFalse(sent.outcome)
        self.assertTrue(self.lead_full.first_response_on)

    def test_a_mail_that_is_taken_out_of_the_queue(self):
        """Issue 13 (5): cancelled or deleted by hand, it was a contact for ever."""
        lead = self.lead_full.with_user(self.user_seller)
        for way in ("cancel", "unlink"):
            with self.subTest(way):
                self.message.with_user(self.user_seller)._send(lead, "email")
                self.assertTrue(self._sent(self.lead_full))
                getattr(
                    self._mails(self.lead_full).filtered(
                        lambda mail: mail.state == "outgoing"
                    ),
                    way,
                )()
                self.assertFalse(self._sent(self.lead_full))
                self.assertIn("took it out", self.lead_full.activity_ids.note)
                self.lead_full.activity_ids.unlink()

    def test_what_reached_the_lead_before_still_counts(self):
        """Ux A1: only what failed is taken back."""
        lead = self.lead_full.with_user(self.user_seller)
        self.message.with_user(self.user_seller)._send(lead, "whatsapp")
        first = self.lead_full.first_response_on
        self.message.with_user(self.user_seller)._send(lead, "email")
        self._fail(self.lead_full)
        self.assertEqual(self.lead_full.first_response_on, first)
        self.assertEqual(self._sent(self.lead_full).mapped("kind"), ["whatsapp"])

    def test_an_sms_that_failed(self):
        """Ux A1, for SMS."""
        lead = self.lead_full.with_user(self.user_seller)
        self.message.with_user(self.user_seller)._send(lead, "sms")
        self.assertTrue(self.lead_full.first_response_on)
        self._sms(lead).sudo().write({"state": "error", "failure_type": "sms_credit"})
        self.lead_full.invalidate_recordset()
        self.assertFalse(self.lead_full.first_response_on)
        self.assertFalse(self._sent(self.lead_full))
