# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageSend(MessageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller_message = cls.message.with_user(cls.user_seller)
        cls.lead = cls.lead_full.with_user(cls.user_seller)

    def _assert_refused(self, channel, *parts, lead=None):
        lead = lead or self.lead
        with self.assertRaises(UserError) as caught:
            self.seller_message._send(lead, channel)
        for part in parts:
            self.assertIn(part, str(caught.exception))
        self.assertFalse(self._mails(lead))
        self.assertFalse(self._sms(lead))
        self.assertFalse(self._sent(lead))

    def test_email_goes_into_the_queue(self):
        self.assertTrue(self.seller_message._send(self.lead, "email"))
        mail = self._mails(self.lead)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.subject, "About Garden House")
        self.assertEqual(mail.email_to, "sara@example.com")
        self.assertIn("Hello Sara Khan,", mail.body_html)
        self.assertIn(
            self.lead.message_company, mail.body_html, "the layout is the company's"
        )
        self.assertNotIn(
            "Garden inquiry", mail.body_html, "the lead's name is internal"
        )
        self.assertFalse(self.lead.partner_id, "nobody is made a contact by a message")

    def test_sms_goes_into_the_queue(self):
        self.seller_message._send(self.lead, "sms")
        sms = self._sms(self.lead)
        self.assertEqual((sms.state, sms.number), ("outgoing", "+966501234567"))
        self.assertEqual(sms.body, "Hello Sara Khan, see you")

    def test_whatsapp_gives_the_link(self):
        action = self.seller_message._send(self.lead, "whatsapp")
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertTrue(
            action["url"].startswith("https://wa.me/966501234567?text=Hello%20Sara")
        )

    def test_each_channel_is_a_touchpoint_with_its_message(self):
        for channel in ("email", "sms", "whatsapp"):
            self.seller_message._send(self.lead, channel)
        touchpoints = self.lead.touchpoint_ids.sorted("id")
        self.assertEqual(touchpoints.mapped("kind"), ["email", "sms", "whatsapp"])
        self.assertEqual(set(touchpoints.mapped("direction")), {"out"})
        self.assertTrue(all(touchpoints.mapped("is_human")))
        self.assertEqual(touchpoints.message_template_id, self.message)

    def test_a_colleague_cannot_send_in_my_name(self):
        with self.assertRaises(AccessError):
            self.message.with_user(self.user_colleague)._send(
                self.lead.with_user(self.user_colleague), "email"
            )

    def test_somebody_without_an_address_is_told_before(self):
        """Nobody could be named as who writes: the mail would have failed in the queue."""
        self.user_seller.partner_id.email = False
        self._assert_refused("email", "no e-mail address that it could be from")
        plan = self.env["crm.message.planner"].with_user(self.user_seller)
        reasons = plan._group_reasons(
            self.seller_message, "email", self.lead, read=True
        )
        self.assertIn("no e-mail address", reasons[self.lead.id])
        self.message.mail_template_id.email_from = "desk@shop.example"
        self.assertTrue(self.seller_message._send(self.lead, "email"))
        self.assertTrue(self.seller_message._send(self.lead, "sms"))

    # === WHO GETS NOTHING === #

    def test_mail_blacklist(self):
        self.env["mail.blacklist"]._add("sara@example.com")
        self._assert_refused("email", "Garden inquiry", "sara@example.com", "blacklist")

    def test_mail_blacklist_of_the_contact(self):
        partner = self.env["res.partner"].create(
            {"name": "Sara", "email": "private@example.com"}
        )
        self.lead_full.partner_id = partner
        self.lead_full.email_from = "private@example.com"
        self.env["mail.blacklist"]._add("private@example.com")
        self._assert_refused("email", "blacklist")

    def test_opt_outs(self):
        self.lead_full.write(
            {"optout_email": True, "optout_sms": True, "optout_whatsapp": True}
        )
        for channel in ("email", "sms", "whatsapp"):
            self._assert_refused(channel, "does not want")

    def test_bounce(self):
        self.lead_full.message_bounce = 1
        self._assert_refused("email", "came back")

    def test_phone_blacklist(self):
        self.env["phone.blacklist"]._add(["+966501234567"])
        for channel in ("sms", "whatsapp"):
            self._assert_refused(channel, "+966501234567", "blacklist")

    def test_nothing_to_write_to(self):
        bare = self.lead_bare.with_user(self.user_seller)
        self._assert_refused("email", "no e-mail address", lead=bare)
        for channel in ("sms", "whatsapp"):
            self._assert_refused(channel, "no phone number", lead=bare)

    def test_odoo_s_own_mass_windows_respect_the_opt_out(self):
        leads = self.lead_full | self.lead_company
        leads = leads.with_user(self.user_seller)
        self.lead_full.write({"optout_email": True, "optout_sms": True})
        composer = self.env["mail.compose.message"].with_user(self.user_seller)
        composer = composer.create(
            {
                "model": "crm.lead",
                "res_ids": repr(leads.ids),
                "composition_mode": "mass_mail",
                "subject": "News",
                "body": "<p>News</p>",
                "auto_delete": False,
            }
        )
        mails, _messages = composer._action_send_mail()
        failures = {mail.res_id: mail.failure_type for mail in mails}
        self.assertEqual(failures[self.lead_full.id], "mail_optout")
        self.assertFalse(failures[self.lead_company.id])
        composer = self.env["sms.composer"].with_user(self.user_seller)
        composer = composer.create(
            {
                "res_model": "crm.lead",
                "res_ids": repr(leads.ids),
                "composition_mode": "mass",
                "body": "News",
            }
        )
        texts = composer._action_send_sms()
        states = {text.mail_message_id.res_id: text.failure_type for text in texts}
        self.assertEqual(states[self.lead_full.id], "sms_optout")
        self.assertFalse(states[self.lead_company.id])

    def test_odoo_s_own_windows_and_rules_are_touchpoints_too(self):
        leads = (self.lead_full | self.lead_company).with_user(self.user_seller)
        self.lead_company.write({"optout_email": True, "optout_sms": True})
        composer = self.env["mail.compose.message"].with_user(self.user_seller)
        values = {
            "model": "crm.lead",
            "res_ids": repr(leads.ids),
            "composition_mode": "mass_mail",
            "subject": "News",
            "body": "<p>News</p>",
        }
        composer.create(values)._action_send_mail()
        leads._message_sms_schedule_mass(body="News")
        self.message.mail_template_id.send_mail(self.lead_full.id)
        sent = self._sent(self.lead_full).sorted("id")
        self.assertEqual(sent.mapped("kind"), ["email", "sms", "email"])
        self.assertFalse(any(sent.mapped("is_human")), "written to nobody in person")
        self.assertFalse(self._sent(self.lead_company))

    def test_odoo_s_own_mass_windows_respect_what_came_back(self):
        self.lead_full.message_bounce = 1
        self.env["crm.message.guard"]._record_failed_number(
            self.lead_full, "sms", "+966501234567"
        )
        self.message.mail_template_id.send_mail(self.lead_full.id)
        texts = self.lead_full._message_sms_schedule_mass(body="News")
        mail = self._mails(self.lead_full)
        self.assertEqual(mail.state, "cancel")
        self.assertIn("came back", mail.failure_reason)
        self.assertEqual(texts.state, "canceled")
        self.assertFalse(self._sent(self.lead_full), "nothing went, nothing counts")

    def test_template_chosen_in_odoo_s_window_is_known(self):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.user_seller)
            .with_context(
                default_model="crm.lead",
                default_res_ids=self.lead.ids,
                default_template_id=self.message.mail_template_id.id,
            )
            .create({"composition_mode": "comment"})
        )
        composer.action_send_mail()
        sent = self._sent(self.lead_full)
        self.assertEqual(sent.message_template_id, self.message)
        self.assertTrue(sent.is_human)

    def test_merging_keeps_the_strictest_wish_and_the_messages(self):
        self.message._send(self.lead_company, "email")
        self.lead_company.optout_email = True
        (self.lead_full | self.lead_company).merge_opportunity()
        lead = (self.lead_full | self.lead_company).exists()
        self.assertTrue(lead.optout_email)
        self.assertEqual(self._sent(lead).message_template_id, self.message)
        with self.assertRaises(UserError):
            self.message._send(lead, "email")

    # === BAD INPUT === #

    def test_address_that_is_none(self):
        self.lead_full.email_from = "at the office"
        self._assert_refused("email", "at the office")

    def test_phone_that_is_no_number(self):
        self.lead_full.phone = "call the office"
        for channel in ("sms", "whatsapp"):
            self._assert_refused(channel, "call the office", "country code")

    def test_message_without_the_channel(self):
        self.message.write({"sms_template_id": False, "whatsapp_body": False})
        self.message.mail_template_id = False
        for channel, name in (
            ("email", "Email"),
            ("sms", "SMS"),
            ("whatsapp", "WhatsApp"),
        ):
            self._assert_refused(channel, "See you", f"no text for {name}")

    def test_channel_that_does_not_exist(self):
        self._assert_refused("pigeon", "pigeon")

    def test_body_of_ten_thousand_characters(self):
        self.message.sms_template_id.body = "x" * 10000
        self.message.whatsapp_body = "x" * 10000
        self._assert_refused("sms", "10000 characters", "66 SMS")
        self._assert_refused("whatsapp", "10000 characters", "4096")

    def test_attachment_that_is_gone(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "Prices.pdf", "raw": b"x" * 100}
        )
        self.message.mail_template_id.attachment_ids = attachment
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = 'no/such/file', db_datas = NULL WHERE id = %s",
            (attachment.id,),
        )
        attachment.invalidate_recordset()
        with self.assertLogs("odoo.addons.base.models.ir_attachment"):
            self._assert_refused("email", "Prices.pdf", "gone")

    def test_empty_text(self):
        self.message.whatsapp_body = "{{ object.request_note }}"
        self._assert_refused("whatsapp", "empty")

    def test_placeholder_that_reads_what_it_must_not(self):
        for body in (
            "{{ object.env.cr.execute('SELECT 1') }}",
            "{{ '{0.env}'.format(object) }}",
            "{{ object.sudo().user_id.login }}",
            "{{ object.__class__ }}",
        ):
            with self.assertRaises(ValidationError):
                self.message.sms_template_id.body = body
            self._smuggle(self.message.sms_template_id, body=body)
            self._assert_refused("sms", "may not be used", "See you")
        self._smuggle(
            self.message.mail_template_id.sudo(),
            body_html="<p><t t-out=\"object.env['ir.config_parameter']\"/></p>",
        )
        self._assert_refused("email", "env may not be used", "ir.config_parameter")

    def test_placeholder_that_is_not_finished(self):
        self.message.sms_template_id.body = "Hello {{ object.name"
        self._assert_refused("sms", "not finished")
        # Written as in an SMS, where it would arrive as it stands.
        self.message.mail_template_id.body_html = "<p>Hello {{ object.name }}</p>"
        self._assert_refused("email", "cannot be used in this place")
