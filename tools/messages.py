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

>>> whatsapp_url("+966 50 123 4567", "Hello & welcome\\n50 %")
'https://wa.me/966501234567?text=Hello%20%26%20welcome%0A50%20%25'

An empty field leaves no hole behind:

>>> tidy("Hello  , thank you .\\n\\n\\n\\nBye ")
'Hello, thank you.\\n\\nBye'
>>> tidy("مرحبًا ، شكرًا")
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
        length = sum(2 if char in GSM_EXTENDED else 1 for char in text)
        single, joined = GSM_SINGLE, GSM_JOINED
    else:
        length = len(text.encode("utf-16-be")) // 2
        single, joined = UCS2_SINGLE, UCS2_JOINED
    if length <= single:
        return 1 if length else 0
    return -(-length // joined)


def whatsapp_url(number, text):
    """Return the link that opens WhatsApp with a text for a number.

    :param str number: international number; only its digits count.
    :param str text: plain text.
    :rtype: str
    """
    digits = re.sub(r"\D", "", number or "")
    return f"https://wa.me/{digits}?text={quote(text or '', safe='')}"


def tidy(text):
    """Remove what an empty placeholder may leave behind in a plain text.

    :param str text: rendered text.
    :return: without double blanks, blanks before punctuation, and empty lines in a row.
    :rtype: str
    """
    text = re.sub(r"[^\S\n]+", " ", text or "")
    text = re.sub(r" +([,.;:!?،؛؟]|\n)", r"\1", text)
    text = re.sub(r"\n +", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def has_markup(text):
    """Tell whether a text holds HTML tags, as a rich text field does.

    :param str text: the text.
    :rtype: bool
    """
    return bool(MARKUP.search(text or ""))
