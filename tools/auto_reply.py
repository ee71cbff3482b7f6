# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Until when somebody is away, by what an automatic reply says.

>>> from datetime import date
>>> today = date(2026, 11, 2)
>>> return_date("I am out of the office until 9 November.", today)
datetime.date(2026, 11, 9)
>>> return_date("I'll be back on November 9th, 2026", today)
datetime.date(2026, 11, 9)
>>> return_date("سأعود في 9 نوفمبر", today)
datetime.date(2026, 11, 9)
>>> return_date("أنا خارج المكتب حتى ٩ تشرين الثاني", today)
datetime.date(2026, 11, 9)
>>> return_date("9 Kasım tarihine kadar ofis dışındayım", today)
datetime.date(2026, 11, 9)
>>> return_date("Ich bin ab dem 09.11.2026 wieder im Büro", today)
datetime.date(2026, 11, 9)
>>> return_date("Je suis absent jusqu'au 9 novembre inclus", today)
datetime.date(2026, 11, 9)
>>> return_date("Estaré fuera hasta el 9 de noviembre", today)
datetime.date(2026, 11, 9)
>>> return_date("Back on 2026-11-09", today)
datetime.date(2026, 11, 9)

Of a time away the end counts; what has no year is the next such day.

>>> return_date("I am away from 2 November until 9 January.", today)
datetime.date(2027, 1, 9)

None rather than a guess: 9/11 is a day in autumn here, and in September there.

>>> return_date("Back on 9/11", today)
>>> return_date("Back on 13/11", today)
datetime.date(2026, 11, 13)
>>> return_date("I am away, and will answer as soon as I can.", today)
>>> return_date("Our shop was founded on 9 November 1901.", today)
>>> return_date("I am away until 31 February.", today)
>>> return_date("", today)

Nobody is away for years; and what has passed says nothing.

>>> return_date("away until 9 November 2031", today), return_date("until 1 March 2025", today)
(None, None)
"""

import re
import unicodedata
from datetime import date, timedelta

# Nobody who is away for longer is waited for.
LONGEST = timedelta(days=400)

# Names of the months, in the languages that are understood; each by its number.
MONTHS = {
    1: "january jan januar janvier janv enero ene ocak يناير كانون_الثاني جانفي",
    2: "february feb februar février fevrier févr febrero şubat subat فبراير شباط فيفري",
    3: "march mar märz maerz mars marzo mart مارس آذار اذار",
    4: "april apr avril avr abril abr nisan أبريل ابريل نيسان أفريل",
    5: "may mai mayo mayıs mayis مايو أيار ايار ماي",
    6: "june jun juni juin junio haziran يونيو حزيران جوان",
    7: "july jul juli juillet juil julio temmuz يوليو تموز جويلية",
    8: "august aug août aout agosto ago ağustos agustos أغسطس اغسطس آب اب أوت",
    9: "september sep sept septembre septiembre eylül eylul سبتمبر أيلول ايلول",
    10: "october oct oktober okt octobre octubre ekim أكتوبر اكتوبر تشرين_الأول",
    11: "november nov novembre noviembre kasım kasim نوفمبر تشرين_الثاني",
    12: "december dec dezember dez décembre decembre déc diciembre dic aralık aralik ديسمبر"
    " كانون_الأول",
}
MONTH_OF = {
    name.replace("_", " "): month
    for month, names in MONTHS.items()
    for name in names.split()
}
NAMES = "|".join(sorted(map(re.escape, MONTH_OF), key=len, reverse=True))
# Words after which, or before which, the day of the return stands.
AWAY = re.compile(
    r"\b(until|till|back|return(?:ing|s)?|through|away|out of (?:the )?office|ofis dışında\w*"
    r"|kadar|döneceğim|dönüş|izin\w*|bis|zurück|ab dem|wieder|abwesend|jusqu|retour|absent\w*"
    r"|hasta|regres\w*|vuelv\w*|fuera|حتى|لغاية|سأعود|أعود|العودة|خارج المكتب|إجازة|اجازة)",
    re.IGNORECASE,
)
TEXT = [
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s*(?:of\s+|de\s+)?(?P<name>{NAMES})\b\.?"
        r"(?:\s*,?\s*(?:de\s+)?(?P<year>\d{4}))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<name>{NAMES})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"
        r"(?:\s*,?\s*(?P<year>\d{4}))?",
        re.IGNORECASE,
    ),
    # With points the day comes first wherever they are written.
    re.compile(r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})?"),
    re.compile(r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}))?\b"),
]


def return_date(text, today):
    """Return the day on which somebody is back, or None where no day is clearly named.

    :param str text: of the automatic reply, plain.
    :param date today: the day on which it came.
    :rtype: date or None
    """
    found = []
    for sentence in re.split(r"[!?\n]+|\.\s+(?=[^\W\d_])", _plain(text)):
        if AWAY.search(sentence):
            found += _days(sentence, today)
    days = [day for day in found if today <= day <= today + LONGEST]
    return max(days, default=None)


def _plain(text):
    """Return a text with digits that are read, and without what only looks."""
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char
        for char in text or ""
        if unicodedata.category(char) != "Cf"
    )


def _days(sentence, today):
    """Yield the days that a sentence names."""
    for pattern in TEXT:
        for match in pattern.finditer(sentence):
            part = match.groupdict()
            day, month = _day_and_month(part)
            if day:
                yield from _day(part.get("year"), month, day, today)


def _day_and_month(part):
    """Return day and month; None and None where it could be the other way round."""
    if part.get("first"):
        first, second = int(part["first"]), int(part["second"])
        if first > 12:
            return first, second
        if second > 12:
            return second, first
        return (first, second) if first == second else (None, None)
    if part.get("name"):
        return int(part["day"]), MONTH_OF[part["name"].lower()]
    return int(part["day"]), int(part["month"])


def _day(year, month, day, today):
    """Yield the day, the next one of its name where the year is not said."""
    for candidate in [int(year)] if year else [today.year, today.year + 1]:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or found >= today:
            yield found
            return
