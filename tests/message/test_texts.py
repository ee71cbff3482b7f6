# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageTexts(MessageCommon):
    """Ux D: texts are edited where they are read, in one notation, languages side by side."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        # Written to in English, whatever the number says.
        cls.lead_full.lang_id = cls.env["res.lang"]._lang_get("en_US")
        cls.mine = cls.message.with_user(cls.user_manager)

    def test_an_email_is_read_and_written_with_double_braces(self):
        self.assertIn("{{ object.message_greeting }}", self.mine.email_text)
        self.mine.email_text = "<p>Dear {{ object.message_contact ||| friend}},</p>"
        self.assertIn(
            '<t t-out="object.message_contact">friend</t>',
            self.message.mail_template_id.body_html,
        )
        self.env.invalidate_all()
        self.assertIn("{{ object.message_contact ||| friend}}", self.mine.email_text)
        body = self.message._render_for(self.lead_full)["email"]["body"]
        self.assertIn("Dear Sara Khan,", body)

    def test_saving_the_text_as_it_is_changes_nothing(self):
        """All texts that the addon ships, in the notation and back."""
        for message in self.shipped.with_context(active_test=False):
            lead = self.lead_full
            before = message._render_for(lead)["email"]["body"]
            message.email_text = message.email_text
            after = message._render_for(lead)["email"]["body"]
            self.assertEqual(after.split(), before.split(), message.name)

    def test_what_may_not_be_said_is_refused_here_too(self):
        for text in (
            "<p>{{ object.no_such_field }}</p>",
            "<p>{{ object.unlink() }}</p>",
            "<p>{{ object.<b>name</b> }}</p>",
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.mine.email_text = text
        self.assertIn("see you", self.mine.email_text)

    def test_subject_and_sms_are_written_in_place(self):
        self.mine.write({"email_subject": "Anew", "sms_body": "Hi {{ object.name }}"})
        self.assertEqual(self.message.mail_template_id.subject, "Anew")
        self.assertEqual(self.message.sms_template_id.body, "Hi {{ object.name }}")
        with self.assertRaises(AccessError):
            self.message.with_user(self.user_seller).email_subject = "Mine"

    def test_whose_texts_they_are(self):
        """Who may write the message writes its text; Odoo's own templates stay Odoo's."""
        mail = self.message.mail_template_id
        self.mine.env.user.group_ids -= self.env.ref("mail.group_mail_template_editor")
        with self.assertRaises(AccessError):
            mail.with_user(self.user_manager).subject = "Mine"
        self.mine.email_subject = "Ours"
        self.assertEqual(mail.subject, "Ours")
        # A message of another company uses the same text.
        other = self.env["res.company"].create({"name": "Other"})
        self.message.copy(
            {"company_id": other.id, "mail_template_id": mail.id, "name": "Theirs"}
        )
        with self.assertRaises(AccessError):
            self.mine.with_context(
                allowed_company_ids=self.company.ids
            ).email_subject = "Mine"
        # A template of a person.
        alone = self.message.copy()
        alone.mail_template_id.user_id = self.user_colleague
        with self.assertRaises(AccessError):
            alone.with_user(self.user_manager).email_text = "<p>Mine</p>"

    def test_a_message_without_an_email_gets_one(self):
        bare = self.env["crm.message.template"].with_user(self.user_manager)
        bare = bare.create({"name": "Bare", "purpose": "other"})
        bare.action_add_email()
        bare.action_add_sms()
        self.assertEqual(bare._channels(), ["email", "sms"])
        bare.email_text = "<p>{{ object.message_greeting }}</p>"
        texts = bare._render_for(self.lead_full)
        self.assertIn("Hello Sara Khan,", texts["email"]["body"])
        mail = bare.mail_template_id
        bare.action_add_email()
        self.assertEqual(bare.mail_template_id, mail, "once")

    def test_two_languages_side_by_side(self):
        Window = self.env["crm.message.texts"].with_user(self.user_manager)
        window = Window.create(
            {
                "template_id": self.message.id,
                "left_lang": "en_US",
                "right_lang": "ar_001",
            }
        )
        self.assertEqual(window.left_subject, self.message.email_subject)
        window.right_subject = "مرحبا"
        window.right_email = "<p>أهلا {{ object.message_contact ||| صديقي}}</p>"
        window.right_whatsapp = "أهلا {{ object.message_contact }}"
        window.action_save()
        arabic = self.message.with_context(lang="ar_001")
        self.assertEqual(arabic.email_subject, "مرحبا")
        self.assertIn("أهلا", arabic.mail_template_id.body_html)
        english = self.message.with_context(lang="en_US")
        self.assertIn("About", english.email_subject)
        self.assertIn("see you", english.mail_template_id.body_html)
        self.lead_full.lang_id = self.env["res.lang"]._lang_get("ar_001")
        texts = self.message._render_for(self.lead_full)
        self.assertIn("أهلا Sara Khan", texts["email"]["body"])
        self.assertEqual(texts["whatsapp"]["body"], "أهلا Sara Khan")

    def test_as_a_lead_gets_it(self):
        Window = self.env["crm.message.preview"].with_user(self.user_seller)
        window = Window.create(
            {"template_id": self.message.id, "lead_id": self.lead_full.id}
        )
        self.assertIn("Hello Sara Khan,", window.email)
        self.assertEqual(window.subject, "About Garden House")
        self.assertEqual(window.sms, "Hello Sara Khan, see you")
        self.assertFalse(window.problem or window.is_rtl)
        window.lang = "ar_001"
        self.assertTrue(window.is_rtl)
        self.assertIn('dir="rtl"', window.email)
        self.assertFalse(self.lead_full.touchpoint_ids, "nothing is sent")
        self.lead_full.user_id = self.user_colleague
        with self.assertRaises(AccessError):
            window.invalidate_recordset()
            window.read(["email"])
