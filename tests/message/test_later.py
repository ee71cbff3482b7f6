# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ... import hooks
from .common import MessageCommon

SATURDAY = "2026-03-07 12:00:00"
MONDAY = "2026-03-09 06:00:00"  # UTC; 9:00 in Riyadh
OTHER_TEXT = "Another text"


@tagged("post_install", "-at_install")
class TestMessageLater(MessageCommon):
    """A21, issue 13 (4): what is held back until a moment is sent then, if it still may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead_full.country_id = cls.env.ref("base.sa")
        cls.lead_full.user_id = cls.user_seller
        days = [
            (0, 0, {"name": day, "dayofweek": day, "hour_from": 9, "hour_to": 17})
            for day in "01234"
        ]
        cls.company.message_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": "Europe/Brussels",
                "attendance_ids": [(5, 0, 0), *days],
            }
        )

    @freeze_time(SATURDAY)
    def _wait(self, channel="email", send=True, leads=None):
        batch = (
            self.env["crm.message.batch"]
            .with_user(self.user_seller)
            .create(
                {
                    "lead_ids": (leads or self.lead_full).ids,
                    "channel": channel,
                    "template_id": self.message.id,
                }
            )
        )
        batch.action_plan()
        if send:
            batch.action_send()
        return batch

    def _waiting(self):
        return self.env["mail.scheduled.message"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", self.lead_full.id)]
        )

    def _run(self, moment=MONDAY):
        self._run_queue(moment)

    def _gone(self):
        # Who chose the leads is told about them: that is no message to the lead.
        mails = self._mails(self.lead_full).filtered(
            lambda mail: mail.message_type != "user_notification"
        )
        return mails or self._sms(self.lead_full)

    def test_who_lost_sight_of_the_lead_sends_nothing(self):
        """Mutant: what waits goes with the rights of who chose it, as they are when it goes."""
        self._wait()
        self.lead_full.user_id = self.user_colleague
        self._run_queue(MONDAY)
        self.assertFalse(self._waiting())
        self.assertFalse(self._sent(self.lead_full))
        notes = str(self.lead_full.message_ids.mapped("body"))
        self.assertIn("was not sent", notes)

    def test_it_waits_where_it_can_be_seen_and_goes_then(self):
        batch = self._wait()
        self.assertEqual((batch.later_count, batch.line_ids.state), (1, "later"))
        row = self._waiting()
        self.assertEqual(row.scheduled_date, datetime(2026, 3, 9, 6))
        self.assertEqual(row.create_uid, self.user_seller)
        self.assertIn("Hello Sara Khan", row.body)
        self.assertFalse(self.lead_full.touchpoint_ids, "waiting is not sent")
        self._run("2026-03-09 05:59:00")
        self.assertFalse(self._gone())
        self._run()
        self.assertEqual(len(self._gone()), 1)
        self.assertFalse(self._waiting())
        touchpoint = self.lead_full.touchpoint_ids
        self.assertEqual(touchpoint.message_template_id, self.message)
        self.assertFalse(touchpoint.is_human, "a selection is no personal answer")
        self._run()
        self.assertEqual(len(self._gone()), 1)

    def test_sms_waits_too(self):
        self._wait("sms")
        self.assertIn("Hello Sara Khan, see you", self._waiting().body)
        self._run()
        self.assertEqual(self._sms(self.lead_full).body, "Hello Sara Khan, see you")

    def test_a_link_that_a_person_opens_is_not_promised(self):
        batch = self._wait("whatsapp")
        self.assertEqual(batch.line_ids.state, "held")
        self.assertIn("not sent by itself", batch.line_ids.reason)
        self.assertFalse(self._waiting())

    def test_it_can_be_taken_back(self):
        batch = self._wait(send=False)
        batch.line_ids.action_take_back()
        self.assertEqual(batch.line_ids.state, "later", "nothing waits yet")
        batch.line_ids.action_take_out()
        self.assertEqual((batch.line_ids.state, batch.going_count), ("skipped", 0))
        batch = self._wait()
        batch.line_ids.action_take_back()
        self.assertEqual(batch.line_ids.state, "skipped")
        self._run()
        self.assertFalse(self._waiting() or self._gone())

    def _is_refused(self, reason):
        self._run()
        self.assertFalse(self._waiting() or self._gone())
        self.assertFalse(self.lead_full.touchpoint_ids)
        self.assertIn(reason, self.lead_full.message_ids[0].body)
        told = self.env["mail.message"].search(
            [("subject", "=", "A scheduled message was not sent")], limit=1
        )
        self.assertEqual(told.notified_partner_ids, self.user_seller.partner_id)
        self.assertIn(reason, told.body)

    def test_who_opted_out_meanwhile_gets_nothing(self):
        self._wait()
        self.lead_full.optout_email = True
        self._is_refused("does not want to get e-mails")

    def test_another_text_does_not_go(self):
        self._wait("sms")
        self.message.sms_template_id.body = OTHER_TEXT
        self._is_refused("was changed")

    def test_a_closed_lead_gets_nothing(self):
        self._wait()
        self.lead_full.action_set_lost()
        self._is_refused("is closed")

    def test_whoever_lost_the_lead_writes_to_it_no_more(self):
        self._wait()
        self.lead_full.user_id = self.user_manager
        self._run()
        self.assertFalse(self._waiting() or self._gone())

    def test_it_waits_on_where_it_may_still_not_go(self):
        self._wait()
        self.company.message_calendar_id.attendance_ids.filtered(
            lambda day: day.dayofweek == "0"
        ).unlink()
        self._run()
        self.assertEqual(self._waiting().scheduled_date, datetime(2026, 3, 10, 6))
        self.assertFalse(self._gone())

    def test_what_could_not_go_for_weeks_does_not_go(self):
        """A clock that stood still for a month sends nothing old."""
        self._wait()
        self._run("2026-04-06 06:00:00")
        self.assertFalse(self._waiting() or self._gone())
        self.assertIn("too late", self.lead_full.message_ids[0].body)

    def test_the_same_does_not_wait_twice(self):
        self._wait()
        again = self._wait()
        self.assertEqual(again.line_ids.state, "skipped")
        self.assertIn("waits already", again.line_ids.reason)
        self.assertEqual(len(self._waiting()), 1)

    def test_what_waits_comes_along_when_leads_are_merged(self):
        """C11: a waiting message of a merged lead went without a word."""
        double = self.lead_full.copy({"email_from": "sara@example.com"})
        double.user_id = self.user_seller
        waiting = self._wait(leads=double).line_ids.waiting_id
        by_hand = self.env["mail.scheduled.message"].create(
            {
                "model": "crm.lead",
                "res_id": double.id,
                "author_id": self.user_seller.partner_id.id,
                "scheduled_date": "2100-01-01 00:00:00",
                "body": "Timed by hand",
            }
        )
        stays = (self.lead_full | double).merge_opportunity()
        self.assertEqual((waiting | by_hand).mapped("res_id"), [stays.id] * 2)
        # Of two with the same message one goes; who chose the other one is told.
        third = self.lead_full.copy({"email_from": "sara@example.com"})
        third.user_id = self.user_seller
        again = self._wait(leads=third).line_ids.waiting_id
        last = (stays | third).merge_opportunity()
        self.assertEqual(len((waiting | again).exists()), 1)
        self.assertEqual((waiting | again).exists().res_id, last.id)
        self.assertIn("waits already", str(last.message_ids.mapped("body")))
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.user_seller.partner_id.id)], limit=1
        )
        self.assertIn("waits already", told.body)

    def test_who_chose_a_lead_that_is_deleted_is_told(self):
        """C11, its kind: the message went with its lead."""
        waiting = self._wait().line_ids.waiting_id
        self.lead_full.with_user(self.user_manager).unlink()
        self.assertFalse(waiting.exists())
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.user_seller.partner_id.id)], limit=1
        )
        self.assertIn("deleted", told.body)

    def test_what_was_checked_is_what_goes(self):
        self._wait()
        row = self._waiting().with_user(self.user_seller)
        with self.assertRaises(UserError):
            row.body = OTHER_TEXT
        with freeze_time(SATURDAY), self.assertRaises(UserError) as caught:
            row.post_message()
        self.assertIn("They begin at", str(caught.exception))
        self.assertTrue(row.exists())

    def test_uninstalling_cancels_what_waits(self):
        """Odoo alone would post it to the followers of the lead."""
        self._wait()
        hooks._cancel_waiting(self.env)
        self.assertFalse(self._waiting())

    def test_one_that_fails_does_not_stop_the_others(self):
        self.lead_company.user_id = self.user_seller
        self.lead_company.country_id = self.env.ref("base.sa")
        self._wait(leads=self.lead_full | self.lead_company)
        self.lead_full.optout_email = True
        self._run()
        self.assertFalse(self._gone())
        self.assertEqual(len(self._mails(self.lead_company)), 1)
