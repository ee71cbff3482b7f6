# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...models.message.writing.languages import foreign_note
from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageCompose(MessageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.lead_full.with_user(cls.user_seller)

    def _open(self, **context):
        action = self.lead.action_send_message()
        model = self.env["crm.message.compose"].with_user(self.user_seller)
        return Form(model.with_context(**action["context"], **context))

    def _window(self, action):
        """Return the window that an action opens, saved as the web client saves it."""
        model = self.env[action["res_model"]].with_user(self.user_seller)
        return Form(model.with_context(**action["context"])).save()

    def test_proposes_a_message_and_shows_its_text(self):
        form = self._open()
        self.assertEqual(form.template_id, self.message)
        self.assertEqual(form.channel, "email")
        self.assertEqual(form.subject, "About Garden House")
        self.assertIn("Hello Sara Khan,", form.body_html)
        form.channel = "sms"
        self.assertEqual(form.body, "Hello Sara Khan, see you")
        self.assertEqual(form.sms_info, "24 characters, 1 SMS")
        self.assertFalse(form.problem)

    def test_proposes_the_preferred_channel_where_it_is_allowed(self):
        self.lead_full.preferred_channel = "whatsapp"
        self.assertEqual(self._open().channel, "whatsapp")
        self.lead_full.optout_whatsapp = True
        self.assertEqual(self._open().channel, "email")

    def test_says_why_nothing_can_be_sent(self):
        self.env["mail.blacklist"]._add("sara@example.com")
        form = self._open()
        form.channel = "email"
        self.assertIn("blacklist", form.problem)
        wizard = form.save()
        with self.assertRaises(UserError):
            wizard.action_send()
        with self.assertRaises(UserError):
            wizard.action_full_composer()

    def test_says_when_the_language_is_not_installed(self):
        self.assertFalse(self._open().language_info)
        langs = self.env["res.lang"].with_context(active_test=False)
        self.lead_full.lang_id = langs.search([("code", "=", "fr_FR")])
        form = self._open()
        self.assertIn("French", form.language_info)
        self.assertIn("English", form.language_info)
        plan = self.env["crm.message.planner"]._plan(self.lead_full, channel="sms")
        self.assertEqual(plan[0].state, "ready")
        self.assertIn("French", plan[0].reason)

    def test_says_when_there_is_no_message(self):
        self.message.active = False
        self.assertIn("no message to send", self._open().problem)

    def test_email_goes_through_odoo_s_window(self):
        action = self._open().save().action_full_composer()
        composer = self._window(action)
        self.assertEqual(composer.subject, "About Garden House")
        self.assertIn("Hello Sara Khan,", composer.body)
        composer.body = "<p>Dear Sara, edited</p>"
        composer.action_send_mail()
        message = self.lead.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertIn("edited", message.body)
        self.assertEqual(self.lead.touchpoint_ids.mapped("kind"), ["email"])
        self.assertEqual(self.lead.touchpoint_ids.message_template_id, self.message)

    def test_email_window_left_open_respects_the_blacklist(self):
        composer = self._window(self._open().save().action_full_composer())
        self.env["mail.blacklist"]._add("sara@example.com")
        with self.assertRaises(UserError):
            composer.action_send_mail()
        composer.scheduled_date = "2100-01-01 00:00:00"
        with self.assertRaises(UserError):
            composer.action_schedule_message()
        self.assertFalse(self._sent(self.lead))

    def test_a_lead_without_a_number_is_no_dead_end(self):
        """ux.md D: "No phone number" left only Close."""
        lead = self.lead_bare
        lead.user_id = self.user_seller
        wizard = (
            self.env["crm.message.compose"]
            .with_user(self.user_seller)
            .create(
                {"lead_id": lead.id, "channel": "sms", "template_id": self.message.id}
            )
        )
        self.assertEqual(wizard.lacks, "phone")
        self.assertTrue(wizard.problem)
        wizard.action_save_address()
        self.assertFalse(lead.phone, "nothing was written")
        wizard.new_address = " +966501112233 "
        action = wizard.action_save_address()
        self.assertEqual((action["res_id"], lead.phone), (wizard.id, "+966501112233"))
        wizard.invalidate_recordset()
        self.assertFalse(wizard.lacks or wizard.problem)
        wizard.channel = "email"
        self.assertEqual(wizard.lacks, "email")
        lead.user_id = self.user_manager
        wizard.new_address = "a@b.example"
        with self.assertRaises(AccessError):
            wizard.action_save_address()

    def test_email_that_a_person_scheduled(self):
        composer = self._window(self._open().save().action_full_composer())
        composer.scheduled_date = "2100-01-01 00:00:00"
        composer.action_schedule_message()
        scheduled = self.env["mail.scheduled.message"].search(
            [("res_id", "=", self.lead.id)]
        )
        self.assertEqual(scheduled.crm_message_template_id, self.message)
        self.assertFalse(self.lead.touchpoint_ids, "scheduled is not sent")
        scheduled.with_user(self.user_seller).post_message()
        self.assertEqual(self.lead.touchpoint_ids.mapped("kind"), ["email"])
        self.assertEqual(self.lead.touchpoint_ids.message_template_id, self.message)

    def test_scheduled_email_respects_the_blacklist_when_it_goes(self):
        for _number in range(2):
            composer = self._window(self._open().save().action_full_composer())
            composer.scheduled_date = "2100-01-01 00:00:00"
            composer.action_schedule_message()
        first, second = self.env["mail.scheduled.message"].search(
            [("res_id", "=", self.lead.id)], order="id"
        )
        self.env["mail.blacklist"]._add("sara@example.com")
        with self.assertRaises(UserError):
            first.with_user(self.user_seller).post_message()
        # The scheduler goes on, and tells who wrote it.
        second._post_message(raise_exception=False)
        self.assertFalse(second.exists())
        self.assertFalse(self._sent(self.lead))
        self.assertEqual(
            self._mails(self.lead).recipient_ids, self.user_seller.partner_id
        )
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.user_seller.partner_id.id)], limit=1
        )
        self.assertIn("blacklist", told.body)

    def test_an_email_is_written_and_sent_in_one_window(self):
        """ux.md D, E: Continue opened a second window with the same text."""
        form = self._open()
        self.assertEqual(form.recipient, "sara@example.com")
        form.subject = "Your garden"
        form.body_html = "<p>Dear Sara, edited</p>"
        wizard = form.save()
        self.assertEqual(wizard.action_send()["type"], "ir.actions.act_window_close")
        message = self.lead.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertEqual(message.subject, "Your garden")
        self.assertIn("edited", message.body)
        self.assertNotIn("see you", message.body)
        self.assertEqual(message.author_id, self.user_seller.partner_id)
        sent = self._sent(self.lead)
        self.assertEqual(sent.mapped("kind"), ["email"])
        self.assertEqual(sent.message_template_id, self.message)
        self.assertEqual(sent.mail_message_id, message)
        self.assertTrue(sent.is_human)
        # A second click at the same button.
        wizard.action_send()
        self.assertEqual(self._sent(self.lead), sent)

    def test_what_was_edited_away_in_the_window_does_not_go(self):
        """Issue 13 (4): what goes is checked as it stands there."""
        for body in ("<p><br></p>", False, "<p>Dear {{ object.name }}</p>"):
            form = self._open()
            form.body_html = body
            self.assertTrue(form.problem, body)
            wizard = form.save()
            with self.assertRaises(UserError):
                wizard.action_send()
        self.assertFalse(self._sent(self.lead))

    def test_an_email_window_left_open_respects_the_blacklist(self):
        wizard = self._open().save()
        self.env["mail.blacklist"]._add("sara@example.com")
        with self.assertRaises(UserError):
            wizard.action_send()
        self.assertFalse(self._sent(self.lead) or self._mails(self.lead))

    def test_an_sms_is_written_and_sent_in_one_window(self):
        """ux.md D: the same, for SMS."""
        form = self._open()
        form.channel = "sms"
        self.assertEqual(form.recipient, "+966501234567")
        form.body = "Dear Sara"
        wizard = form.save()
        wizard.action_send()
        wizard.action_send()
        self.assertEqual(self._sms(self.lead).mapped("body"), ["Dear Sara"])
        self.assertEqual(self.lead.touchpoint_ids.mapped("kind"), ["sms"])
        self.assertEqual(self.lead.touchpoint_ids.message_template_id, self.message)

    def test_an_sms_window_left_open_respects_the_blacklist(self):
        form = self._open()
        form.channel = "sms"
        wizard = form.save()
        self.env["phone.blacklist"]._add(["+966501234567"])
        with self.assertRaises(UserError):
            wizard.action_send()
        self.assertFalse(self._sms(self.lead))

    def test_a_window_of_a_lead_that_became_a_colleague_s(self):
        """Issue 13 (1): who sends may write to the lead when he does."""
        wizard = self._open().save()
        self.lead_full.user_id = self.user_colleague
        for action in ("action_send", "action_full_composer"):
            with self.assertRaises(AccessError):
                getattr(wizard, action)()
        self.assertFalse(self._sent(self.lead_full) or self._mails(self.lead_full))

    def test_whatsapp_is_recorded_when_the_person_says_so(self):
        form = self._open()
        form.channel = "whatsapp"
        form.body = "Hi Sara"
        wizard = form.save()
        action = wizard.action_send()
        self.assertEqual(action["url"], "https://wa.me/966501234567?text=Hi%20Sara")
        self.assertFalse(self.lead.touchpoint_ids, "opened is not sent")
        wizard.action_confirm()
        wizard.action_confirm()
        self.assertEqual(self.lead.touchpoint_ids.mapped("kind"), ["whatsapp"])
        self.assertIn("Hi Sara", self.lead.message_ids[0].body)

    def test_colleague_cannot_open_it_for_my_lead(self):
        with self.assertRaises(AccessError):
            self.lead_full.with_user(self.user_colleague).action_send_message()

    # === PROPOSALS === #

    def test_the_message_that_names_most_traits_is_proposed(self):
        persona = self.env["crm.persona"].create({"name": "Gardener"})
        precise = self._make_message(
            name="Precise",
            persona_ids=persona.ids,
            product_ids=self.product.ids,
            sequence=99,
        )
        propose = self.env["crm.message.template"]._propose
        self.assertEqual(propose(self.lead_full), self.message)
        self.lead_full.persona_id = persona
        self.assertEqual(propose(self.lead_full), precise)
        self.assertEqual(propose(self.lead_company), self.message)

    def test_a_message_that_went_makes_room_for_the_next(self):
        following = self._make_message(name="Next", sequence=99)
        self.message._send(self.lead_full, "email")
        self.lead_full.invalidate_recordset()
        self.assertEqual(
            self.env["crm.message.template"]._propose(self.lead_full), following
        )

    def test_messages_of_a_stage_are_for_leads_of_that_stage(self):
        later = self._make_message(name="Later", stage_role="negotiation", sequence=99)
        first = self._make_message(name="First", stage_role="open", sequence=99)
        done = self._make_message(name="Done", stage_role="customer", sequence=99)
        stages = self.env["crm.stage"].create(
            [
                {"name": "Own", "sequence": 900},
                {"name": "Talks", "sequence": 901, "lead_role": "negotiation"},
                {"name": "Own won", "sequence": 902, "is_won": True},
            ]
        )
        propose = self.env["crm.message.template"]._propose
        for stage, expected in zip(stages, (first, later, done), strict=True):
            self.lead_full.stage_id = stage
            self.assertEqual(propose(self.lead_full), expected, stage.name)

    def test_a_message_in_the_lead_s_language_goes_before_others(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.lead_full.lang_id = self.env["res.lang"].search([("code", "=", "ar_001")])
        arabic = self._make_message(name="Arabic", sequence=99)
        propose = self.env["crm.message.template"]._propose
        self.assertEqual(propose(self.lead_full), self.message)
        arabic.with_context(lang="ar_001").whatsapp_body = "مرحبًا"
        self.assertEqual(propose(self.lead_full), arabic)
        self.assertEqual(propose(self.lead_company), self.message)
        # And the channel in which it is in that language goes before the usual one.
        form = self._open()
        self.assertEqual((form.template_id, form.channel), (arabic, "whatsapp"))
        self.assertFalse(form.language_info)
        form.channel = "sms"
        self.assertIn("no text in the lead's language Arabic", form.language_info)
        self.assertIn("English", form.language_info)
        plan = self.env["crm.message.planner"]._plan(
            self.lead_full | self.lead_company, template=self.message, channel="email"
        )
        self.assertIn("Arabic", plan[0].reason)
        self.assertFalse(plan[1].reason)

    def test_a_text_that_nobody_wrote_in_english(self):
        for code in ("ar_001", "tr_TR"):
            self.env["res.lang"]._activate_lang(code)
        model = self.env["crm.message.template"]
        turkish = model.with_context(lang="tr_TR").create(
            {"name": "Merhaba", "whatsapp_body": "Merhaba", "sequence": 1}
        )
        lead, langs = self.lead_company, self.env["res.lang"]
        for code, expected, used in (
            ("tr_TR", turkish, ""),
            ("en_US", self.message, "Turkish"),
            ("ar_001", turkish, "Turkish"),
        ):
            lead.lang_id = langs.search([("code", "=", code)])
            self.assertEqual(model._propose(lead), expected, code)
            self.assertIn(used, foreign_note(turkish, lead, "whatsapp"))

    def test_another_dialect_is_better_than_another_language(self):
        langs = self.env["res.lang"].with_context(active_test=False)
        self.env["res.lang"]._activate_lang("es_ES")
        self.lead_full.lang_id = langs.search([("code", "=", "es_MX")])
        self.assertEqual(self.lead_full.message_lang, "es_ES")

    def test_birthday_message_on_the_day_only(self):
        self.message.purpose = "birthday"
        propose = self.env["crm.message.template"]._propose
        self.assertFalse(propose(self.lead_full))
        today = self.env["crm.lead"]._fields["birthdate"].context_today(self.lead_full)
        self.lead_full.birthdate = today.replace(year=1980)
        self.assertEqual(propose(self.lead_full), self.message)
