# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Reads single values as people and systems type them. What cannot be read raises ValueError.

Exports put quotes and formulas around texts, and words where there is nothing:

>>> text('="+905320001144"'), text(" N/A "), text("-None-"), text("<b>Hi</b> &amp; bye<br>")
('+905320001144', '', '', 'Hi & bye')
>>> text("2 < 3 and 5 > 4"), text(["Grinder", "Duo"]), text('["Grinder","Duo"]'), text(None)
('2 < 3 and 5 > 4', 'Grinder, Duo', 'Grinder, Duo', '')
>>> text("one\\n two <script>alert(1)</script>")
'one\\n two alert(1)'

Names that begin with the family's:

>>> name("Martinez, Carlos"), name("Anderson, Jennifer M."), name("Smith, Jr."), name("A, B, C")
('Carlos Martinez', 'Jennifer M. Anderson', 'Smith, Jr.', 'A, B, C')

Amounts and dates, however they are written:

>>> [number(each) for each in ("1.000,50", "1,250", "12.500,00 EUR", "101-250", "1 234.5")]
[1000.5, 1250.0, 12500.0, 101.0, 1234.5]
>>> date("31/12/2026"), date("2026-12-31T10:00:00+03:00"), date("12/31/2026"), date("02.11.2026")
('2026-12-31', '2026-12-31', '2026-12-31', '2026-11-02')
>>> date("12/31/2026", "%m/%d/%Y"), truth("Evet"), truth("لا"), truth("off"), truth("")
('2026-12-31', True, False, False, None)
>>> for read, bad in ((date, "31/02/2026"), (number, "many"), (truth, "perhaps")):
...     try:
...         print(read(bad))
...     except ValueError:
...         print("refused")
refused
refused
refused
"""

import html
import json
import math
import re
from contextlib import suppress
from datetime import datetime

from .same_person import fold

NOTHING = frozenset(
    (
        "n/a",
        "#n/a",
        "none",
        "null",
        "nil",
        "nan",
        "undefined",
        "(no value)",
        "(none)",
        "-none-",
    )
)
YES = frozenset(
    (
        "1",
        "true",
        "yes",
        "y",
        "on",
        "evet",
        "e",
        "ja",
        "oui",
        "si",
        "sim",
        "نعم",
        "checked",
        "accepted",
    )
)
NO = frozenset(
    ("0", "false", "no", "n", "off", "hayir", "nein", "non", "nao", "لا", "declined")
)
SUFFIXES = frozenset(
    ("jr", "sr", "ii", "iii", "iv", "phd", "md", "ltd", "inc", "llc", "gmbh", "as")
)
FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %B %Y",
)
TAGS = re.compile(r"</?[a-zA-Z!][^<>]*>")
BREAKS = re.compile(r"<\s*(?:br\s*/?|/p|/div|/li)\s*>", re.I)
LONGEST = 20_000


def text(value):
    """Return a value as plain text: no markup, no quotes of exports, nothing for nothing."""
    if value is None or value is False:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(text, value)))
    if isinstance(value, dict):
        return ", ".join(filter(None, map(text, value.values())))
    if value is True:
        return "yes"
    value = str(value).strip()
    if value[:2] == '["' and value[-1:] == "]":
        with suppress(ValueError):
            return text(json.loads(value))
    formula = re.fullmatch(r'="?([^"]*)"?', value)
    value = formula.group(1) if formula else value
    if "<" in value or "&" in value:
        value = html.unescape(TAGS.sub("", BREAKS.sub("\n", value)))
        value = TAGS.sub("", value).strip()
    return "" if value.casefold() in NOTHING else value[:LONGEST]


def name(value):
    """Return the name of a person in the order in which it is spoken."""
    value = " ".join(text(value).split())
    family, comma, given = (part.strip() for part in value.partition(","))
    first = fold(given).split() or [""]
    if not comma or not family or not given or "," in given or first[0] in SUFFIXES:
        return value
    return f"{given} {family}"


def number(value):
    """Return an amount; of a range, its lower end."""
    if isinstance(value, bool):
        raise ValueError(value)
    if isinstance(value, int):
        # What is far too large for a float is too large.
        found = float(value) if abs(value) < 1e12 else math.inf
    elif isinstance(value, float):
        found = value
    else:
        plain = re.sub(r"(?<=\d)[\s\u00a0'’](?=\d{3})", "", text(value))
        match = re.search(r"[-+]?\d[\d.,]*", plain)
        if not match:
            raise ValueError(value)
        found = float(_point(match.group().rstrip(".,")))
    if not abs(found) < 1e12:
        raise ValueError(value)
    return found


def _point(digits):
    """Return a number with a point for its decimals, and nothing for its thousands."""
    marks = [char for char in digits if char in ".,"]
    if not marks:
        return digits
    last = digits.rfind(marks[-1])
    decimals = len(digits) - last - 1
    is_decimal = len(set(marks)) > 1 or (len(marks) == 1 and decimals != 3)
    whole = re.sub("[.,]", "", digits[:last])
    return f"{whole}.{digits[last + 1 :]}" if is_decimal else whole + digits[last + 1 :]


def date(value, form=None):
    """Return a day as YYYY-MM-DD.

    :param str form: how it is written, as in Python; None: as most do, days before months.
    """
    value = text(value)
    forms = [form] if form else FORMATS
    head = re.split(r"[T ](?=\d\d:)", value)[0]
    for each in forms:
        for candidate in (value, head):
            try:
                found = datetime.strptime(candidate, each)  # noqa: DTZ007  (a day has no zone)
                return found.strftime("%Y-%m-%d")
            except ValueError:
                continue
    raise ValueError(value)


def truth(value):
    """Return a yes or no; None where nothing is said."""
    if value is None or isinstance(value, bool):
        return value
    word = fold(text(value))
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(value)


_YES = {fold(word) for word in YES}
_NO = {fold(word) for word in NO}
