# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MessageCommon

TEXT = "Hello"


@tagged("post_install", "-at_install")
class TestEmailBlock(MessageCommon):
    """Odoo's own ways to write to a lead send nothing to who may not be written to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Sara Khan", "email": "sara@example.com"}
        )
        cls.lead_full.partner_id = cls.contact
        cls.lead = cls.lead_full.with_user(cls.user_seller)
        cls.colleague = cls.user_colleague.partner_id
        cls.user_colleague.notification_type = "email"

    def _mailed(self):
        """Return who gets an e-mail about the lead."""
        mails = self._mails(self.lead_full)
        mails._crm_message_refuse()
        mails = mails.filtered(lambda mail: mail.state == "outgoing")
        return mails.recipient_ids.mapped("email_normalized") + [
            mail.email_to for mail in mails if mail.email_to
        ]

    def _post(self, **values):
        return self.lead.message_post(
            body=TEXT,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=(self.contact | self.colleague).ids,
            **values,
        )

    def _toasts(self):
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([])
        messages = [json.loads(row.message) for row in rows]
        return [
            message["payload"]["message"]
            for message in messages
            if message["type"] == "simple_notification"
        ]

    def _assert_only_colleague(self, message=None, failure=None):
        self.assertEqual(set(self._mailed()) - {self.colleague.email_normalized}, set())
        self.assertFalse(self._sent(self.lead_full), "nothing went, nothing counts")
        if message:
            notified = message.notification_ids.filtered(
                lambda row: row.res_partner_id == self.contact
            )
            self.assertEqual(notified.notification_status, "canceled")
            self.assertEqual(notified.failure_type, failure)

    def test_nobody_is_blocked(self):
        self._post()
        self.assertEqual(
            set(self._mailed()),
            {"sara@example.com", self.colleague.email_normalized},
        )
        self.assertTrue(self._sent(self.lead_full))

    def test_chatter(self):
        self.lead_full.optout_email = True
        message = self._post()
        self._assert_only_colleague(message, "mail_optout")
        self.assertIn(self.colleague.email_normalized, self._mailed())
        (toast,) = self._toasts()
        self.assertIn("Sara Khan gets nothing", toast)
        self.assertIn("does not want", toast)

    def test_blacklist_and_bounce(self):
        self.contact.message_bounce = 1
        self._assert_only_colleague(self._post(), "mail_bounce")
        self.env["mail.blacklist"]._add("sara@example.com")
        self._assert_only_colleague(self._post(), "mail_bl")

    def test_address_that_is_no_contact(self):
        self.lead_bare.write({"email_from": "b@example.com", "optout_email": True})
        message = self.lead_bare.message_post(
            body=TEXT,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to="b@example.com, other@example.com",
        )
        rows = message.notification_ids
        states = {row.mail_email_address: row.notification_status for row in rows}
        self.assertEqual(
            states, {"b@example.com": "canceled", "other@example.com": "ready"}
        )

    def test_follower(self):
        self.lead_full.message_subscribe(self.contact.ids)
        self.lead_full.optout_email = True
        self.lead.message_post(
            body=TEXT, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._assert_only_colleague()

    def test_full_composer_says_so_beforehand(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.user_seller)
            .create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(self.lead.ids),
                    "body": "<p>Hello</p>",
                    "subject": "Hello",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "partner_ids": (self.contact | self.colleague).ids,
                }
            )
        )
        self.assertFalse(composer.crm_block_info)
        self.lead_full.optout_email = True
        composer.invalidate_recordset(["crm_block_info"])
        self.assertIn("Sara Khan gets nothing", composer.crm_block_info)
        composer.action_send_mail()
        self._assert_only_colleague()
        mass = composer.copy({"composition_mode": "mass_mail"})
        self.assertIn("does not want", mass.crm_block_info)

    def test_template_on_the_conversation(self):
        self.lead_full.optout_email = True
        self.lead.message_post_with_source(
            self.message.mail_template_id, subtype_xmlid="mail.mt_comment"
        )
        self._assert_only_colleague()

    def test_template_sent_by_a_rule(self):
        self.lead_full.optout_email = True
        self.message.mail_template_id.send_mail(self.lead_full.id)
        (mail,) = self._mails(self.lead_full)
        mail.send()
        self.assertEqual((mail.state, mail.failure_type), ("cancel", "mail_optout"))
        self.assertIn("does not want", mail.failure_reason)

    def test_mail_that_was_queued_before(self):
        self.message._send(self.lead, "email")
        self.env["mail.blacklist"]._add("sara@example.com")
        mail = self._mails(self.lead_full)
        mail.send()
        self.assertEqual((mail.state, mail.failure_type), ("cancel", "mail_bl"))

    def test_only_the_blocked_address_is_taken_out_of_a_mail(self):
        mail = self.env["mail.mail"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead_full.id,
                "email_to": "Sara <sara@example.com>, other@example.com",
                "recipient_ids": [(6, 0, (self.contact | self.colleague).ids)],
            }
        )
        self.lead_full.optout_email = True
        self.assertFalse(mail._crm_message_refuse())
        self.assertEqual(mail.email_to, "other@example.com")
        self.assertEqual(mail.recipient_ids, self.colleague)

    def test_colleague_on_the_blacklist_still_reads_what_colleagues_write(self):
        self.env["mail.blacklist"]._add(self.colleague.email)
        self._post()
        self.assertIn(self.colleague.email_normalized, self._mailed())

    # === THE CONTACT'S OWN PAGE === #

    def _write_on_page(self, page, recipients=None):
        message = page.with_user(self.user_seller).message_post(
            body=TEXT,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=(recipients or page).ids,
        )
        rows = message.sudo().notification_ids
        return {row.res_partner_id: row.notification_status for row in rows}

    def test_the_contact_s_own_page_knows_the_wishes_of_its_leads(self):
        """Issue 13 (3): the chatter of the contact wrote to who wants no e-mail."""
        other = self.env["res.partner"].create(
            {"name": "No lead", "email": "none@example.com"}
        )
        self.assertNotEqual(self._write_on_page(self.contact)[self.contact], "canceled")
        self.lead_full.optout_email = True
        self.lead_full.active = False
        rows = self._write_on_page(self.contact, self.contact | other)
        self.assertEqual(rows[self.contact], "canceled")
        self.assertNotEqual(rows[other], "canceled", "a contact of no lead")
        self.assertIn("does not want to get e-mails", str(self._toasts()))
        self.assertEqual(
            self._write_on_page(other, self.contact)[self.contact], "canceled"
        )

    def test_a_contact_of_no_lead_is_odoo_s_own_matter(self):
        other = self.env["res.partner"].create(
            {"name": "No lead", "email": "none@example.com"}
        )
        self.env["mail.blacklist"]._add("none@example.com")
        self.assertNotEqual(self._write_on_page(other)[other], "canceled")

    def test_the_mail_window_of_a_contact_says_who_gets_nothing(self):
        self.lead_full.optout_email = True
        window = (
            self.env["mail.compose.message"]
            .with_user(self.user_seller)
            .create(
                {
                    "model": "res.partner",
                    "res_ids": repr(self.contact.ids),
                    "partner_ids": self.contact.ids,
                }
            )
        )
        self.assertIn("does not want to get e-mails", window.crm_block_info)
        self.lead_full.optout_email = False
        window.invalidate_recordset(["crm_block_info"])
        self.assertFalse(window.crm_block_info)

    def test_scheduled_by_hand_in_the_chatter(self):
        scheduled = (
            self.env["mail.scheduled.message"]
            .with_user(self.user_seller)
            .create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "author_id": self.user_seller.partner_id.id,
                    "body": "<p>Hello</p>",
                    "partner_ids": [(6, 0, self.contact.ids)],
                    "scheduled_date": "2100-01-01 00:00:00",
                }
            )
        )
        self.lead_full.optout_email = True
        scheduled._post_message(raise_exception=False)
        self.assertNotIn("sara@example.com", self._mailed())
        self.assertFalse(self._sent(self.lead_full))
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.user_seller.partner_id.id)], limit=1
        )
        self.assertIn("does not want", told.body)

    def test_the_conversation_says_so_beforehand(self):
        self.assertEqual(self.lead.get_email_block(), "")
        self.lead_full.optout_email = True
        self.assertIn("does not want", self.lead.get_email_block())

    def test_who_may_not_see_the_lead_is_told_nothing_of_it(self):
        self.lead_full.optout_email = True
        other = self.lead_full.with_user(self.user_colleague)
        with self.assertRaises(AccessError):
            other.get_email_block()

    def test_a_new_address_has_not_bounced(self):
        self.lead_full.message_bounce = self.contact.message_bounce = 2
        self.lead_full.phone = "+966501234568"
        self.assertEqual(self.lead_full.message_bounce, 2)
        self.lead_full.email_from = "new@example.com"
        self.assertFalse(self.lead_full.message_bounce or self.contact.message_bounce)
        self.lead_full.message_bounce = self.contact.message_bounce = 2
        self.contact.email = "newer@example.com"
        self.assertFalse(self.lead_full.message_bounce or self.contact.message_bounce)
        self.message._send(self.lead, "email")

    def test_lifting_the_wish_is_noted(self):
        lead = self.lead_full.with_context(tracking_disable=False)
        lead.optout_email = True
        self.env.flush_all()
        self.cr.flush()
        lead.optout_email = False
        self.env.flush_all()
        self.cr.flush()
        changes = lead.message_ids.tracking_value_ids.filtered(
            lambda value: value.field_id.name == "optout_email"
        )
        self.assertIn(
            (1, 0),
            changes.mapped(lambda row: (row.old_value_integer, row.new_value_integer)),
        )

    def test_queries_of_the_queue(self):
        def run(size):
            leads = self._make_leads(size)
            mails = self.env["mail.mail"].create(
                [
                    {
                        "model": "crm.lead",
                        "res_id": lead.id,
                        "email_to": f"lead{lead.id}@example.com",
                    }
                    for lead in leads
                ]
            )
            mails.flush_recordset()
            return mails._crm_message_refuse

        self.assertSameQueryCount(run, 10, 100)
