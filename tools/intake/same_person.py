# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Tells whether two entries can be of one person, by their names and addresses.

Names go together where all words of the shorter one are in the longer one, or where one is
not known. Titles say nothing, neither do capitals, dots and accents:

>>> compatible("Dr. Emily Williams", "WILLIAMS, Emily"), compatible("Rana", "Rana Öztürk")
(True, True)
>>> compatible("Öztürk", "Rana Ozturk"), compatible("", "Rana"), compatible("M. Ak", "Mehmet Ak")
(True, True, True)
>>> compatible("أَمَل حداد", "أمل حدّاد"), compatible("احمد", "أحمد")
(True, True)
>>> compatible("John Smith", "Jane Smith"), compatible("Ali", "Alina")
(False, False)

Addresses of a desk are nobody's:

>>> is_role("info@clinic.example"), is_role("Satis@clinic.example"), is_role("amal@clinic.example")
(True, True, False)
"""

import re
import unicodedata

# Desks, in the languages of our users.
# fmt: off
ROLES = frozenset([
    "admin", "administration", "accounting", "accounts", "billing", "bilgi", "booking",
    "bookings", "career", "careers", "contact", "contacto", "contato", "customerservice",
    "destek", "enquiries", "enquiry", "finance", "hello", "help", "helpdesk", "hr", "iletisim",
    "info", "inquiries", "inquiry", "invoice", "kontakt", "mail", "marketing", "muhasebe",
    "noreply", "no-reply", "donotreply", "do-not-reply", "office", "ofis", "operations",
    "order", "orders", "procurement", "purchase", "purchasing", "reception", "request",
    "reservation", "reservations", "rezervasyon", "sales", "satinalma", "satis", "secretary",
    "service", "siparis", "support", "team", "vendas", "ventas", "verkauf", "web", "webmaster",
])
TITLES = frozenset([
    "mr", "mrs", "ms", "miss", "dr", "prof", "eng", "sir", "madam", "jr", "sr", "phd", "md",
    "bay", "bayan", "sn", "av", "op", "uzm", "herr", "frau", "mme", "sra",
    "السيد", "السيدة", "الدكتور", "الدكتورة", "المهندس", "المهندسة", "د", "م", "أ", "ا",
])
# fmt: on
ALEF = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ı": "i", "ß": "ss"}
)


def fold(text):
    """Return a text as it is compared: small letters without accents, spaces for the rest.

    >>> fold("  Öztürk-KAYA  İ. "), fold(None)
    ('ozturk kaya i', '')
    """
    text = unicodedata.normalize("NFKD", str(text or "").casefold().translate(ALEF))
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = text.replace("\u0640", "").translate(ALEF)
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


def name_words(text):
    """Return the words of a name that tell people apart.

    :rtype: list[str]
    """
    return [word for word in fold(text).split() if word not in _TITLES]


_TITLES = {fold(title) for title in TITLES}


def compatible(one, other):
    """Tell whether two names can be of one person; see the module."""
    short, long = sorted((name_words(one), name_words(other)), key=len)
    left = list(long)
    for word in short:
        found = next((each for each in left if each == word), None)
        if not found:
            found = next((each for each in left if _initial(each, word)), None)
        if not found:
            return False
        left.remove(found)
    return True


def _initial(one, other):
    """Tell whether one of two words is the first letter of the other."""
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and long.startswith(short)


def is_role(address):
    """Tell whether a mail address is one of a desk and not of a person."""
    local = (address or "").partition("@")[0].partition("+")[0].casefold()
    return local in ROLES or re.sub(r"[\d._-]+", "", local) in ROLES
