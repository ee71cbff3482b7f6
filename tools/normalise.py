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

Turkish has an i of its own, with and without a dot; where nothing says whether a name is
Turkish, but it may be, it stays:

>>> person_name("ALİ IŞIK"), person_name("ışıl yılmaz"), person_name("AYDIN YILMAZ", True)
('Ali Işık', 'Işıl Yılmaz', 'Aydın Yılmaz')
>>> person_name("ÇINAR KAYA"), person_name("ŞTEFAN ILIESCU"), person_name("ŞTEFAN ILIESCU", False)
('ÇINAR KAYA', 'ŞTEFAN ILIESCU', 'Ştefan Iliescu')

What stands at the end is a name, and so is what follows a dot or a bracket:

>>> person_name("LI BIN"), person_name("NGUYEN VAN AN"), person_name("J.R.R. TOLKIEN")
('Li Bin', 'Nguyen Van An', 'J.R.R. Tolkien')
>>> person_name("(ANNA) SMITH"), person_name("MOM'S KITCHEN"), person_name("john smith iii")
('(Anna) Smith', "Mom's Kitchen", 'John Smith III')
>>> person_name("MOHAMMED ABU BAKR"), person_name("გიორგი")
('Mohammed Abu Bakr', 'გიორგი')

In mail addresses the part after the @ has no case:

>>> clean_email(" mailto:Amal.Haddad@Clinic.EXAMPLE "), clean_email("Amal <Amal@Clinic.Example>")
('Amal.Haddad@clinic.example', 'Amal <Amal@clinic.example>')
>>> clean_email("A@X.COM,Bob.Smith@Y.com")
'A@x.com,Bob.Smith@y.com'

Sites get a scheme, their host in small letters, and lose what says nothing:

>>> clean_url(" Clinic.Example/ "), clean_url("HTTP://www.Clinic.Example/Team")
('https://clinic.example', 'http://www.clinic.example/Team')
>>> clean_url("javascript:alert(1)")
Traceback (most recent call last):
    ...
ValueError: javascript
>>> clean_url("firma.com / shop.com")
Traceback (most recent call last):
    ...
ValueError: firma.com

What exports write for nothing is nothing; so is what stands for it where a link should be:

>>> clean_spaces("N/A"), clean_spaces(" (No value)"), clean_url("yok"), clean_spaces("Yok")
('', '', '', 'Yok')

Numbers keep their extension, and lose what says only what they are:

>>> plain_phone("p:+90 532 123 45 67"), plain_phone("\u202a+966501234567\u202c")
('+90 532 123 45 67', '+966501234567')
>>> plain_phone("(+90) 532 123 45 67"), plain_phone("00966501234567")
('+90 532 123 45 67', '+966501234567')
>>> [has_extension(t) for t in ("+1 650 253 0000 ext. 123", "0212 555 12 dahili 12", "+1 650")]
[True, True, False]

The domain of a mail address may tell the country. Not where anybody in the world may buy it,
and not where people only have their mailbox:

