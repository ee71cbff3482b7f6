# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Days, weeks, months and quarters of a company, as moments in UTC.

The zone and the first day of the week are those of the company, never of the reader: two
managers must see the same Monday. A period is from its first moment up to, not including, the
first moment of the next one. Days add up to weeks, months and quarters whatever the clocks do:

>>> from datetime import date
>>> bounds("day", date(2026, 3, 29), "Europe/Berlin")
(datetime.datetime(2026, 3, 28, 23, 0), datetime.datetime(2026, 3, 29, 22, 0))
>>> bounds("week", date(2026, 3, 29), "Europe/Berlin")
(datetime.datetime(2026, 3, 22, 23, 0), datetime.datetime(2026, 3, 29, 22, 0))
>>> bounds("quarter", date(2026, 11, 30), "Asia/Riyadh")
(datetime.datetime(2026, 9, 30, 21, 0), datetime.datetime(2026, 12, 31, 21, 0))

In the Gulf the week begins on Sunday, the seventh day:

>>> first_day("week", date(2026, 11, 30), SUNDAY), first_day("week", date(2026, 11, 29), SUNDAY)
(datetime.date(2026, 11, 29), datetime.date(2026, 11, 29))
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KINDS = ("day", "week", "month", "quarter")
# Days of the week as in ISO 8601, and as in Odoo's languages.
MONDAY, SUNDAY = 1, 7
MONTHS = {"month": 1, "quarter": 3}


def first_day(kind, day, week_start=MONDAY):
    """Return the first day of the period in which a day lies.

    :param str kind: day, week, month or quarter.
    :param date day: any day of the period.
    :param int week_start: the first day of the week, 1 (Monday) to 7 (Sunday).
    :raise ValueError: for another kind, or another first day.

    >>> [first_day(kind, date(2026, 8, 27)).isoformat() for kind in KINDS]
    ['2026-08-27', '2026-08-24', '2026-08-01', '2026-07-01']
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
    if week_start not in range(MONDAY, SUNDAY + 1):
        raise ValueError(f"{week_start!r} is no day of the week")
    if kind == "day":
        return day
    if kind == "week":
        return day - timedelta(days=(day.isoweekday() - week_start) % 7)
    months = MONTHS[kind]
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)


def shift(kind, first, count):
    """Return the first day of the period so many periods later, or earlier.

    :param date first: the first day of a period, see :func:`first_day`.

    >>> shift("month", date(2026, 1, 1), -1), shift("quarter", date(2026, 10, 1), 1)
    (datetime.date(2025, 12, 1), datetime.date(2027, 1, 1))
    >>> shift("week", date(2026, 1, 1), 2), shift("day", date(2026, 1, 1), -1)
    (datetime.date(2026, 1, 15), datetime.date(2025, 12, 31))
    """
    if kind in MONTHS:
        months = first.year * 12 + first.month - 1 + count * MONTHS[kind]
        return date(months // 12, months % 12 + 1, 1)
    return first + timedelta(days=count * (7 if kind == "week" else 1))


def last_day(kind, day, week_start=MONDAY):
    """Return the last day of the period in which a day lies.

    >>> last_day("quarter", date(2026, 2, 3))
    datetime.date(2026, 3, 31)
    """
    return shift(kind, first_day(kind, day, week_start), 1) - timedelta(days=1)


def zone(name):
    """Return the zone of this name; UTC where there is none.

    >>> zone(None), zone("Nowhere/At all")
    (datetime.timezone.utc, datetime.timezone.utc)
    """
    try:
        return ZoneInfo(name) if name else timezone.utc
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.utc


def begin(day, tz):
    """Return the first moment of a day, in UTC and without a zone, as databases keep it.

    Where clocks skip midnight, the day begins with the first moment that there is; where
    midnight comes twice, with the first of them:

    >>> begin(date(2026, 4, 24), "Africa/Cairo")  # 00:00 becomes 01:00
    datetime.datetime(2026, 4, 23, 22, 0)
    >>> begin(date(2026, 11, 1), "America/Havana")  # 01:00 becomes 00:00
    datetime.datetime(2026, 11, 1, 4, 0)

    :param str tz: name of a zone; UTC where it is empty or unknown.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(tz))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def bounds(kind, day, tz, week_start=MONDAY):
    """Return the first moment of a period, and that of the next one, in UTC.

    :param str kind: day, week, month or quarter.
    :param date day: any day of the period, as the company counts days.
    :param str tz: the company's zone.
    :param int week_start: the first day of the company's week, 1 (Monday) to 7 (Sunday).
    :rtype: tuple[datetime, datetime]
    """
    first = first_day(kind, day, week_start)
    return begin(first, tz), begin(shift(kind, first, 1), tz)


def edges(kind, day, tz, week_start=MONDAY, count=12):
    """Return the ``count`` + 1 moments between the last periods, ascending, in UTC.

    In SQL ``width_bucket(moment, edges)`` says in which of them a moment lies, from 1 on; 0
    is before, ``count`` + 1 after them. So the database and Python never differ.

    >>> edges("quarter", date(2026, 5, 5), "Asia/Riyadh", count=2)  # doctest: +ELLIPSIS
    [datetime.datetime(2025, 12, 31, 21, 0), ...2026, 3, 31, 21, 0), ...2026, 6, 30, 21, 0)]
    """
    first = first_day(kind, day, week_start)
    days = [shift(kind, first, number) for number in range(1 - count, 2)]
    return [begin(one, tz) for one in days]


def bucket(moment, moments):
    """Return in which period a moment lies, as PostgreSQL's ``width_bucket`` does.

    >>> moments = edges("day", date(2026, 5, 5), "UTC", count=2)
    >>> bucket(moments[0], moments), bucket(moments[1], moments), bucket(moments[2], moments)
    (1, 2, 3)
    """
    return bisect_right(moments, moment)


def day_of(moment, tz):
    """Return the day of the company on which a moment in UTC lies.

    >>> day_of(datetime(2026, 11, 29, 21, 30), "Asia/Riyadh")
    datetime.date(2026, 11, 30)
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(zone(tz)).date()


def days_of(kind, day, week_start=MONDAY):
    """Return all days of a period.

    >>> len(days_of("quarter", date(2026, 10, 25))), len(days_of("month", date(2024, 2, 1)))
    (92, 29)
    >>> week = days_of("week", date(2026, 3, 29), SUNDAY)
    >>> parts = [bounds("day", one, "Asia/Beirut") for one in week]
    >>> whole = bounds("week", date(2026, 3, 29), "Asia/Beirut", SUNDAY)
    >>> (parts[0][0], parts[-1][1]) == whole
    True
    >>> all(a[1] == b[0] for a, b in zip(parts, parts[1:]))
    True
    """
    first = first_day(kind, day, week_start)
    after = shift(kind, first, 1)
    return [first + timedelta(days=number) for number in range((after - first).days)]
