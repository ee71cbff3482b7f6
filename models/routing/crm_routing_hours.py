# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta, timezone

import pytz

from odoo import api, models
from odoo.fields import Domain

from ...tools import working_time

# How far to look for working time, in steps; after that the time goes on around the clock.
STEP = timedelta(days=14)
STEPS = 26


class CrmRoutingHours(models.AbstractModel):
    """Working time of people: their calendar, their zone, public holidays.

    Who has no calendar, or one without hours, works around the clock. Datetimes go in and
    come out naive, in UTC. Queries: those of Odoo's calendars, one set per calendar and zone.
    """

    _name = "crm.routing.hours"
    _description = "Working time of owners"

    @api.model
    def _inside(self, calendar_id, tz, now):
        """Tell whether a moment is within working hours.

        :param calendar_id: id of the calendar, or False.
        :param str tz: name of the person's zone.
        :param datetime now: the moment, in UTC.
        """
        calendar = self._calendar(calendar_id)
        if not calendar or not self._has_hours(calendar):
            return True
        moment = now.replace(tzinfo=timezone.utc)
        return any(
            begin <= moment < end
            for begin, end in self._intervals(
                calendar, tz, now - timedelta(hours=1), now + timedelta(hours=1)
            )
        )

    @api.model
    def _plan(self, calendar_id, tz, start, minutes):
        """Return when so many minutes of working time will have passed.

        :param calendar_id: id of the calendar, or False.
        :param str tz: name of the person's zone.
        :param datetime start: in UTC.
        :param float minutes: of working time.
        :return: in UTC.
        :rtype: datetime
        """
        calendar = self._calendar(calendar_id)
        if not calendar or not self._has_hours(calendar):
            return start + timedelta(minutes=minutes)
        left, begin = minutes, start
        for _step in range(STEPS):
            end = begin + STEP
            intervals = self._intervals(calendar, tz, begin, end)
            moment = working_time.add_minutes(
                intervals, begin.replace(tzinfo=timezone.utc), left
            )
            if moment:
                return moment.astimezone(timezone.utc).replace(tzinfo=None)
            left -= working_time.minutes_between(
                intervals,
                begin.replace(tzinfo=timezone.utc),
                end.replace(tzinfo=timezone.utc),
            )
            begin = end
        return start + timedelta(minutes=minutes)

    @api.model
    def _calendar(self, calendar_id):
        # sudo: calendars of colleagues, which say when they work, not what they do.
        return self.env["resource.calendar"].sudo().browse(calendar_id or [])

    @api.model
    def _has_hours(self, calendar):
        return bool(calendar.attendance_ids) or calendar.flexible_hours

    @api.model
    def _intervals(self, calendar, tz, start, end):
        """Return working time between two moments in UTC, without public holidays."""
        zone = pytz.timezone(tz) if tz in pytz.all_timezones_set else pytz.utc
        # Public holidays for all calendars are those of the calendar's own company.
        company_ids = [False, *calendar.company_id.ids]
        holidays = Domain("time_type", "=", "leave")
        if calendar.company_id:
            holidays &= Domain("calendar_id", "!=", False) | Domain(
                "company_id", "in", company_ids
            )
        intervals = calendar._work_intervals_batch(
            start.replace(tzinfo=timezone.utc),
            end.replace(tzinfo=timezone.utc),
            domain=list(holidays),
            tz=zone,
        )[False]
        return [(begin, stop) for begin, stop, _meta in intervals]
