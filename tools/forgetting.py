# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The forgetting curve: how much a lead still remembers of us, and when to be in touch again.

Source of the formula: Ebbinghaus, R(t) = exp(-k t), with t in days since the last contact that
landed. It is a rule of thumb, and no promise about a single person. What a company can answer
is "after so many days half is forgotten": from these two numbers follows the rate k. Each
further day on which a contact landed makes forgetting slower (spaced repetition), so the
intervals grow, between a least and a most number of days. Days are calendar days: people
forget on Sundays, too.

>>> half = rate(3, 0.5)
>>> round(half, 3)
0.231
>>> [round(interval(slower(half, n, 0.8, 0.5, 90), 0.5, 1), 2) for n in range(1, 11)]
[3.0, 3.75, 4.69, 5.86, 7.32, 9.16, 11.44, 14.31, 17.88, 22.35]
>>> retention(half, 0), round(retention(half, 3), 2), round(retention(half, 6), 2)
(1.0, 0.5, 0.25)
"""

import math
from bisect import bisect_right

# What a share and a number of days may be.
LEAST_SHARE, MOST_SHARE = 0.05, 0.95
LEAST_DAYS, MOST_DAYS = 0.25, 365.0


def rate(first_days, threshold):
    """Return k, per day: after so many days the lead remembers this share.

    :param float first_days: 0.25 to 365.
    :param float threshold: a share, 0.05 to 0.95.
    :raise ValueError: where one of them is out of bounds, or no number.

    >>> rate(0, 0.5)
    Traceback (most recent call last):
    ...
    ValueError: first_days
    >>> rate(3, float("nan"))
    Traceback (most recent call last):
    ...
    ValueError: threshold
    """
    if not LEAST_DAYS <= first_days <= MOST_DAYS:
        raise ValueError("first_days")
    if not LEAST_SHARE <= threshold <= MOST_SHARE:
        raise ValueError("threshold")
    return math.log(1 / threshold) / first_days


def slower(first_rate, contacts, factor, threshold, max_days):
    """Return k after contacts on so many days: each but the first makes forgetting slower.

    Never so slow that the interval would be longer than ``max_days``.

    :param int contacts: number of days on which a contact landed; 0 is as 1.

    >>> slower(0.2, 0, 0.5, 0.5, 90), slower(0.2, 1, 0.5, 0.5, 90), slower(0.2, 2, 0.5, 0.5, 90)
    (0.2, 0.2, 0.1)
    >>> round(interval(slower(0.2, 500, 0.5, 0.5, 90), 0.5, 1), 6)
    90.0
    """
    slowest = math.log(1 / threshold) / max_days
    return max(slowest, first_rate * factor ** max(0, contacts - 1))


def interval(k, threshold, min_days):
    """Return after how many days only ``threshold`` is left; at least ``min_days``.

    >>> interval(0.231, 0.5, 7)
    7
    """
    return max(min_days, math.log(1 / threshold) / k)


def retention(k, days):
    """Return the share that is still remembered; a contact in the future counts as now.

    >>> retention(0.5, -1)
    1.0
    """
    return math.exp(-k * max(0.0, days))


def days_until(k, share):
    """Return after how many days exactly this share is left.

    >>> round(days_until(rate(3, 0.5), 0.5), 6)
    3.0
    """
    return math.log(1 / share) / k


def at_work(intervals, ends, moment):
    """Return the first moment of working time that is not before ``moment``, or None.

    :param intervals: pairs (from, to), ascending, not overlapping.
    :param ends: their ends, for the search.

    >>> day = [(9, 12), (13, 17), (33, 36)]
    >>> ends = [12, 17, 36]
    >>> [at_work(day, ends, moment) for moment in (8, 10, 12, 17, 36)]
    [9, 10, 13, 33, None]
    """
    place = bisect_right(ends, moment)
    return max(moment, intervals[place][0]) if place < len(intervals) else None
