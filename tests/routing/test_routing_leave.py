# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..common import NEIGHBOUR, needs
from .common import RoutingCommon

# A Wednesday, ten o'clock in Brussels (summer time is over).
MORNING = datetime(2026, 11, 4, 9)
TODAY = MORNING.date()


@tagged(*NEIGHBOUR)
class TestRoutingLeave(RoutingCommon):
    """Who is on leave gets no leads, where Time Off is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("hr.leave" in cls.env, "hr_holidays")
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Office", "tz": "Europe/Brussels", "company_id": cls.company.id}
        )
        cls.pool.tz = "Europe/Brussels"
        cls.employees = cls.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": cls.company.id,
                    "resource_calendar_id": cls.calendar.id,
                }
                for user in cls.pool
            ]
        )
        cls.kind = cls._make_kind("day")
        # Two of the four: the one who is away, and the other.
        cls.members[2:].active = False
        cls.away, cls.other = cls.pool[:2]

    @classmethod
    def _make_kind(cls, unit, **values):
        return cls.env["hr.leave.type"].create(
            {
                "name": f"Holiday by {unit}",
                "requires_allocation": False,
                "leave_validation_type": "hr",
                "request_unit": unit,
                "company_id": cls.company.id,
                **values,
            }
        )

    def _leave(self, kind=None, day=TODAY, until=None, approve=True, **values):
        """Ask for a leave of the first member, and approve it."""
        leave = self.env["hr.leave"].create(
            {
                "name": "Sea",
                "employee_id": self.employees[0].id,
                "holiday_status_id": (kind or self.kind).id,
                "request_date_from": day,
                "request_date_to": until or day,
                **values,
            }
        )
        if approve:
            leave.action_approve()
            self.assertEqual(leave.state, "validate")
        return leave

    def _reason(self, moment=MORNING):
        """Route two leads at a moment; return why the first member got none, or "".

        The other one gets both then.
        """
        with freeze_time(moment):
            leads = self.env["crm.lead"].create(
                [{"name": f"Lead {n}", "user_id": False} for n in range(2)]
            )
        log = self._last_log(leads[0])
        rows = {row["user_id"]: row for row in log.candidates}
        mine = rows[self.away.id]
        if mine["passed"]:
            self.assertEqual(leads.user_id, self.away + self.other)
            return ""
        self.assertEqual(leads.user_id, self.other)
        return mine["reason"]

    def test_a_leave_that_is_approved(self):
        self._make_rule()
        self.assertEqual(self._reason(), "")
        self._leave(until=TODAY + timedelta(days=1))
        self.assertEqual(self._reason(), "leave")
        self.assertEqual(self._reason(MORNING + timedelta(days=1)), "leave")
        self.assertEqual(self._reason(MORNING - timedelta(days=1)), "")
        self.assertEqual(self._reason(MORNING + timedelta(days=2)), "")

    def test_the_log_says_it_in_words(self):
        self._make_rule()
        self._leave()
        with freeze_time(MORNING):
            lead = self.env["crm.lead"].create({"name": "Lead", "user_id": False})
        story = lead.with_user(self.user_manager).routing_story
        self.assertIn("On leave", str(story))

    def test_a_preview_sees_it_too(self):
        self._make_rule()
        self._leave()
        lead = self._make_waiting()
        with freeze_time(MORNING):
            [decision] = self.engine._preview(lead)
        self.assertEqual(decision["to_user_id"], self.other.id)

    def test_a_leave_that_nobody_approved(self):
        self._make_rule()
        leave = self._leave(approve=False)
        self.assertEqual(self._reason(), "")
        leave.action_refuse()
        self.assertEqual(self._reason(), "")

    def test_a_leave_that_is_taken_back(self):
        self._make_rule()
        leave = self._leave()
        self.assertEqual(self._reason(), "leave")
        leave.action_refuse()
        self.assertEqual(self._reason(), "")

    def test_half_a_day(self):
        self._make_rule()
        self._leave(
            self._make_kind("half_day"),
            request_date_from_period="pm",
            request_date_to_period="pm",
        )
        self.assertEqual(self._reason(datetime(2026, 11, 4, 9)), "")
        self.assertEqual(self._reason(datetime(2026, 11, 4, 14)), "leave")
        self.assertEqual(self._reason(datetime(2026, 11, 5, 9)), "")

    def test_some_hours(self):
        self._make_rule()
        self._leave(
            self._make_kind("hour"),
            request_unit_hours=True,
            request_hour_from=10,
            request_hour_to=13,
        )
        self.assertEqual(self._reason(datetime(2026, 11, 4, 8, 30)), "")
        self.assertEqual(self._reason(datetime(2026, 11, 4, 10)), "leave")
        self.assertEqual(self._reason(datetime(2026, 11, 4, 12, 30)), "")

    def test_who_works_elsewhere_is_not_away(self):
        self._make_rule()
        self._leave(self._make_kind("day", time_type="other"))
        self.assertEqual(self._reason(), "")

    def test_public_holidays_of_the_calendar(self):
        self._make_rule(in_hours_only=True, response_minutes=60)
        self.assertEqual(self._reason(), "")
        elsewhere = self.calendar.copy({"name": "Elsewhere"})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Public holiday",
                "calendar_id": elsewhere.id,
                "company_id": self.company.id,
                "date_from": datetime(2026, 11, 4, 0),
                "date_to": datetime(2026, 11, 4, 23),
            }
        )
        self.assertEqual(self._reason(), "")
        self.employees[0].resource_calendar_id = elsewhere
        self.assertEqual(self._reason(), "hours")

    def test_a_public_holiday_stops_the_clock(self):
        self._make_rule(response_minutes=60)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Public holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": datetime(2026, 11, 4, 0),
                "date_to": datetime(2026, 11, 4, 23),
            }
        )
        with freeze_time(MORNING):
            lead = self.env["crm.lead"].create({"name": "Lead", "user_id": False})
        # Eight o'clock on Thursday in Brussels, and an hour.
        self.assertEqual(lead.response_deadline, datetime(2026, 11, 5, 8))

    def test_the_substitute_looks_after_the_accounts(self):
        self._make_rule(name="Accounts", method="account_owner", sequence=1)
        self._make_rule(sequence=2)
        self.members[0].routing_substitute_id = self.other
        partner = self.env["res.partner"].create(
            {"name": "Known", "is_company": True, "user_id": self.away.id}
        )
        self._leave()
        for moment, owner in (
            (MORNING, self.other),
            (MORNING + timedelta(days=1), self.away),
        ):
            with freeze_time(moment):
                lead = self.env["crm.lead"].create(
                    {"name": "Again", "user_id": False, "partner_id": partner.id}
                )
            self.assertEqual(lead.user_id, owner)

    def test_as_many_queries_however_many_leaves(self):
        self._make_rule()
        for number in range(3):
            self._leave(day=TODAY + timedelta(days=7 * number))

        def run(size):
            leads = self._make_waiting(size)
            return lambda: self.engine._route(leads)

        with freeze_time(MORNING):
            self.assertSameQueryCount(run, 10, 50)
