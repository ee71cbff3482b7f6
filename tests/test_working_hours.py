# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from odoo.tests import tagged

from ..models.common.working_hours import STEP, STEPS, WorkingHours
from .common import LeadCommon

MINUTE = timedelta(minutes=1)
# In Riyadh, three hours ahead of UTC: Sunday to Thursday from 8 to 12, and from 13 to 17.
HOURS = [
    (hours, day) for day in ("6", "0", "1", "2", "3") for hours in ((8, 12), (13, 17))
]


def at(text):
    return datetime.fromisoformat(f"2026-{text}")


@tagged("post_install", "-at_install")
class TestWorkingHours(LeadCommon):
    """Moments and minutes of working time, in the zone of who works; all in UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Week",
                "company_id": cls.company.id,
                "tz": "Asia/Riyadh",
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "h",
                            "dayofweek": day,
                            "hour_from": hours[0],
                            "hour_to": hours[1],
                        },
                    )
                    for hours, day in HOURS
                ],
            }
        )

    def _hours(self, tz="Asia/Riyadh", calendar=None):
        env = self.env(user=self.user_seller)
        calendar = self.calendar if calendar is None else calendar
        return WorkingHours(env, calendar and calendar.id, tz, ())

    def _holiday(self, start, end, company=None, **values):
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "date_from": at(start),
                "date_to": at(end),
                "time_type": "leave",
                **values,
            }
        )
        self.env.flush_all()  # Odoo computes the company
        if company:
            leave.company_id = company

    def test_the_minute_it_opens_and_the_minute_it_closes(self):
        # Sunday, 2026-03-01: from 05:00 to 09:00 UTC.
        hours = self._hours()
        for moment, is_open in (
            ("03-01 04:59:59", False),
            ("03-01 05:00:00", True),
            ("03-01 08:59:59", True),
            ("03-01 09:00:00", False),  # lunch
            ("03-01 10:00:00", True),
            ("03-01 14:00:00", False),
            ("02-28 06:00:00", False),  # a Saturday
        ):
            self.assertEqual(hours.is_open(at(moment)), is_open, moment)

    def test_minutes_go_over_lunch_night_weekend(self):
        hours = self._hours()
        for start, minutes, end in (
            ("03-01 05:00:00", 60, "03-01 06:00:00"),
            ("03-01 05:00:00", 240, "03-01 09:00:00"),
            ("03-01 05:00:00", 241, "03-01 10:01:00"),
            ("03-01 09:30:00", 10, "03-01 10:10:00"),
            ("03-01 13:30:00", 60, "03-02 05:30:00"),
            ("03-05 13:30:00", 60, "03-08 05:30:00"),  # Thursday to Sunday
            ("03-06 03:00:00", 1, "03-08 05:01:00"),
            ("03-01 05:00:00", 10 * 8 * 60, "03-12 14:00:00"),  # two weeks of work
        ):
            self.assertEqual(hours.after(at(start), minutes), at(end), start)

    def test_in_the_zone_of_who_works(self):
        self.assertTrue(self._hours("UTC").is_open(at("03-01 08:00:00")))
        self.assertFalse(self._hours("UTC").is_open(at("03-01 05:00:00")))

    def test_who_has_no_zone_works_by_the_clock_of_the_calendar(self):
        """A suspicion of routing's: he was taken for somebody in London."""
        for tz in ("Mars/Olympus", "", False):
            with self.subTest(tz=tz):
                self.assertTrue(self._hours(tz).is_open(at("03-01 05:00:00")))
                self.assertFalse(self._hours(tz).is_open(at("03-01 15:00:00")))
        self.assertEqual(self._hours(False, calendar=False).zone.zone, "UTC")

    def test_where_the_clock_is_changed(self):
        """In Brussels the clock goes forward on 2026-03-29, a Sunday."""
        hours = self._hours("Europe/Brussels")
        self.assertEqual(hours.after(at("03-26 16:00:00"), 1), at("03-29 06:01:00"))
        self.assertFalse(hours.is_open(at("03-26 06:30:00")))
        self.assertTrue(hours.is_open(at("03-29 06:30:00")))

    def test_public_holidays(self):
        hours = self._hours()
        self._holiday("03-02 00:00:00", "03-02 23:59:59")
        self.assertFalse(hours.is_open(at("03-02 06:00:00")))
        self.assertEqual(hours.after(at("03-01 13:30:00"), 60), at("03-03 05:30:00"))

    def test_holidays_of_another_company_and_of_another_calendar_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._holiday("03-02 00:00:00", "03-02 23:59:59", company=other)
        calendar = self.calendar.copy()
        self._holiday("03-02 00:00:00", "03-02 23:59:59", calendar_id=calendar.id)
        self.assertTrue(self._hours().is_open(at("03-02 06:00:00")))
        self.assertFalse(self._hours(calendar=calendar).is_open(at("03-02 06:00:00")))

    def test_without_hours_around_the_clock(self):
        empty = self.calendar.copy({"attendance_ids": [(5, 0, 0)]})
        empty.attendance_ids.unlink()
        for calendar in (False, empty):
            hours = self._hours(calendar=calendar)
            self.assertTrue(hours.around_the_clock)
            self.assertTrue(hours.is_open(at("02-28 00:00:00")))
            self.assertEqual(
                hours.after(at("02-28 00:00:00"), 90), at("02-28 01:30:00")
            )
        self.assertFalse(self._hours().around_the_clock)
        day = at("03-01 00:00:00"), at("03-02 00:00:00")
        self.assertEqual(self._hours(calendar=False).intervals(*day), [])

    def test_who_never_works_again_has_an_end_nevertheless(self):
        start = at("03-01 05:00:00")
        self._holiday(
            "01-01 00:00:00", "12-31 00:00:00", date_to=start + STEP * (STEPS + 1)
        )
        self.assertEqual(self._hours().after(start, 30), start + 30 * MINUTE)

    def test_more_than_one_step_ahead(self):
        """Three weeks of holidays: the search goes on beyond its first step."""
        start = at("03-01 13:30:00")
        self._holiday("03-02 00:00:00", "03-22 23:59:59")
        self.assertEqual(self._hours().after(start, 60), at("03-23 05:30:00"))
