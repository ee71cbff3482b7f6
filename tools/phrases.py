# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Phrases in a text, to find one of some in it whatever the case of letters."""

import re
import unicodedata

# Titles are short; a phrase of more words than this is not looked for.
LONGEST = 5


def _words(text):
    # Without the dots that a Turkish capital leaves behind.
    plain = unicodedata.normalize("NFKC", text or "").casefold().replace("\u0307", "")
    return re.findall(r"\w+", plain)


def listed(text):
    """Return the phrases that a text lists, apart by commas, semicolons or lines.

    >>> sorted(listed("CFO, Chief Financial Officer;  Direktör"))
    ['cfo', 'chief financial officer', 'direktör']
    >>> listed(False)
    frozenset()
    """
    parts = re.split(r"[,;\n\u060c]", text or "")
    return frozenset(filter(None, (" ".join(_words(part)) for part in parts)))


def within(text):
    """Return all phrases that a text holds.

    >>> sorted(within("Deputy CFO"))
    ['cfo', 'deputy', 'deputy cfo']
    >>> listed("direktör") <= within("SATIŞ DİREKTÖRÜ"), listed("DİREKTÖR") <= within("direktör")
    (False, True)
    """
    words = _words(text)
    return frozenset(
        " ".join(words[start : start + length])
        for length in range(1, LONGEST + 1)
        for start in range(len(words) - length + 1)
    )
