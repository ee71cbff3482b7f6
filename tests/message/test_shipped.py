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
        lang = self.env["res.lang"]._lang_get(code) if code != "en_US" else None
        for lead in self._leads().values():
            lead.lang_id = self.env["res.lang"].search([("code", "=", code)])
            self.assertEqual(lead.message_lang, code)
        direction = lang.direction if lang else "ltr"
        for message in self.shipped:
            for kind, lead in self._leads().items():
                with self.subTest(message=message.name, lead=kind, lang=code):
                    self._check_message(message, lead, kind, code, direction)

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
