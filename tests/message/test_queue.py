# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...models.message.queues.crm_message_queue import LATER, TRIES
from .common import MessageCommon

MONDAY = datetime(2026, 3, 9, 6)


@tagged("post_install", "-at_install")
class TestMessageQueue(MessageCommon):
    """Issue 17, line 1: one clock, one lock and one hold for all that goes by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.message_calendar_id = False
        cls.queue = cls.env["crm.message.queue"]
        cls.lead_company.user_id = cls.user_colleague

    def _first(self, lead, moment=MONDAY):
        with freeze_time(moment):
            return self.env["crm.message.first"].create(
                {
                    "lead_id": lead.id,
                    "template_id": self.message.id,
                    "due_on": moment,
                }
            )

    def _later(self, lead, moment=MONDAY):
        planned = self.env["crm.message.planner"]._plan(
            lead, self.message, "email", now=moment
        )[0]
        with freeze_time(moment - timedelta(days=1)):
            return (
                self.env["mail.scheduled.message"]
                .with_user(lead.user_id)
                ._crm_message_wait([planned._replace(until=moment)])
            )

    def test_there_is_one_clock(self):
        crons = self.env["ir.cron"].with_context(active_test=False).search([])
        ours = [
            cron.code
            for cron in crons
            if cron.model_id.model.startswith(("crm.message", "crm.nurture"))
            and "enter" not in cron.code
        ]
        self.assertEqual(ours, ["model._cron_run()"])

    def test_odoos_own_clock_leaves_to_it_what_goes_by_itself(self):
        """And sends what people timed themselves, as before."""
        waiting = self._later(self.lead_full)
        with freeze_time(MONDAY - timedelta(days=1)):
            own = self.env["mail.scheduled.message"].create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead_full.id,
                    "author_id": self.env.user.partner_id.id,
                    "scheduled_date": MONDAY,
                    "body": "By hand",
                }
            )
        with freeze_time(MONDAY):
            self.env["mail.scheduled.message"]._post_messages_cron()
        self.assertFalse(own.exists())
        self.assertTrue(waiting.exists())
        self._run_queue(MONDAY)
        self.assertFalse(waiting.exists())
        self.assertEqual(self._sent(self.lead_full).message_template_id, self.message)

    def test_one_list_of_all_that_waits(self):
        first, later = self._first(self.lead_full), self._later(self.lead_company)
        rows = self.queue.search(
            [("lead_id", "in", (self.lead_full + self.lead_company).ids)]
        )
        self.assertEqual(
            {(row.origin, row.source_id, row.due_on) for row in rows},
            {("first", first.id, MONDAY), ("later", later.id, MONDAY)},
        )
        mine = self.queue.with_user(self.user_seller).search([("id", "in", rows.ids)])
        self.assertEqual(mine.lead_id, self.lead_full, "of his own leads")
        self._run_queue(MONDAY)
        self.assertFalse(self.queue.search([("id", "in", rows.ids)]), "it has gone")

    def test_it_can_be_taken_back(self):
        first, later = self._first(self.lead_full), self._later(self.lead_company)
        rows = self.queue.search(
            [("lead_id", "in", (self.lead_full + self.lead_company).ids)]
        )
        with self.assertRaises(AccessError):
            rows.with_user(self.user_seller).action_take_back()
        rows.with_user(self.user_manager).action_take_back()
        self._run_queue(MONDAY)
        self.assertEqual((first.state, later.exists()), ("skipped", later.browse()))
        self.assertFalse(self._sent(self.lead_full) + self._sent(self.lead_company))

    def test_all_wait_for_the_same_hours_and_limits(self):
        first, later = self._first(self.lead_full), self._later(self.lead_company)
        until = MONDAY + timedelta(hours=3)
        guard = type(self.env["crm.message.guard"])

        def holds(_guard, leads, now=None):
            return dict.fromkeys(leads.ids, (until, "Too early"))

        with patch.object(guard, "_holds", holds):
            self._run_queue(MONDAY)
        self.assertEqual((first.state, first.due_on), ("waiting", until))
        self.assertEqual(later.scheduled_date, until)
        self.assertFalse(self._sent(self.lead_full) + self._sent(self.lead_company))
        rows = self.queue.search(
            [("source_id", "=", first.id), ("origin", "=", "first")]
        )
        self.assertEqual(rows.reason, "Too early")
        self._run_queue(until)
        self.assertTrue(self._sent(self.lead_full) and self._sent(self.lead_company))

    def test_a_lead_that_somebody_else_holds_is_left_for_the_next_time(self):
        """One lock: the row of the lead, for people and for all sources."""
        first, later = self._first(self.lead_full), self._later(self.lead_company)
        claims = type(self.env["crm.message.claim"])
        take, waits = claims._take, []

        def held(claims, leads, wait=True):
            waits.append(wait)
            return take(claims, leads - self.lead_full, wait)

        with patch.object(claims, "_take", held):
            self._run_queue(MONDAY)
        self.assertFalse(waits[0], "the clock stands still for nobody")
        self.assertEqual(first.state, "waiting")
        self.assertFalse(later.exists(), "the others go")
        self._run_queue(MONDAY)
        self.assertEqual(first.state, "sent")

    def test_a_clock_with_nothing_to_do(self):
        self._first(self.lead_full)
        self._run_queue(MONDAY)
        self.env.flush_all()
        self.env.cr.cache.clear()
        with self.assertQueryCount(2):
            self._run_queue(MONDAY + timedelta(hours=1))

    def test_a_lead_that_is_gone_by_then(self):
        lead = self._make_lead(
            email_from="gone@ex.example", user_id=self.user_seller.id
        )
        later = self._later(lead)
        lead.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_scheduled_message SET res_id = 0 WHERE id = %s", later.ids
        )
        later.invalidate_recordset()
        self._run_queue(MONDAY)
        self.assertFalse(later.exists())

    # === SOMEBODY ELSE IS IN THE WAY === #

    def _interrupted(self, times):
        """Have the queue go while another transaction gets in its way so many times."""
        queue, tries = type(self.queue), []
        following = queue._next_batch

        def next_batch(queue, sources, passed):
            tries.append(1)
            if len(tries) <= times:
                raise SerializationFailure("somebody writes the lead")
            return following(queue, sources, passed)

        with (
            patch.object(queue, "_next_batch", next_batch),
            patch.object(self.env.cr, "rollback", lambda: None),
        ):
            self._run_queue(MONDAY)
        return len(tries)

    def test_a_first_message_is_tried_again(self):
        """Issue 13 (C11): the retry of the clock had no test."""
        first = self._first(self.lead_full)
        self.assertGreater(self._interrupted(2), 2)
        self.assertEqual(first.state, "sent")
        self.assertEqual(len(self._sent(self.lead_full)), 1)

    def test_where_somebody_is_always_in_the_way_it_goes_later(self):
        first = self._first(self.lead_full)
        cron = self.queue._cron()
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.assertEqual(self._interrupted(99), TRIES)
        self.assertEqual(first.state, "waiting")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(triggers.mapped("call_at"), [MONDAY + LATER])
        self._run_queue(MONDAY + LATER)
        self.assertEqual(first.state, "sent")
