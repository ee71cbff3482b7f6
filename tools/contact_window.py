# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""When somebody is best contacted, on the clock of the place where he is.

The office hours of a persona, Sunday to Thursday from 9 to 12, in Riyadh (UTC+3). Days are
counted as Python does, Monday is 0:

>>> days = {6, 0, 1, 2, 3}
>>> thursday = datetime(2026, 11, 19, 7, 30)  # UTC; 10:30 in Riyadh
>>> contact_window(thursday, "Asia/Riyadh", days, 9, 12)
ContactWindow(is_open=True, local=datetime.datetime(2026, 11, 19, 10, 30), opens=None)

After noon it opens again on Sunday, at 9 there, which is 6 in UTC:

>>> window = contact_window(thursday + timedelta(hours=3), "Asia/Riyadh", days, 9, 12)
>>> window.is_open, window.opens.isoformat()
(False, '2026-11-22T06:00:00')

The very moment it opens it is open, the very moment it closes it is not:

>>> for moment in (datetime(2026, 11, 22, 6), datetime(2026, 11, 22, 9)):
...     contact_window(moment, "Asia/Riyadh", days, 9, 12).is_open
True
False

Half hours are fractions; 24 is the end of the day; the hour of the clock counts on days when
it changes (in Brussels 9:30 is 7:30 UTC in summer and 8:30 UTC in winter):

>>> contact_window(datetime(2026, 10, 24, 20), "Europe/Brussels", {0, 6}, 9.5, 24).opens
datetime.datetime(2026, 10, 25, 8, 30)

Without a day there is no window:

>>> contact_window(thursday, "Asia/Riyadh", set(), 9, 12) is None
True

A country may have several clocks. Then what is said of one of them may not fit:

>>> same_clock(["Asia/Riyadh"], thursday), same_clock([], thursday)
(True, True)
>>> same_clock(["America/New_York", "America/Los_Angeles"], thursday)
False
>>> same_clock(["Europe/Berlin", "Europe/Busingen"], thursday)
True
"""

from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo


class ContactWindow(NamedTuple):
    """Whether the time is good, what the clock shows there, when (UTC) it opens next."""

    is_open: bool
    local: datetime
    opens: datetime | None


def contact_window(now, zone, days, start, end):
    """Tell where a moment lies in the weekly hours of contact.

    :param datetime now: the moment, naive, in UTC.
    :param str zone: name of the time zone, as "Asia/Riyadh".
    :param days: days of the week, 0 for Monday to 6 for Sunday.
    :param float start: first hour of the window, local time, from 0 to below 24.
    :param float end: hour at which it ends, up to 24.
    :return: the window, or None where there is no day or no hour in it.
    :rtype: ContactWindow or None
    :raise zoneinfo.ZoneInfoNotFoundError: for an unknown zone.
    """
    if not days or not 0 <= start < end <= 24:
        return None
    tzinfo = ZoneInfo(zone)
    local = now.replace(tzinfo=timezone.utc).astimezone(tzinfo)
    for ahead in range(8):
        date = local.date() + timedelta(days=ahead)
        if date.weekday() not in days:
            continue
        opens = datetime.combine(date, time(), tzinfo) + timedelta(hours=start)
        closes = datetime.combine(date, time(), tzinfo) + timedelta(hours=end)
        if opens <= local < closes:
            return ContactWindow(True, local.replace(tzinfo=None), None)
        if local < opens:
            opens = opens.astimezone(timezone.utc).replace(tzinfo=None)
            return ContactWindow(False, local.replace(tzinfo=None), opens)
    raise AssertionError("a week without its own days")  # pragma: no cover


def same_clock(zones, now):
    """Tell whether all zones show the same time.

    :param zones: names of time zones.
    :param datetime now: the moment, naive, in UTC.
    :rtype: bool
    """
    moment = now.replace(tzinfo=timezone.utc)
    return len({moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}) < 2
