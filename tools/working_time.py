# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Arithmetic of working time. Moments are datetimes of one zone; intervals are pairs of them."""

from bisect import bisect_right
from datetime import timedelta


def add_minutes(intervals, start, minutes):
    """Return the moment at which so many minutes of work have passed.

    :param intervals: pairs (from, to) of working time, ascending, not overlapping.
    :param datetime start: when to begin; work before it does not count.
    :param float minutes: minutes of work, none negative.
    :return: the moment, or None where the intervals hold fewer minutes.

    >>> from datetime import datetime
    >>> day = [(datetime(2024, 1, 5, 9), datetime(2024, 1, 5, 12)),
    ...        (datetime(2024, 1, 8, 9), datetime(2024, 1, 8, 12))]
    >>> add_minutes(day, datetime(2024, 1, 5, 11), 30)
    datetime.datetime(2024, 1, 5, 11, 30)
    >>> add_minutes(day, datetime(2024, 1, 5, 11), 90)
    datetime.datetime(2024, 1, 8, 9, 30)
    >>> add_minutes(day, datetime(2024, 1, 6, 20), 0)
    datetime.datetime(2024, 1, 8, 9, 0)
    >>> add_minutes(day, datetime(2024, 1, 5, 9), 361) is None
    True
    """
    left = timedelta(minutes=minutes)
    for begin, end in intervals:
        begin = max(begin, start)
        if begin >= end:
            continue
        if left <= end - begin:
            return begin + left
        left -= end - begin
    return None


def minutes_between(intervals, start, end):
    """Return how many minutes of work lie between two moments.

    >>> from datetime import datetime
    >>> day = [(datetime(2024, 1, 5, 9), datetime(2024, 1, 5, 12)),
    ...        (datetime(2024, 1, 8, 9), datetime(2024, 1, 8, 12))]
    >>> minutes_between(day, datetime(2024, 1, 5, 11), datetime(2024, 1, 8, 9, 30))
    90.0
    >>> minutes_between(day, datetime(2024, 1, 8, 13), datetime(2024, 1, 8, 9))
    0.0
    """
    total = timedelta()
    for begin, stop in intervals:
        begin, stop = max(begin, start), min(stop, end)
        if begin < stop:
            total += stop - begin
    return total.total_seconds() / 60


def late_in_queue(jobs, minutes, intervals=()):
    """Tell which jobs a person finishes too late who does one after the other.

    Each job takes the same working time, and is begun when it is there and all earlier ones
    are done. Its limit is working time too, from its arrival on.

    :param jobs: pairs (arrival, limit in minutes or None), in the order of their arrival.
    :param float minutes: working time that one job takes.
    :param intervals: as :func:`add_minutes`; empty for somebody who works around the clock.
    :return: one value per job: True where it is late, False where it is not, None where it
        has no limit.

    >>> from datetime import datetime
    >>> nine = datetime(2024, 1, 5, 9)
    >>> late_in_queue([(nine, 30), (nine, 30), (nine, 30), (nine, None)], 15)
    [False, False, True, None]
    >>> day = [(datetime(2024, 1, 5, 9), datetime(2024, 1, 5, 12)),
    ...        (datetime(2024, 1, 8, 9), datetime(2024, 1, 8, 12))]
    >>> night = datetime(2024, 1, 5, 23)
    >>> late_in_queue([(night, 20), (night, 20)], 15, day)
    [False, True]
    """
    ends = [end for _begin, end in intervals or ()]

    def after(moment, passed):
        if not intervals:
            return moment + timedelta(minutes=passed)
        rest = intervals[bisect_right(ends, moment) :]
        # What the known working time has no room for is done at its end.
        return add_minutes(rest, moment, passed) or ends[-1]

    result, free = [], None
    for arrival, limit in jobs:
        free = after(max(arrival, free or arrival), minutes)
        result.append(None if limit is None else free > after(arrival, limit))
    return result
