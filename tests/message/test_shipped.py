# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import re
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ...const import MESSAGE_PURPOSES
from ...tools.messages import has_markup, sms_segments
from .common import MessageCommon

_logger = logging.getLogger(__name__)

HOLE = re.compile(
    r"\bNone\b|\bFalse\b|\{\{|\}\}|\|\|\||object\.|  | [,.;:!?،؛؟]|[,،]\s*[,.،]|\(\s*\)|^[,.،]",
    re.MULTILINE,
)
MAX_SEGMENTS = 2


@tagged("post_install", "-at_install")
class TestShippedMessages(MessageCommon):
    """Every shipped message, in every channel and language, for leads of every kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Names as people have them: their length counts in an SMS.
        cls.user_seller.name = "Omar Said"
        cls.company.name = "Green Gardens"

    def _load_language(self, code):
        self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(["crm_lead_management"], [code])

    def _leads(self):
        return {
            "full": self.lead_full,
            "bare": self.lead_bare,
            "company": self.lead_company,
        }

    def _check_text(self, text):
        self.assertTrue(text.strip())
        self.assertNotRegex(text, HOLE)
        self.assertFalse(has_markup(text))

    def _check_language(self, code):
        lang = self.env["res.lang"]._get_data(code=code)
        for lead in self._leads().values():
            lead.lang_id = self.env["res.lang"].search([("code", "=", code)])
            self.assertEqual(lead.message_lang, code)
        for message in self.shipped:
            for kind, lead in self._leads().items():
                with self.subTest(message=message.name, lead=kind, lang=code):
                    self._check_message(message, lead, kind, code, lang.direction)

    def _check_message(self, message, lead, kind, code, direction):
        texts = message._render_for(lead)
        self._check_text(texts["email"]["subject"])
        body = texts["email"]["body"]
        self._check_text(html2plaintext(body).replace("  ", " "))
        directions = html.fromstring(body).xpath("descendant-or-self::*/@dir")
        self.assertEqual(directions, ["rtl"] if direction == "rtl" else [])
        self._check_text(texts["sms"]["body"])
        segments = sms_segments(texts["sms"]["body"])
        _logger.info(
            "SMS %-12s %s %-7s %3d characters, %d SMS",
            message.purpose,
            code,
            kind,
            len(texts["sms"]["body"]),
            segments,
        )
        self.assertLessEqual(segments, MAX_SEGMENTS, texts["sms"]["body"])
        whatsapp = texts["whatsapp"]
        self._check_text(whatsapp["body"])
        if kind == "bare":
            self.assertFalse(whatsapp["url"])
        else:
            said = parse_qs(urlsplit(whatsapp["url"]).query)["text"]
            self.assertEqual(said, [whatsapp["body"]])

    def test_there_is_one_for_each_purpose(self):
        purposes = {purpose for purpose, _label in MESSAGE_PURPOSES} - {"other"}
        self.assertEqual(set(self.shipped.mapped("purpose")), purposes)
        for message in self.shipped:
            self.assertEqual(message._channels(), ["email", "sms", "whatsapp"])

    def test_english(self):
        self._check_language("en_US")

    def test_arabic(self):
        self._load_language("ar_001")
        self._check_language("ar_001")
        texts = self._introduction("ar_001")
        self.assertTrue(texts["sms"]["body"].startswith("مرحبًا Sara Khan، شكرًا"))
        self.assertNotRegex(texts["email"]["subject"], "[a-z] [a-z]")

    def test_turkish(self):
        self._load_language("tr_TR")
        self._check_language("tr_TR")
        texts = self._introduction("tr_TR")
        self.assertTrue(
            texts["sms"]["body"].startswith("Merhaba Sara Khan, Garden House ile")
        )

    def _introduction(self, code):
        self.lead_full.lang_id = self.env["res.lang"].search([("code", "=", code)])
        message = self.shipped.filtered(lambda m: m.purpose == "introduction")
        return message._render_for(self.lead_full)

    def test_every_text_is_translated(self):
        for code in ("ar_001", "tr_TR"):
            self._load_language(code)
            for message in self.shipped:
                for record, field in (
                    (message, "name"),
                    (message, "whatsapp_body"),
                    (message.mail_template_id, "subject"),
                    (message.mail_template_id, "body_html"),
                    (message.sms_template_id, "body"),
                ):
                    self.assertNotEqual(
                        record.with_context(lang=code)[field],
                        record.with_context(lang="en_US")[field],
                        f"{message.name} {field} {code}",
                    )

    # === RIGHT TO LEFT === #

    def _sent_body(self, code):
        self.lead_full.lang_id = self.env["res.lang"].search([("code", "=", code)])
        message = self.shipped.filtered(lambda m: m.purpose == "introduction")
        message.active = True
        message._send(self.lead_full, "email")
        return html.fromstring(self._mails(self.lead_full)[0].body_html)

    def test_arabic_mail_runs_from_right_to_left(self):
        self._load_language("ar_001")
        page = self._sent_body("ar_001")
        (text,) = page.xpath("//p[contains(., 'شكرًا لاستفساركم')]")
        # The text itself, and every frame around it that says anything of direction
        frames = text.xpath("ancestor::*[@dir]")
        self.assertTrue(
            {"body", "table", "td", "div"} <= {frame.tag for frame in frames}
        )
        self.assertEqual({frame.get("dir") for frame in frames}, {"rtl"})
        (cell,) = text.xpath("ancestor::td[@dir]")
        self.assertEqual(cell.get("align"), "right")
        self.assertIn("text-align: right", cell.get("style"))
        self.assertIn(
            "text-align: right", text.xpath("ancestor::div[@dir]")[0].get("style")
        )

    def test_english_mail_runs_from_left_to_right(self):
        page = self._sent_body("en_US")
        self.assertEqual(set(page.xpath("//td/@dir")), {"ltr"})
        self.assertFalse(page.xpath("//*[@dir='rtl']"))

    def test_arabic_mail_through_odoo_s_window(self):
        self._load_language("ar_001")
        self.lead_full.lang_id = self.env["res.lang"].search([("code", "=", "ar_001")])
        message = self.shipped.filtered(lambda m: m.purpose == "introduction")
        message.active = True
        wizard = self.env["crm.message.compose"].create(
            {
                "lead_id": self.lead_full.id,
                "template_id": message.id,
                "channel": "email",
            }
        )
        self.assertTrue(wizard.is_rtl)
        context = wizard.action_full_composer()["context"]
        composer = self.env["mail.compose.message"].with_context(**context).create({})
        self.assertIn('dir="rtl"', composer.body)
        composer.action_send_mail()
        mail = self.env["mail.mail"].search(
            [("subject", "=", composer.subject)], limit=1
        )
        page = html.fromstring(mail.body_html)
        self.assertIn("rtl", page.xpath("//td/@dir"))
        self.assertNotIn("ltr", page.xpath("//td/@dir"))
