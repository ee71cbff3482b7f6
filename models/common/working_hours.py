# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, time, timedelta, timezone

import pytz

from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from ...tools import working_time

# How far to look for working time, in steps; after that the time goes on around the clock.
STEP = timedelta(days=14)
STEPS = 26


class WorkingHours:
    """When somebody works: by a calendar, in his zone, without public holidays.

    Who has no calendar, or one without hours, works around the clock. Datetimes go in and
    come out naive, in UTC. Queries: those of Odoo's calendars.
    """

    def __init__(self, env, calendar_id, tz, companies):
        """
        :param calendar_id: id of a resource.calendar, or False.
        :param str tz: name of his zone; where he has none, or one that is not known, he works
            by the clock of the calendar.
        :param companies: ids of the companies that he works for, whose public holidays count
            where the calendar belongs to none; empty: those of all.
        """
        # sudo: calendars of colleagues, which say when they work, not what they do.
        self.calendar = env["resource.calendar"].sudo().browse(calendar_id or [])
        self.companies = list(companies)
        zones = (tz, self.calendar.tz, "UTC")
        known = (zone for zone in zones if zone in pytz.all_timezones_set)
        self.zone = pytz.timezone(next(known))

    @property
    def around_the_clock(self):
        """Whether there are no hours to keep."""
        calendar = self.calendar
        return not calendar.attendance_ids and not calendar.flexible_hours

    def is_open(self, moment):
        """Tell whether a moment is within working hours."""
        if self.around_the_clock:
            return True
        hour, aware = timedelta(hours=1), _aware(moment)
        return any(
            begin <= aware < end
            for begin, end in self.intervals(moment - hour, moment + hour)
        )

    def after(self, start, minutes):
        """Return when so many minutes of working time will have passed since ``start``."""
        if self.around_the_clock:
            return start + timedelta(minutes=minutes)
        left, begin = minutes, start
        for _step in range(STEPS):
            end = begin + STEP
            intervals = self.intervals(begin, end)
            moment = working_time.add_minutes(intervals, _aware(begin), left)
            if moment:
                return moment.astimezone(timezone.utc).replace(tzinfo=None)
            left -= working_time.minutes_between(intervals, _aware(begin), _aware(end))
            begin = end
        return start + timedelta(minutes=minutes)

    def between(self, start, end):
        """Return how many minutes of working time lie between two moments."""
        if self.around_the_clock:
            return max(0, (end - start).total_seconds() / 60)
        intervals = self.intervals(start, end)
        return working_time.minutes_between(intervals, _aware(start), _aware(end))

    def intervals(self, start, end):
        """Return working time between two moments, as pairs of aware datetimes."""
        if not self.calendar:
            return []
        # Public holidays for all calendars are those of the calendar's own company.
        companies = self.calendar.company_id.ids or self.companies
        holidays = Domain("time_type", "=", "leave")
        if companies:
            holidays &= Domain("calendar_id", "!=", False) | Domain(
                "company_id", "in", [False, *companies]
            )
        if self.calendar.flexible_hours:
            return self._weekdays(start, end, list(holidays))
        intervals = self.calendar._work_intervals_batch(
            _aware(start), _aware(end), domain=list(holidays), tz=self.zone
        )[False]
        return [(begin, stop) for begin, stop, _meta in intervals]

    def _weekdays(self, start, end, holidays):
        """Return whole weekdays without holidays: who chooses his hours works on these.

        Odoo has flexible hours begin wherever one looks, also on a Sunday night.
        """
        first, last = _aware(start).astimezone(self.zone), _aware(end)
        day, days = first.date(), []
        while True:
            begin = self.zone.localize(datetime.combine(day, time.min))
            if begin >= last:
                break
            day += timedelta(days=1)
            stop = self.zone.localize(datetime.combine(day, time.min))
            if begin.weekday() < 5:
                days.append((max(begin, first), min(stop, last), self.calendar))
        leaves = self.calendar._leave_intervals_batch(
            _aware(start), last, domain=holidays, tz=self.zone
        )[False]
        return [(begin, stop) for begin, stop, _meta in Intervals(days) - leaves]


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
