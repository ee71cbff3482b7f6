# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestMessageRender(MessageCommon):
    def test_full_lead(self):
        texts = self.message.with_user(self.user_seller)._render_for(
            self.lead_full.with_user(self.user_seller)
        )
        self.assertEqual(texts["email"]["subject"], "About Garden House")
        self.assertIn("Hello Sara Khan,", texts["email"]["body"])
        self.assertEqual(texts["sms"]["body"], "Hello Sara Khan, see you")
        self.assertEqual(
            texts["whatsapp"]["body"], "Hello Sara Khan,\n\nsee you & yours"
        )

    def test_whatsapp_link_says_the_text(self):
        text = self.message._render_for(self.lead_full)["whatsapp"]
        url = urlsplit(text["url"])
        self.assertEqual(
            (url.scheme, url.netloc, url.path), ("https", "wa.me", "/966501234567")
        )
        self.assertEqual(parse_qs(url.query)["text"], [text["body"]])

    def test_bare_lead_has_no_hole(self):
        texts = self.message._render_for(self.lead_bare)
        self.assertEqual(texts["email"]["subject"], "About our products")
        self.assertEqual(texts["sms"]["body"], "Hello, see you")
        self.assertEqual(texts["whatsapp"]["url"], "", "no number, no link")

    def test_company_is_greeted_by_its_name(self):
        texts = self.message._render_for(self.lead_company)
        self.assertEqual(texts["sms"]["body"], "Hello Umbrella & Söhne, see you")
        self.assertIn("Umbrella &amp; Söhne", texts["email"]["body"])

    def test_signature_names_the_owner_else_who_sends(self):
        company = self.lead_full.message_company
        self.assertEqual(
            self.lead_full.message_signature, f"{self.user_seller.name}, {company}"
        )
        lead = self.lead_bare.with_user(self.user_all)
        self.assertEqual(lead.message_signature, f"{self.user_all.name}, {company}")

    def test_markup_of_a_rich_text_field_stays_out_of_sms_and_whatsapp(self):
        self.lead_full.description = "<p>Blue <b>roof</b></p>"
        self.message.sms_template_id.body = "Note: {{ object.description }}"
        self.message.whatsapp_body = "Note: {{ object.description }}"
        texts = self.message._render_for(self.lead_full)
        for channel in ("sms", "whatsapp"):
            self.assertNotIn("<", texts[channel]["body"])
            self.assertIn("roof", texts[channel]["body"])

    def test_names_the_products_of_the_message(self):
        other = self.env["product.template"].create({"name": "Greenhouse"})
        self.message.product_ids = other
        texts = self.message._render_for(self.lead_full)
        self.assertEqual(texts["email"]["subject"], "About Greenhouse")
        self.message.product_ids = other | self.product
        self.lead_full.invalidate_recordset()
        texts = self.message._render_for(self.lead_full)
        self.assertEqual(texts["email"]["subject"], "About Garden House")

    def test_launch_does_not_announce_what_the_lead_asked_for(self):
        self.message.purpose = "launch"
        texts = self.message._render_for(self.lead_full)
        self.assertEqual(texts["email"]["subject"], "About our products")

    def test_missing_channel_is_empty(self):
        self.message.write({"sms_template_id": False, "whatsapp_body": False})
        texts = self.message._render_for(self.lead_full)
        self.assertEqual(texts["sms"], {"body": ""})
        self.assertEqual(texts["whatsapp"], {"body": "", "url": ""})

    def test_language_that_is_not_installed(self):
        french = (
            self.env["res.lang"]
            .with_context(active_test=False)
            .search([("code", "=", "fr_FR")])
        )
        self.assertFalse(french.active)
        self.lead_full.lang_id = french
        self.assertEqual(self.lead_full.message_lang, "en_US")
        self.assertIn(
            "Hello Sara", self.message._render_for(self.lead_full)["email"]["body"]
        )

    def test_texts_can_be_read_where_the_message_is(self):
        self.message.mail_template_id.body_html = (
            '<p>About <t t-out="object.message_product">our <b>products</b></t>,'
            ' <t t-out="object.message_signature"/></p>'
        )
        body = self.message.with_user(self.user_seller).email_body
        words = "".join(html.fromstring(body).itertext())
        self.assertEqual(words, "About {our products}, {object.message_signature}")
        self.assertNotIn("t-out", body)
        self.assertIn("message_greeting", self.message.sms_body)
        self.message.mail_template_id = False
        self.assertFalse(self.message.email_body)

    # === BAD INPUT === #

    def test_bad_placeholders_are_refused_with_their_place(self):
        for placeholder, part in (
            ("object.no_such_field", "no_such_field"),
            ("object.partner_id.nickname", "nickname"),
            ("object.env['res.users']", "env"),
            ("user.sudo().password", "sudo"),
            ("object.__class__", "__class__"),
            ("object.action_set_won()", "action_set_won"),
            ("object.name +", "cannot be read"),
            ("'{0.env}'.format(object)", "format"),
        ):
            with (
                self.subTest(placeholder=placeholder),
                self.assertRaises(ValidationError) as caught,
            ):
                self.message.whatsapp_body = f"Hello {{{{ {placeholder} }}}}"
            for expected in ("See you", "WhatsApp", placeholder, part):
                self.assertIn(expected, str(caught.exception))

    def test_placeholder_that_is_not_finished_is_refused(self):
        with self.assertRaises(ValidationError) as caught:
            self.message.whatsapp_body = "Hello {{ object.name and more"
        for expected in ("See you", "WhatsApp", "{{ object.name and more", "finished"):
            self.assertIn(expected, str(caught.exception))

    def test_field_that_the_editor_may_not_read_is_refused(self):
        field = self.env["crm.lead"]._fields["referred"]
        self.user_manager.group_ids += self.env.ref("mail.group_mail_template_editor")
        with (
            patch.object(field, "groups", "base.group_system"),
            self.assertRaises(ValidationError) as caught,
        ):
            self.message.with_user(
                self.user_manager
            ).whatsapp_body = "Hello {{ object.referred }}"
        self.assertIn("you may not read referred", str(caught.exception))

    def test_placeholder_that_fails_says_where(self):
        self._smuggle(self.message.sms_template_id, body="{{ object.no_such_field }}")
        with self.assertRaises(UserError) as caught:
            self.message._render_for(self.lead_full)
        for expected in ("See you", "SMS", "no_such_field"):
            self.assertIn(expected, str(caught.exception))

    def test_part_for_another_model_is_refused(self):
        with self.assertRaises(ValidationError):
            self.message.mail_template_id = self.env["mail.template"].create(
                {
                    "name": "Other",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                }
            )
