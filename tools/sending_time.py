# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""When messages may go out: limits per period, and the next open hour.

Three messages in 30 days are allowed, and three went: the next may go when the oldest of
them is 30 days old.

>>> from datetime import datetime
>>> sent = [datetime(2026, 3, day) for day in (1, 10, 20)]
>>> next_free(sent, 3, 30, datetime(2026, 3, 21))
datetime.datetime(2026, 3, 31, 0, 0)
>>> next_free(sent, 4, 30, datetime(2026, 3, 21)) is None
True
>>> next_free(sent, 3, 30, datetime(2026, 4, 5)) is None
True
>>> next_free(sent[:1], 1, 30, datetime(2026, 3, 31)) is None  # exactly 30 days old
True
>>> next_free(sent, 1, 30, datetime(2026, 3, 21))
datetime.datetime(2026, 4, 19, 0, 0)

When it is exactly 30 days old the next one may go, and not the second before:

>>> next_free(sent, 3, 30, datetime(2026, 3, 31)) is None
True
>>> next_free(sent, 3, 30, datetime(2026, 3, 30, 23, 59, 59))
datetime.datetime(2026, 3, 31, 0, 0)

Without a limit, or without a period, there is nothing to wait for:

>>> next_free(sent, 0, 30, datetime(2026, 3, 21)), next_free(sent, 1, 0, datetime(2026, 3, 21))
(None, None)

Inside an open interval there is nothing to wait for, from its very beginning; before it
there is:

>>> hours = [(datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 17))]
>>> next_open(hours, datetime(2026, 3, 2, 12)) is None
True
>>> next_open(hours, datetime(2026, 3, 2, 9)) is None
True
>>> next_open(hours, datetime(2026, 3, 2, 7))
datetime.datetime(2026, 3, 2, 9, 0)
>>> next_open(hours, datetime(2026, 3, 2, 17))
Traceback (most recent call last):
LookupError: no open hours ahead
"""

from datetime import timedelta


def next_free(sent, limit, days, now):
    """Return when the next message may go under a limit per period.

    :param list[datetime] sent: when the messages so far went, in any order.
    :param int limit: the most messages within the period; 0 for no limit.
    :param int days: length of the period.
    :param datetime now: the present.
    :return: the moment, or None when a message may go now.
    :rtype: datetime or None
    """
    if limit <= 0 or days <= 0:
        return None
    period = timedelta(days=days)
    recent = sorted((moment for moment in sent if moment > now - period), reverse=True)
    return recent[limit - 1] + period if len(recent) >= limit else None


def next_open(intervals, now):
    """Return when the next open interval begins.

    :param intervals: pairs of start and end, in order.
    :param datetime now: the present, comparable with them.
    :return: the moment, or None when ``now`` is inside of one.
    :rtype: datetime or None
    :raise LookupError: where all intervals are over.
    """
    for start, end in intervals:
        if start <= now < end:
            return None
        if start > now:
            return start
    raise LookupError("no open hours ahead")
