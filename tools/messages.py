# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Texts of messages: length of an SMS, link of a WhatsApp message, tidying.

>>> sms_segments("Hello Sara, may we call you tomorrow?")
1
>>> sms_segments("x" * 160), sms_segments("x" * 161), sms_segments("x" * 307)
(1, 2, 3)

A single letter outside the GSM alphabet makes the whole text cost more:

>>> sms_segments("م" * 70), sms_segments("م" * 71), sms_segments("م" * 135)
(1, 2, 3)

Some signs of the alphabet count twice, and so do letters outside the basic plane:

>>> sms_segments("€" * 80), sms_segments("€" * 81)
(1, 2)
>>> sms_segments("😀" * 35), sms_segments("😀" * 36)
(1, 2)
>>> sms_segments("")
0

A sign of two units is not split over two parts:

>>> sms_segments("x" * 152 + "€" + "x" * 152), sms_segments("😀" * 67)
(3, 3)

>>> whatsapp_url("+966 50 123 4567", "Hello & welcome\\n50 %")
'https://wa.me/966501234567?text=Hello%20%26%20welcome%0A50%20%25'

An empty field leaves no hole behind; what people wrote around it is left alone:

>>> fill([("Hello ", ""), (" , news  for ", ""), (" !", None)])
'Hello, news  for!'
>>> fill([("Bonjour ", "Zoé"), (" !\\nPrix : 5 €\\n  - un :)", None)])
'Bonjour Zoé !\\nPrix : 5 €\\n  - un :)'
>>> fill([("Hello\\n\\n", ""), ("\\n\\nBye\\n", ""), ("\\nEnd", None)])
'Hello\\n\\nBye\\nEnd'
>>> fill([("مرحبًا ", ""), ("، شكرًا", None)])
'مرحبًا، شكرًا'

>>> has_markup("<p>Hello</p>"), has_markup("5 < 6 > 4"), has_markup("Sara <sara@example.com>")
(True, False, False)
"""

import re
from urllib.parse import quote

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")

PUNCTUATION = frozenset(",.;:!?،؛؟")

# Characters in one segment, and in each segment of a longer text (3GPP TS 23.040).
GSM_SINGLE, GSM_JOINED = 160, 153
UCS2_SINGLE, UCS2_JOINED = 70, 67


# Tags that Odoo's rich text fields write; an address in angle brackets is none of them.
MARKUP = re.compile(
    r"</?(p|br|div|span|b|strong|i|em|u|s|a|ul|ol|li|h[1-6]|table|tbody|thead|tr|td|th|img|font"
    r"|blockquote|pre|code|hr)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def sms_segments(text):
    """Return how many SMS a text takes.

    :param str text: the text.
    :rtype: int
    """
    text = text or ""
    if all(char in GSM_BASIC or char in GSM_EXTENDED for char in text):
        sizes = [2 if char in GSM_EXTENDED else 1 for char in text]
        single, joined = GSM_SINGLE, GSM_JOINED
    else:
        sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
        single, joined = UCS2_SINGLE, UCS2_JOINED
    if sum(sizes) <= single:
        return 1 if sizes else 0
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > joined:
            parts, filled = parts + 1, 0
        filled += size
    return parts


def whatsapp_url(number, text):
    """Return the link that opens WhatsApp with a text for a number.

    :param str number: international number; only its digits count.
    :param str text: plain text.
    :rtype: str
    """
    digits = re.sub(r"\D", "", number or "")
    return f"https://wa.me/{digits}?text={quote(text or '', safe='')}"


def fill(parts):
    """Put a text together, and close the holes that empty values leave.

    :param parts: pairs of a literal and the value that follows it: None where none does, an
        empty text where it is not known.
    :rtype: str
    """
    text, is_hole = "", False
    for literal, value in parts:
        if is_hole and literal:
            text, literal = _close(text, literal)
            is_hole = False
        text += literal
        if value:
            text, is_hole = text + str(value), False
        elif value is not None:
            is_hole = True
    return text.strip()


def _close(left, right):
    """Return what stands on both sides of a hole, as if it had never been there."""
    if not left or left[-1] in " \t\n":
        right = right.lstrip(" \t")
    if right[:1] in PUNCTUATION or right[:1] == "\n":
        left = left.rstrip(" \t")
    if right.startswith("\n") and (not left or left.endswith("\n")):
        # A line of its own: it goes altogether.
        right = right.lstrip("\n") if left[-2:] in ("", "\n\n") else right[1:]
    return left, right


def has_markup(text):
    """Tell whether a text holds HTML tags, as a rich text field does.

    :param str text: the text.
    :rtype: bool
    """
    return bool(MARKUP.search(text or ""))
