# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What "today -7d" and its like meant at another moment than now.

Odoo reads such words as of the present (``odoo.tools.date_utils.parse_date``). A lead that
was closed a year ago is judged as of then.
"""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = {
    "d": "days", "w": "weeks", "m": "months", "y": "years",
    "H": "hours", "M": "minutes", "S": "seconds",
}  # fmt: skip
# What "=3H" and its like set to 0, from the biggest part of a time on.
PARTS = ("hour", "minute", "second", "microsecond")


def is_moment(value):
    """Tell whether a value of a condition depends on when it is read.

    >>> [is_moment(value) for value in ("today -7d", "-1m", "2026-01-01", 5, "=monday")]
    [True, True, False, False, True]
    """
    return isinstance(value, str) and value.startswith(("today", "now", "=", "+", "-"))


def moment(text, now, week_start=0):
    """Return what a text like "today -7d" means at a moment, in UTC.

    :param datetime now: that moment.
    :param int week_start: the first day of the week, 0 for Monday.
    :return: a date where the text begins with "today", else a datetime.
    :raise ValueError: where it cannot be read.

    >>> now = datetime(2026, 3, 12, 15, 30)  # a Thursday
    >>> moment("today -7d", now), moment("-1m =1d", now)
    (datetime.date(2026, 3, 5), datetime.datetime(2026, 2, 1, 0, 0))
    >>> moment("today =monday", now), moment("today +monday", now)
    (datetime.date(2026, 3, 9), datetime.date(2026, 3, 16))
    >>> moment("now =3H", now), moment("today -week_start", now, week_start=6)
    (datetime.datetime(2026, 3, 12, 3, 0), datetime.date(2026, 3, 8))
    >>> moment("today 7", now)
    Traceback (most recent call last):
    ValueError: '7' in 'today 7'
    """
    terms = text.split()
    first = terms.pop(0) if terms[:1] in (["today"], ["now"]) else "now"
    at = now.date() if first == "today" else now
    for term in terms:
        try:
            at = _moved(at, term, week_start)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ValueError(f"{term!r} in {text!r}") from error
    return at


def _moved(at, term, week_start):
    sign, day = term[0], term[1:]
    if sign not in "+-=" or not day:
        raise ValueError(term)
    if day == "week_start" or day in DAYS:
        number = week_start if day == "week_start" else DAYS.index(day)
        days = (number - week_start) % 7 - (at.weekday() - week_start) % 7
        if sign == "+":
            days %= 7
        elif sign == "-":
            days = -(-days % 7)
        elif isinstance(at, datetime):
            at = datetime.combine(at.date(), time.min)
        return at + timedelta(days)
    unit = UNITS[term[-1]]
    if sign in "+-":
        return at + relativedelta(**{unit: int(term[:-1])})
    unit = unit.removesuffix("s")
    if isinstance(at, datetime):
        smaller = PARTS[PARTS.index(unit) + 1 :] if unit in PARTS else PARTS
        at = at.replace(**dict.fromkeys(smaller, 0))
    return at + relativedelta(**{unit: int(day[:-1])})
