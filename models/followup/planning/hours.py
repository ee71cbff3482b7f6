# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from bisect import bisect_right
from datetime import datetime, time, timedelta, timezone

from ....tools import forgetting, working_time
from ...common.working_hours import WorkingHours

_logger = logging.getLogger(__name__)

# Working minutes of a working day.
DAY = 480
# So much around the moments asked for is read at once, for those that will be asked for.
MARGIN = timedelta(days=60)
# Where somebody does not work for longer than this, the calendar is not waited for.
PATIENCE = timedelta(days=366)


class Hours:
    """Working time of people, read once for each calendar and zone, and kept for a pass.

    Moments go in and come out naive, in UTC.
    """

    def __init__(self, env):
        self.env, self.known, self.keys = env, {}, {}

    def cover(self, people, first, last):
        """Read the working time of people for a span of moments.

        :param people: ``Candidate`` records.
        """
        for person in people:
            key = self._key(person)
            hours, begin, end, *_rest = self.known.get(key) or (
                WorkingHours(self.env, *key),
                None,
                None,
            )
            if begin and begin <= first and end >= last + PATIENCE:
                continue
            begin = min(first, begin or first) - MARGIN
            end = max(last + PATIENCE + MARGIN, end or last)
            found = [] if hours.around_the_clock else hours.intervals(begin, end)
            intervals = [(_naive(start), _naive(stop)) for start, stop in found]
            ends = [stop for _start, stop in intervals]
            days = _day_ends(intervals, hours.zone)
            if not hours.around_the_clock and not any(stop > last for stop in ends):
                _logger.warning(
                    "Calendar %s has no working time within a year: dates of steps are those"
                    " of the calendar on the wall",
                    hours.calendar.id,
                )
            self.known[key] = hours, begin, end, intervals, ends, days

    def at_work(self, person, moment):
        """Return the first moment of somebody's working time that is not before another.

        Who does not work within a year, or has no hours to keep: the moment itself.
        """
        *_rest, intervals, ends, _days = self.known[self._key(person)]
        if not intervals:
            return moment
        found = forgetting.at_work(intervals, ends, moment)
        return found if found and found - moment <= PATIENCE else moment

    def end_of_day(self, person, moment):
        """Return the end of somebody's working day: of the last working time of that day there.

        Around the clock: the end of the day in his zone.
        """
        hours, *_rest, ends, days = self.known[self._key(person)]
        place = bisect_right(ends, moment) if ends else 0
        if place < len(days):
            begins, stop = days[place]
            if begins <= moment:
                return stop
        return _midnight(hours.zone, _local(moment, hours.zone).date())

    def after(self, person, moment, minutes):
        """Return when so many minutes of somebody's working time will have passed."""
        *_rest, intervals, ends, _days = self.known[self._key(person)]
        if not intervals:
            return moment + timedelta(minutes=minutes)
        place = bisect_right(ends, moment)
        found = working_time.add_minutes(intervals[place:], moment, minutes)
        return found or moment + timedelta(minutes=minutes)

    def between(self, person, start, end):
        """Return how many minutes of somebody's working time lie between two moments.

        Who keeps no hours works around the clock.
        """
        *_rest, intervals, ends, _days = self.known[self._key(person)]
        if not intervals:
            return max(0.0, (end - start).total_seconds() / 60)
        places = bisect_right(ends, start), bisect_right(ends, end) + 1
        return working_time.minutes_between(intervals[slice(*places)], start, end)

    def due(self, person, base, delay, unit):
        """Return until when a step is to be done that begins with a moment.

        :param str unit: minutes (of work), days (of work), or calendar (days).
        """
        if unit == "calendar":
            moment = self.at_work(person, base + timedelta(days=delay))
            return self.end_of_day(person, moment)
        return self.after(person, base, delay * (DAY if unit == "days" else 1))

    def _key(self, person):
        key = self.keys.get(person.user_id)
        if key is None:
            companies = tuple(sorted(person.companies))
            key = self.keys[person.user_id] = person.calendar_id, person.tz, companies
        return key


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _day_ends(intervals, zone):
    """Return for each working time when its day begins, and when the work of that day ends."""
    days, last = [], {}
    for _start, stop in intervals:
        # A working time that ends at midnight is of the day before.
        day = _local(stop - timedelta(seconds=1), zone).date()
        last[day] = stop
        days.append(day)
    begins = {
        day: _naive(zone.localize(datetime.combine(day, time.min))) for day in last
    }
    return [(begins[day], last[day]) for day in days]


def _local(moment, zone):
    return moment.replace(tzinfo=timezone.utc).astimezone(zone)


def _midnight(zone, day):
    """Return the last second of a day in a zone, naive, in UTC."""
    end = zone.localize(datetime.combine(day, time(23, 59, 59)))
    return _naive(end)
