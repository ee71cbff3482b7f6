# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...const import SKIP
from .common import MessageCommon

MONDAY_NOON = datetime(2026, 3, 2, 12)  # UTC; 15:00 in Riyadh
FRIDAY_NOON = datetime(2026, 3, 6, 12)


@tagged("post_install", "-at_install")
class TestMessageHold(MessageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead_full.country_id = cls.env.ref("base.sa")
        cls.guard = cls.env["crm.message.guard"]

    def _use_hours(self):
        """Nine to five, Monday to Friday."""
        self.company.message_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Sending hours",
                "tz": "Europe/Brussels",
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {"name": day, "dayofweek": day, "hour_from": 9, "hour_to": 17},
                    )
                    for day in "01234"
                ],
            }
        )

    def _cap(self, limit, grade=3):
        """Allow leads of a grade so many messages, and give the leads that grade."""
        card = self.env["crm.scorecard"].create({"name": "Card"})
        self.env["crm.scorecard"].search([("state", "=", "live")]).state = "retired"
        card.state = "live"
        row = card.grade_ids.filtered(lambda row: row.grade == grade)
        row.message_cap = limit
        leads = self.lead_full | self.lead_company
        leads.with_context(**{SKIP: True}).lead_grade = grade

    # === HOURS === #

    def test_no_hours_no_hold(self):
        self.assertFalse(self.guard._holds(self.lead_full, MONDAY_NOON))

    def test_hours_are_those_of_the_lead_s_own_zone(self):
        self._use_hours()
        self.assertFalse(self.guard._holds(self.lead_full, MONDAY_NOON))
        # 16:00 UTC is 19:00 in Riyadh, and 17:00 in Berlin or Brussels
        evening = MONDAY_NOON.replace(hour=15)
        until, reason = self.guard._holds(self.lead_full, evening)[self.lead_full.id]
        self.assertEqual(until, datetime(2026, 3, 3, 6), "nine o'clock in Riyadh")
        self.assertIn("03/03/2026 09:00 AM in Asia/Riyadh", reason)
        self.lead_company.country_id = self.env.ref("base.de")
        self.assertFalse(self.guard._holds(self.lead_company, evening))

    def test_weekend_is_quiet(self):
        self._use_hours()
        friday_night = FRIDAY_NOON.replace(hour=22)
        until, _reason = self.guard._holds(self.lead_full, friday_night)[
            self.lead_full.id
        ]
        self.assertEqual(until, datetime(2026, 3, 9, 6))

    def test_public_holidays_are_quiet(self):
        self._use_hours()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.message_calendar_id.id,
                "date_from": "2026-03-02 00:00:00",
                "date_to": "2026-03-03 20:59:59",
            }
        )
        until, _reason = self.guard._holds(self.lead_full, MONDAY_NOON)[
            self.lead_full.id
        ]
        self.assertEqual(until, datetime(2026, 3, 4, 6))

    def test_the_country_comes_before_the_zone_of_the_contact(self):
        """A9 (a): Odoo fills a contact's zone from whoever made the contact."""
        self.lead_full.phone = False
        self.lead_full.partner_id = self.env["res.partner"].create(
            {"name": "Sara", "tz": "Asia/Tokyo"}
        )
        self.assertEqual(self.lead_full._message_tz(), "Asia/Riyadh")
        self.lead_full.country_id = False
        self.assertEqual(self.lead_full._message_tz(), "Asia/Tokyo")
        self.assertEqual(self.lead_bare._message_tz(), "UTC")

    def test_a_wide_country_is_open_where_all_its_zones_are(self):
        """A9 (b): Vancouver at 4:40 was counted as St. John's."""
        self._use_hours()
        lead = self.lead_company
        lead.write({"phone": False, "country_id": self.env.ref("base.ca").id})
        # 12:40 UTC: 9:10 in St. John's, 4:40 in Vancouver.
        for hour, is_held in ((12, True), (16, True), (18, False), (22, True)):
            now = MONDAY_NOON.replace(hour=hour, minute=40)
            self.assertEqual(bool(self.guard._holds(lead, now)), is_held, hour)
        lead.phone = "+16042345678"
        self.assertEqual(lead._message_zones(), ["America/Vancouver"])
        lead.write({"phone": False, "country_id": self.env.ref("base.ru").id})
        self.assertEqual(lead._message_tz(), "Europe/Moscow")
        noon = MONDAY_NOON.replace(hour=9)
        self.assertFalse(self.guard._holds(lead, noon), "no hour is open everywhere")

    def test_every_way_to_send_respects_the_hours(self):
        self._use_hours()
        wizard = self.env["crm.message.compose"].create({"lead_id": self.lead_full.id})
        with freeze_time("2026-03-07 12:00:00"):
            for channel in ("email", "sms", "whatsapp"):
                with self.assertRaises(UserError) as caught:
                    self.message._send(self.lead_full, channel)
                self.assertIn("They begin at 03/09/2026", str(caught.exception))
                wizard.channel = channel
                self.assertIn("They begin at", wizard.problem)
            batch = self.env["crm.message.batch"].create(
                {"lead_ids": self.lead_full.ids, "channel": "email"}
            )
            batch.action_plan()
            line = batch.line_ids
            self.assertEqual(
                (line.state, line.until), ("later", datetime(2026, 3, 9, 6))
            )
            batch.action_send()
        self.assertFalse(self._mails(self.lead_full) or self._sms(self.lead_full))

    # === LIMITS === #

    @freeze_time("2026-03-02 12:00:00")
    def test_limit_of_the_grade(self):
        self._cap(2)
        self.lead_company.with_context(**{SKIP: True}).lead_grade = 4
        self.message._send(self.lead_full, "email")
        self.message._send(self.lead_full, "sms")
        with self.assertRaises(UserError) as caught:
            self.message._send(self.lead_full, "email")
        self.assertIn("may go from 04/01/2026", str(caught.exception))
        self.message._send(self.lead_company, "email")

    @freeze_time("2026-03-02 12:00:00")
    def test_what_a_person_writes_is_no_message_of_the_limit(self):
        """Mutants, message hold: the limit is one of our messages, not of the conversation."""
        self._cap(1)
        self.env["crm.touchpoint"]._record(
            [{"lead_id": self.lead_full.id, "kind": "email", "direction": "out"}]
        )
        self.assertTrue(self._sent(self.lead_full))
        self.assertFalse(self.guard._holds(self.lead_full))

    def test_period_of_the_limit(self):
        self._cap(1)
        with freeze_time("2026-03-02 12:00:00"):
            self.message._send(self.lead_full, "email")
        self.company.message_cap_days = 7
        self.assertTrue(self.guard._holds(self.lead_full, datetime(2026, 3, 9, 11)))
        self.assertFalse(self.guard._holds(self.lead_full, datetime(2026, 3, 9, 13)))

    def test_each_company_has_a_period_of_its_own(self):
        """Mutants, message hold: the longest period is looked at, for all at once."""
        self._cap(1)
        other = self.env["res.company"].create({"name": "B", "message_cap_days": 2})
        self.company.message_cap_days = 30
        with freeze_time("2026-03-02 12:00:00"):
            self.message._send(self.lead_full, "email")
        self.lead_company.write(
            {"user_id": False, "team_id": False, "company_id": other.id}
        )
        leads = self.lead_full | self.lead_company
        self.assertEqual(
            set(self.guard._holds(leads, datetime(2026, 3, 12, 12))),
            {self.lead_full.id},
        )

    def test_a_limit_that_ends_outside_the_hours(self):
        """Mutants: limits were never combined with hours."""
        self._use_hours()
        self._cap(1)
        self.company.message_cap_days = 1
        riyadh = self.lead_full
        with freeze_time("2026-03-02 12:00:00"):  # Monday, 15:00
            self.message._send(riyadh, "email")
        until, reason = self.guard._holds(riyadh, datetime(2026, 3, 2, 13))[riyadh.id]
        self.assertEqual(until, datetime(2026, 3, 3, 12), "Tuesday 15:00 is open")
        self.assertIn("its grade allows", reason)
        # The day of its limit is over on Saturday: it goes when Monday begins there.
        riyadh.touchpoint_ids.sudo().occurred_on = datetime(2026, 3, 6, 12)
        until, reason = self.guard._holds(riyadh, datetime(2026, 3, 6, 13))[riyadh.id]
        self.assertEqual(until, datetime(2026, 3, 9, 6))
        self.assertIn("sending hours", reason)

    def test_a_limit_that_ends_with_the_working_day(self):
        """Mutants 3: the very moment at which both end."""
        self._use_hours()
        self._cap(1)
        self.company.message_cap_days = 1
        lead = self.lead_full
        with freeze_time("2026-03-02 14:00:00"):  # 17:00 in Riyadh, the end of the day
            self.company.message_calendar_id = False
            self.message._send(lead, "email")
        self._use_hours()
        until, _reason = self.guard._holds(lead, datetime(2026, 3, 3, 7))[lead.id]
        self.assertEqual(until, datetime(2026, 3, 4, 6), "the next morning")
        # A minute earlier, and it goes on the same day.
        lead.touchpoint_ids.sudo().occurred_on = datetime(2026, 3, 2, 13, 59)
        until, _reason = self.guard._holds(lead, datetime(2026, 3, 3, 7))[lead.id]
        self.assertEqual(until, datetime(2026, 3, 3, 13, 59))

    def test_queries(self):
        self._use_hours()
        self._cap(1)

        def run(size):
            leads = self._make_leads(size, country_id=self.env.ref("base.sa").id)
            leads.flush_recordset()
            return lambda: self.guard._holds(leads, MONDAY_NOON)

        self.assertSameQueryCount(run, 10, 100)