>>> domain_country("clinic.com.sa"), domain_country("shop.co.uk"), domain_country("firma.de")
('SA', 'GB', 'DE')
>>> domain_country("clinic.com"), domain_country("startup.io"), domain_country("me.tv")
(None, None, None)
"""

import re
import unicodedata
from urllib.parse import urlsplit, urlunsplit

# Marks of direction, soft hyphens and the like. Not the joiners of Arabic and Persian words.
INVISIBLE = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x061C, 0x00AD]
    + [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# What exports write where there is nothing.
PLACEHOLDERS = frozenset(
    ("n/a", "#n/a", "none", "null", "nil", "nan", "undefined", "(no value)", "(none)")
    + ("(blank)", "(empty)", "not provided", "not specified", "not available")
    # No name, no number and no text at all; and the same in Arabic and Turkish.
    + ("-", "--", "—", ".", "..", "?", "لا يوجد", "غير معروف", "غير متوفر", "غير محدد")
    + ("bilinmiyor", "belirtilmedi", "belirtilmemiş")
)
# And what people write: no name of a person, of a place or of a profile.
NO_LINK = PLACEHOLDERS | {"na", "no", "yok", "keine", "x", "0"}
# fmt: off
PARTICLES = frozenset([
    "al", "el", "bin", "bint", "ibn", "de", "da", "di", "do", "dos", "das",
    "del", "della", "der", "den", "des", "du", "la", "le", "ten", "ter", "van", "von",
    "zu", "zum", "zur", "af", "av",
])
# fmt: on
NUMERALS = frozenset(["II", "III", "IV", "VI", "VII", "VIII", "IX"])
# Those that are no names in small letters.
SURE_NUMERALS = frozenset(["ii", "iii", "vii", "viii"])
# Where these come first, a particle is a name: Nguyen Van An.
FAMILIES = frozenset(
    [
        "nguyen",
        "tran",
        "pham",
        "huynh",
        "hoang",
        "phan",
        "vu",
        "vo",
        "dang",
        "bui",
        "do",
        "ho",
        "ngo",
        "duong",
        "ly",
        "li",
        "kim",
        "park",
        "lee",
    ]
)

# How people are counted: employees.
STAFF = r"(?:employees|people|staff|çalışan|kişi|موظف|موظفين|Mitarbeiter)"
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


def visible(text):
    """Return the text without characters that nobody sees, which come along when it is copied.

    >>> visible("\u200ean@shop.example\u202c")
    'an@shop.example'

    :rtype: str
    """
    return text.translate(INVISIBLE)


def clean_spaces(text):
    """Return the text with single spaces, and without characters that nobody sees.

    :param str text: as typed.
    :rtype: str
    """
    text = " ".join(visible(text or "").split())
    return "" if text.casefold() in PLACEHOLDERS else text


def plain_phone(text):
    """Return a phone number without what says only that it is one, +... where it is 00...

    :param str text: as typed, or as WhatsApp and Meta give it.
    :rtype: str
    """
    text = unicodedata.normalize("NFKC", clean_spaces(text)).lstrip("'’")
    text = re.sub(r"^(p|tel|phone|mobile|whatsapp|wa)\s*:\s*", "", text, flags=re.I)
    text = "".join(
        str(unicodedata.digit(char)) if char.isdigit() else char for char in text
    )
    text = re.sub(r"^\((\+\d+)\)", r"\1", text)
    return re.sub(r"^00(?=[1-9])", "+", text)


def has_extension(text):
    """Tell whether a phone number has an extension, which must not be lost."""
    return bool(re.search(r"\d.*(ext|dahili|durchwahl|#|;|\bx)\D*\d", text, re.I))


def person_name(text, turkish=None):
    """Return the name of a person with capitals, where it was typed without.

    :param str text: as typed.
    :param bool turkish: whether it is Turkish; None: nobody knows.
    :rtype: str
    """
    text = clean_spaces(text)
    letters = [char for char in text if char.isalpha()]
    cased = [char for char in letters if char.upper() != char.lower()]
    if len(letters) < 3 or len({char.isupper() for char in cased}) != 1:
        return text
    if turkish is None:
        turkish = bool(set("İıĞğ") & set(text))
        if not turkish and "I" in text and set("ŞÇ") & set(text):
            return text
    lower = _lower_turkish if turkish else str.lower
    upper = _upper_turkish if turkish else str.title
    words = text.split(" ")
    is_family = words[0].lower() in FAMILIES
    return " ".join(
        word.upper()
        if word in NUMERALS or (number and word in SURE_NUMERALS)
        else _capitalise(
            lower(word), upper, is_family or number in (0, len(words) - 1), not number
        )
        for number, word in enumerate(words)
    )


def _capitalise(word, upper, is_name, first):
    """Return a word with capitals.

    :param bool is_name: it is no particle, whatever it looks like.
    :param bool first: it is the first word.
    """
    parts = re.split(r"([-'’.(\"/])", word)
    for number in range(0, len(parts), 2):
        followed = number + 1 < len(parts) and parts[number + 1] == "-"
        small = followed if is_name else len(parts) == 1 or followed
        if parts[number] in PARTICLES and small and (number or not first):
            continue
        before = parts[number - 1] if number else ""
        if before in ("'", "’") and parts[number] == "s" and number + 1 == len(parts):
            continue  # of somebody
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
    if re.match(r"mailto:", text, re.IGNORECASE):
        text = text[len("mailto:") :].partition("?")[0]
    # What a list or a sentence left behind, and quotes around it.
    text = re.sub(r"(?<=\w)[\s,;.]+$", "", text)
    text = re.sub(r"^(['\"])([^'\"]*@[^'\"]*)\1$", r"\2", text)
    return re.sub(r"@[^\s>@,;]+", lambda match: match.group().lower(), text)


def clean_url(text):
    """Return the address of a web site, complete and in one way of writing.

    :param str text: with or without a scheme.
    :rtype: str
    :raise ValueError: for any scheme but http and https; its message is the scheme.
    """
    text = clean_spaces(text)
    if text.casefold() in NO_LINK:
        return ""
    # "http:/x", "http//x", "https:\\x", and one before the other: what was meant is clear.
    text = re.sub(r"^(https?)(:[\\/]*|[\\/]{2})(?=\w)", r"\1://", text, flags=re.I)
    text = re.sub(r"^(https?://)+(?=https?://)", "", text, flags=re.I)
    if re.match(r"[^/?#]*(//[^/?#]*)? ", text):
        raise ValueError(text[: text.index(" ")])
    text = text.replace(" ", "%20")
    if not text:
        return ""
    scheme = re.match(r"([a-z][a-z0-9+.-]*):(?!\d)", text, re.IGNORECASE)
    if not scheme:
        if re.fullmatch(r"[^@/\s]+@[^@/\s]+", text):
            raise ValueError("mailto")
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


def least_of_range(text):
    """Return the lower end of a range of whole numbers, as LinkedIn and others write it.

    :return: the text as it is where it is no such range.

    >>> [least_of_range(text) for text in ("51-200", "10,001+", "11 – 50 employees", "7", "few")]
    ['51', '10001', '11', '7', 'few']
    >>> [least_of_range(text) for text in ("1 000-5 000", "10k+", "> 500", "<10", "١١-٥٠ موظف")]
    ['1000', '10000', '500', '1', '11']
    >>> [least_of_range(text) for text in ("50 ~ 100 çalışan", "10,5", "-5", "2024-05-01")]
    ['50', '10,5', '-5', '2024-05-01']
    """
    number = r"\d{1,3}(?:[., ]\d{3})+|\d+"
    found = re.fullmatch(
        rf"(<|>|≥|over|up to)?\s*({number})\s*(k?)\s*"
        rf"(?:\+|(?:-|–|—|~|to)\s*(?:{number})\s*k?)?\s*{STAFF}?",
        clean_spaces(text),
        re.IGNORECASE,
    )
    if not found:
        return text
    sign, digits, thousand = found.groups()
    if (sign or "").casefold() in ("<", "up to"):
        return "1"
    least = int(re.sub(r"[., ]", "", digits))
    return str(least * 1000 if thousand else least)
