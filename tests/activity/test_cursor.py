# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.activity.crm_touchpoint_collector import Collector
from ..common import LeadCommon

COLLECTOR = "odoo.addons.crm_lead_management.models.activity.crm_touchpoint_collector"


@tagged("post_install", "-at_install")
class TestTouchpointCursor(LeadCommon):
    """Events are looked for from a cursor on, and none is lost on the way (issue 12, 7)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.lead = cls._make_lead(type="opportunity", user_id=cls.user_seller.id)
        cls.cursors = cls.env["crm.touchpoint.cursor"]
        cls.startClassPatcher(
            patch.object(
                type(cls.cursors),
                "_oldest_open",
                lambda self, now: min(cls.oldest, now),
            )
        )
        cls.oldest = cls.now
        # What the database of the test had before.
        cls.env["crm.touchpoint"]._cron_collect()
        cls.env["crm.touchpoint"]._cron_collect()

    def _run(self, oldest=None):
        """Run the scheduled action while the oldest open transaction is of a moment."""
        type(self).oldest = oldest or self.now
        self.env["crm.touchpoint"]._cron_collect()
        self.lead.invalidate_recordset()
        return len(self.lead.touchpoint_ids)

    def _meeting(self, ended, written=None):
        """Return a meeting with the lead that ended, and was written, so long ago."""
        meeting = self.env["calendar.event"].create(
            {
                "name": "Meet",
                "opportunity_id": self.lead.id,
                "start": self.now - ended - timedelta(hours=1),
                "stop": self.now - ended,
            }
        )
        self.env.flush_all()
        moment = self.now - (written or timedelta())
        for table, column in (
            ("calendar_event", "id"),
            ("calendar_attendee", "event_id"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s WHERE %s = %s",
                    SQL.identifier(table),
                    moment,
                    SQL.identifier(column),
                    meeting.id,
                )
            )
        self.env.invalidate_all()
        return meeting

    def _seen_until(self):
        return self.cursors.search([("kind", "=", "meetings")]).seen_until

    def test_it_moves(self):
        """What the cursor has passed is not looked for again."""
        self.assertLess(self._seen_until(), self.now)
        self.assertGreater(self._seen_until(), self.now - timedelta(hours=1))
        self._meeting(timedelta(hours=5), written=timedelta(hours=5))
        self.assertEqual(self._run(), 0)

    def test_written_with_an_earlier_date(self):
        self._meeting(timedelta(days=400))
        self.assertEqual(self._run(), 1)
        self.assertEqual(self._run(), 1)

    def test_planned_long_ago(self):
        """A meeting is over some day, though nobody writes it then."""
        self._meeting(timedelta(minutes=1), written=timedelta(days=30))
        self.assertEqual(self._run(), 1)

    def test_at_the_very_moment_at_which_it_ends(self):
        """Mutant: over at its end, and not a second before."""
        meeting = self._meeting(timedelta(minutes=1))
        collector = Collector(self.env)
        collector.beginning = since = self.now - timedelta(days=1)
        early = meeting.stop - timedelta(seconds=1)
        self.assertNotIn(meeting.id, collector._meetings(since, early))
        self.assertIn(meeting.id, collector._meetings(since, meeting.stop))

    def test_a_clock_that_was_ahead(self):
        """What happened until it was set right is found, and once (issue 12, 8)."""
        cursor = self.cursors.search([("kind", "=", "meetings")])
        ahead = self.now + timedelta(days=3)
        cursor.write({"seen_until": ahead, "next_until": ahead})
        self._meeting(timedelta(days=1), written=timedelta(days=2))
        self.assertEqual(self._run(), 1)
        self.assertLess(self._seen_until(), self.now)
        self.assertEqual(self._run(), 1)

    def test_a_transaction_that_ends_late(self):
        """Two runs passed while it was open; what it wrote bears the time of its beginning."""
        began = self.now - timedelta(hours=1)
        cursor = self.cursors.search([("kind", "=", "meetings")])
        cursor.write(
            dict.fromkeys(("seen_until", "next_until"), began - timedelta(hours=1))
        )
        self._run(oldest=began)
        self._run(oldest=began)
        self._run(oldest=began)
        self._meeting(timedelta(days=3), written=timedelta(hours=1))
        self.assertEqual(self._run(), 1)

    def test_it_ended_between_two_looks(self):
        """The open ones are asked for after the rows were read: the next run looks again."""
        began = self.now - timedelta(hours=1)
        cursor = self.cursors.search([("kind", "=", "meetings")])
        cursor.write(
            dict.fromkeys(("seen_until", "next_until"), began - timedelta(hours=1))
        )
        # Not seen any more among the open ones, and not yet among the rows.
        self._run(oldest=self.now)
        self._meeting(timedelta(days=3), written=timedelta(hours=1))
        self.assertEqual(self._run(), 1)

    def test_a_run_that_fails(self):
        """The cursor stays where it was, and the next run finds all."""
        self._meeting(timedelta(minutes=1))
        before = self._seen_until()
        touches = type(self.env["crm.touchpoint"])
        with (
            mute_logger("odoo.addons.crm_lead_management.models.common.guarded"),
            patch.object(touches, "_record", side_effect=ValueError("killed")),
        ):
            self.assertEqual(self._run(), 0)
        self.assertEqual(self._seen_until(), before)
        self.assertEqual(self._run(), 1)

    def test_more_than_a_run_can_take(self):
        """The cursor waits for the rest."""
        for minutes in (1, 2, 3, 4, 5):
            self._meeting(timedelta(minutes=minutes))
        before = self._seen_until()
        with (
            patch(f"{COLLECTOR}.MOST_EVENTS", 2),
            patch(f"{COLLECTOR}.MOST_ROUNDS", 2),
        ):
            self.assertEqual(self._run(), 4)
            self.assertEqual(self._seen_until(), before)
            self.assertEqual(self._run(), 5)

    def test_declined_after_the_cursor_passed(self):
        """The answer alone was written: the meeting is taken back, and noted as called off."""
        meeting = self._meeting(timedelta(minutes=1))
        guest = self.env["res.partner"].create({"name": "Guest"})
        meeting.partner_ids = guest
        self.assertEqual(self._run(), 1)
        self.assertEqual(self.lead.touchpoint_ids.outcome, "held")
        self._meeting_passed(meeting)
        meeting.attendee_ids.filtered(lambda a: a.partner_id == guest).do_decline()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE calendar_event SET write_date = %s WHERE id = %s",
                self.now - timedelta(days=9),
                meeting.id,
            )
        )
        self.env.invalidate_all()
        self.assertEqual(self._run(), 1)
        self.assertEqual(self.lead.touchpoint_ids.outcome, "cancelled")

    def _meeting_passed(self, meeting):
        """Put a meeting, as it was recorded, behind the cursor."""
        touch = self.lead.touchpoint_ids
        start = self.now - timedelta(days=9)
        self.env.cr.execute(
            SQL(
                "UPDATE calendar_event SET start = %s, stop = %s WHERE id = %s",
                start,
                start + timedelta(hours=1),
                meeting.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_touchpoint SET occurred_on = %s, external_ref = %s WHERE id = %s",
                start,
                f"{meeting.id},{fields.Datetime.to_string(start)}",
                touch.id,
            )
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestTouchpointCursorOldest(LeadCommon):
    """An open transaction holds the cursor back."""

    def test_an_open_transaction(self):
        later = fields.Datetime.now() + timedelta(hours=5)
        oldest = self.env["crm.touchpoint.cursor"]._oldest_open(later)
        # This one is open itself.
        self.assertLessEqual(oldest, self.env.cr.now())
        earlier = oldest - timedelta(days=1)
        self.assertEqual(
            self.env["crm.touchpoint.cursor"]._oldest_open(earlier), earlier
        )
