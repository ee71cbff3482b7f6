# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MONDAY, FollowupCase

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestFollowupMeetings(FollowupCase):
    """Meetings in Odoo's calendar: who held one says what came of it, and what is next."""

    def setUp(self):
        super().setUp()
        self.lead = self._lead_at(MONDAY)
        self._touch(self.lead, MONDAY + HOUR)
        self.customer = self.env["res.partner"].create({"name": "Ann"})
        self.over = MONDAY + timedelta(days=1, hours=2)
        with freeze_time(MONDAY + 2 * HOUR):
            self.event = self.env["calendar.event"].create(
                {
                    "name": "Tasting",
                    "opportunity_id": self.lead.id,
                    "start": MONDAY + timedelta(days=1),
                    "stop": MONDAY + timedelta(days=1, hours=1),
                    "partner_ids": [
                        (6, 0, (self.customer + self.user_seller.partner_id).ids)
                    ],
                }
            )

    def _collect(self, moment):
        with freeze_time(moment):
            self.env["crm.touchpoint"]._cron_collect()
        self.env.invalidate_all()

    def _met(self):
        """Return the outcomes of the meetings on record."""
        return self.lead.touchpoint_ids.filtered(
            lambda one: one.kind == "meeting"
        ).mapped("outcome")

    def _tell(self):
        return self.lead.followup_ids.filtered(lambda step: step.duty == "tell")

    def _next(self, context, **values):
        return (
            self.env["crm.followup.next"]
            .with_user(self.user_seller)
            .with_context(**context)
            .create(values)
        )

    def test_a_meeting_that_is_over_asks_by_itself(self):
        """In My Day, until somebody says what came of it; then the proposed step goes on."""
        self._collect(self.over)
        self.assertEqual(self._met(), ["held"])
        step = self._tell()
        self.assertEqual((step.state, step.user_id), ("planned", self.user_seller))
        self.assertEqual(step.display_name, "Say what came of it: Tasting")
        # A second look asks nothing more.
        self._collect(self.over + HOUR)
        self._plan(self.lead, self.over + HOUR)
        self.assertEqual(self._tell(), step)
        self.assertEqual(step.state, "planned")
        with freeze_time(self.over + HOUR):
            row = (
                self.env["crm.lead.agenda"]
                .with_user(self.user_seller)
                .search([("user_id", "=", self.user_seller.id)])
            )
            self.assertEqual(row.what, "Say what came of it: Tasting")
            action = row.action_do()
            self.assertEqual(action["res_model"], "crm.followup.next")
            window = self._next(
                action["context"], note_after="They liked it", note_before="Price?"
            )
            self.assertEqual(window.step_id.duty, "touch")
            window.action_plan()
        self.assertEqual((step.state, step.note_after), ("done", "They liked it"))
        self.assertFalse(step.by_word)
        self.assertEqual(step.touchpoint_id.kind, "meeting")
        self.assertEqual(self.assertPlanned(self.lead, "touch").note_before, "Price?")

    def test_nobody_is_asked_where_notes_are_not_wanted(self):
        self.company.lead_followup_notes = "off"
        self._collect(self.over)
        self.assertEqual(self._met(), ["held"])
        self.assertFalse(self._tell())

    def test_nobody_is_asked_for_meetings_of_old(self):
        """That are found only now, since the scheduled action stood still."""
        self._collect(MONDAY + 3 * HOUR)
        self._collect(self.over + timedelta(days=8))
        self.assertEqual(self._met(), ["held"])
        self.assertFalse(self._tell())

    def test_nobody_is_asked_for_meetings_that_were_declined(self):
        self.event.attendee_ids.filtered(
            lambda one: one.partner_id == self.customer
        ).state = "declined"
        self._collect(self.over)
        self.assertEqual(self._met(), ["cancelled"])
        self.assertFalse(self._tell())

    def _log(self, moment, context=None, **values):
        with freeze_time(moment):
            window = (
                self.env["crm.lead.call"]
                .with_user(self.user_seller)
                .with_context(**(context or {}))
                .create(values)
            )
            window.flush_recordset()  # what it finds, it finds now
        return window

    def test_the_meeting_itself_asks(self):
        """Its button opens the window; what was held counts once."""
        event = self.event.with_user(self.user_seller)
        with freeze_time(MONDAY + 3 * HOUR):
            self.assertFalse(event.is_lead_meeting)
        event.invalidate_recordset()
        with freeze_time(self.over):
            self.assertTrue(event.is_lead_meeting)
            action = event.action_log_lead_contact()
        window = self._log(self.over, action["context"], note="They liked it")
        self.assertEqual((window.kind, window.event_id), ("meeting", event))
        with freeze_time(self.over):
            action = window.action_held()
        self.assertEqual(action["res_model"], "crm.followup.next")
        self.assertEqual(self._met(), ["held"])
        self._collect(self.over + HOUR)
        self.assertEqual(self._met(), ["held"])
        # Who said it is not asked once more.
        self.assertFalse(self._tell())

    def test_nobody_came(self):
        """Also after the calendar said that it took place: no contact, and it stays so."""
        before = self.lead.contact_count
        self._collect(self.over)
        self.assertEqual(self.lead.contact_count, before + 1)
        with freeze_time(self.over):
            action = self.event.with_user(self.user_seller).action_log_lead_contact()
            self._log(self.over, action["context"]).action_no_show()
        self.assertEqual(self._met(), ["no_show"])
        self._plan(self.lead, self.over)
        self.assertEqual(self.lead.contact_count, before)
        with freeze_time(self.over + HOUR):
            self.event.name = "Tasting, once more"
        self._collect(self.over + 2 * HOUR)
        self.assertEqual(self._met(), ["no_show"])

    def test_what_somebody_said_stands(self):
        """That they came, though the answer to the invitation was no."""
        window = self._log(self.over, lead_id=self.lead.id, kind="meeting")
        # The meeting in the calendar is found; nobody has to look for it.
        self.assertEqual(window.event_id, self.event)
        with freeze_time(self.over):
            window.action_held()
            self.event.attendee_ids.filtered(
                lambda one: one.partner_id == self.customer
            ).state = "declined"
        self._collect(self.over + HOUR)
        self.assertEqual(self._met(), ["held"])

    def test_another_meeting_is_refused(self):
        other = self._lead_at(MONDAY)
        with freeze_time(self.over), self.assertRaises(UserError):
            self._log(
                self.over,
                lead_id=other.id,
                kind="meeting",
                event_id=self.event.id,
            ).action_held()
        with freeze_time(MONDAY + 3 * HOUR), self.assertRaises(UserError):
            self._log(
                MONDAY + 3 * HOUR,
                lead_id=self.lead.id,
                kind="meeting",
                event_id=self.event.id,
            ).action_held()

    def test_a_visit_that_is_in_no_calendar(self):
        self.event.unlink()
        window = self._log(self.over, lead_id=self.lead.id, kind="meeting")
        self.assertFalse(window.event_id)
        with freeze_time(self.over):
            window.action_held()
        self.assertEqual(self._met(), ["held"])
