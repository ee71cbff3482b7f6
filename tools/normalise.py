# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""One way to write names, addresses and links, whatever way they were typed.

Spaces are those of print: one between words, none around.

>>> clean_spaces("  Haddad \\u00a0 Clinics\\t\\u200b ")
'Haddad Clinics'

Names of people get capitals where they were typed without any thought of them, all large or
all small; a name with both is left as its owner writes it:

>>> person_name("AMAL  HADDAD"), person_name("amal al-haddad"), person_name("Amal EL-Haddad")
('Amal Haddad', 'Amal al-Haddad', 'Amal EL-Haddad')
>>> person_name("ludwig van beethoven"), person_name("VAN DER BERG"), person_name("o'neil-smith")
('Ludwig van Beethoven', 'Van der Berg', "O'Neil-Smith")
>>> person_name("JD"), person_name("HENRY FORD III"), person_name("أمل حداد")
('JD', 'Henry Ford III', 'أمل حداد')

Turkish has an i of its own, with and without a dot:

>>> person_name("ALİ IŞIK"), person_name("ışıl yılmaz")
('Ali Işık', 'Işıl Yılmaz')

In mail addresses the part after the @ has no case:

>>> clean_email(" mailto:Amal.Haddad@Clinic.EXAMPLE "), clean_email("Amal <Amal@Clinic.Example>")
('Amal.Haddad@clinic.example', 'Amal <Amal@clinic.example>')

Sites get a scheme, their host in small letters, and lose what says nothing:

>>> clean_url(" Clinic.Example/ "), clean_url("HTTP://www.Clinic.Example/Team")
('https://clinic.example', 'http://www.clinic.example/Team')
>>> clean_url("javascript:alert(1)")
Traceback (most recent call last):
    ...
ValueError: javascript

The domain of a mail address may tell the country. Not where anybody in the world may buy it,
and not where people only have their mailbox:

>>> domain_country("clinic.com.sa"), domain_country("shop.co.uk"), domain_country("firma.de")
('SA', 'GB', 'DE')
>>> domain_country("clinic.com"), domain_country("startup.io"), domain_country("me.tv")
(None, None, None)
"""

import re
from urllib.parse import urlsplit, urlunsplit

INVISIBLE = dict.fromkeys([0x200B, 0x2060, 0xFEFF])
# fmt: off
PARTICLES = frozenset([
    "al", "el", "bin", "bint", "ibn", "abu", "de", "da", "di", "do", "dos", "das",
    "del", "della", "der", "den", "des", "du", "la", "le", "ten", "ter", "van", "von",
    "zu", "zum", "zur", "af", "av",
])
# fmt: on
NUMERALS = frozenset(["II", "III", "IV", "VI", "VII", "VIII", "IX"])

# Country domains that are sold to the whole world, and say nothing about a country.
# fmt: off
SOLD_DOMAINS = frozenset([
    "ac", "ag", "ai", "am", "as", "bz", "cc", "cd", "cf", "co", "dj", "eu", "fm", "ga",
    "gg", "gl", "gq", "gs", "im", "io", "la", "li", "lu", "ly", "me", "ml", "ms", "mu",
    "nu", "pn", "pw", "sc", "sh", "si", "so", "st", "su", "sx", "tk", "to", "tv", "vc",
    "vg", "vu", "ws",
])
# fmt: on
DOMAIN_OF = {"uk": "GB"}


def clean_spaces(text):
    """Return the text with single spaces, and without characters that nobody sees.

    :param str text: as typed.
    :rtype: str
    """
    return " ".join((text or "").translate(INVISIBLE).split())


def person_name(text):
    """Return the name of a person with capitals, where it was typed without.

    :param str text: as typed.
    :rtype: str
    """
    text = clean_spaces(text)
    letters = [char for char in text if char.isalpha()]
    cased = [char for char in letters if char.upper() != char.lower()]
    if len(letters) < 3 or len({char.isupper() for char in cased}) != 1:
        return text
    lower = _lower_turkish if set("İıŞşĞğ") & set(text) else str.lower
    upper = _upper_turkish if lower is _lower_turkish else str.upper
    words = [
        word if word in NUMERALS else _capitalise(lower(word), upper, first=not number)
        for number, word in enumerate(text.split(" "))
    ]
    return " ".join(words)


def _capitalise(word, upper, first):
    parts = re.split(r"([-'’])", word)
    for number in range(0, len(parts), 2):
        leading = first and not number
        followed = number + 1 < len(parts) and parts[number + 1] == "-"
        alone = len(parts) == 1
        if parts[number] in PARTICLES and not leading and (alone or followed):
            continue
        parts[number] = upper(parts[number][:1]) + parts[number][1:]
    return "".join(parts)


def _lower_turkish(text):
    return text.replace("I", "ı").replace("İ", "i").lower()


def _upper_turkish(text):
    return text.replace("i", "İ").replace("ı", "I").upper()


def clean_email(text):
    """Return a mail address without a scheme, its domain in small letters.

    :param str text: one address, with or without a name before it.
    :rtype: str
    """
    text = clean_spaces(text)
    text = re.sub(r"^mailto:", "", text, flags=re.IGNORECASE)
    return re.sub(r"@[^\s>@]+", lambda match: match.group().lower(), text)


def clean_url(text):
    """Return the address of a web site, complete and in one way of writing.

    :param str text: with or without a scheme.
    :rtype: str
    :raise ValueError: for any scheme but http and https; its message is the scheme.
    """
    text = clean_spaces(text).replace(" ", "%20")
    if not text:
        return ""
    scheme = re.match(r"([a-z][a-z0-9+.-]*):(?!\d)", text, re.IGNORECASE)
    if not scheme:
        text = f"https://{text.lstrip('/')}"
    elif scheme.group(1).lower() not in ("http", "https"):
        raise ValueError(scheme.group(1).lower())
    parts = urlsplit(text)
    path = "" if parts.path == "/" else parts.path
    return urlunsplit(
        (parts.scheme.lower(), parts.netloc.lower(), path, parts.query, parts.fragment)
    )


def domain_country(domain):
    """Return the country that a domain belongs to.

    :param str domain: as in a mail address, after the @.
    :return: two letters, or None where it says nothing.
    :rtype: str or None
    """
    last = (domain or "").lower().rstrip(".").rpartition(".")[2]
    if len(last) != 2 or not last.isascii() or last in SOLD_DOMAINS:
        return None
    return DOMAIN_OF.get(last, last.upper())
