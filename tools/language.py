# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which language somebody writes, guessed from the letters of his name and his words.

>>> languages_of("سالم الكعبي"), languages_of("Ayşe Yıldız"), languages_of("Иван Петров")
(('ar',), ('tr',), ('ru', 'uk', 'bg'))
>>> languages_of("پروین گودرزی"), languages_of("Олексій Їжак"), languages_of("山田 太郎 さん")
(('fa', 'ar'), ('uk', 'ru'), ('ja',))

Latin letters alone tell nothing, nor do a few strange ones among many:

>>> languages_of("Sara Khan"), languages_of(""), languages_of("Order 5 م of Khan Trading")
((), (), ())
"""

import unicodedata

# By the first word of the names that Unicode gives to letters.
SCRIPTS = {
    "ARABIC": ("ar",),
    "CYRILLIC": ("ru", "uk", "bg"),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "THAI": ("th",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja"),
    "DEVANAGARI": ("hi",),
    "BENGALI": ("bn",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
}
# Letters that only some languages of a script have.
LETTERS = {
    "ARABIC": (("پچژگ", ("fa", "ar")), ("ٹڈڑے", ("ur", "ar"))),
    "CYRILLIC": (("іїєґІЇЄҐ", ("uk", "ru")),),
    "CJK": (),
    "LATIN": (("ığİĞ", ("tr",)),),
}
KANA = ("HIRAGANA", "KATAKANA")


def languages_of(text):
    """Return the languages that a text may be in, the likeliest first; none where unknown.

    :param str text: a name, a note, or several in one.
    :rtype: tuple[str]
    """
    counts = {}
    for letter in text or "":
        if letter.isalpha():
            script = unicodedata.name(letter, "").partition(" ")[0]
            counts[script] = counts.get(script, 0) + 1
    if not counts:
        return ()
    if any(counts.get(script) for script in KANA):
        return ("ja",)
    script = max(counts, key=counts.get)
    for letters, languages in LETTERS.get(script, ()):
        if any(letter in text for letter in letters):
            return languages
    return SCRIPTS.get(script, ())
