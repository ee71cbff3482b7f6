# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureEntry(NurtureCase):
    """Who enters, and who does not."""

    def _refused(self, lead, track=None, moment=MONDAY):
        with freeze_time(moment):
            made, _refused = self.engine._enroll(lead, track or self.track)
            codes = self.engine._may_enter(lead, track or self.track)
        return not made and codes.get(lead.id)

    def test_reasons(self):
        draft = self._track([{"template_id": self.message.id}], name="D", state="draft")
        lost = self._make_lead(email_from="lost@ex.example")
        lost.action_set_lost()
        silent = self._make_lead(email_from="silent@ex.example", optout_email=True)
        echo = self._make_lead(email_from="silent@ex.example")
        for lead, track, code in (
            (self.lead_full, draft, "not_live"),
            (lost, None, "closed"),
            (self.lead_bare, None, "address"),
            (silent, None, "blocked"),
            (echo, None, "blocked"),
        ):
            self.assertEqual(self._refused(lead, track), code)
        self._enroll(self.lead_full)
        self.assertEqual(self._refused(self.lead_full), "in_track")
        twin = self._make_lead(email_from="sara@example.com")
        self.assertEqual(self._refused(twin), "other_track")

    def test_the_words_of_a_reason(self):
        made, refused = self.engine._enroll(self.lead_bare + self.lead_full, self.track)
        self.assertEqual(made.lead_id, self.lead_full)
        self.assertEqual(list(refused), self.lead_bare.ids)
        self.assertIn("address", refused[self.lead_bare.id])

    def test_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.track.company_id = other
        self.assertEqual(self._refused(self.lead_full), "company")

    def test_once_more(self):
        """Re-entry counts from the end of the last time."""
        one = self._enroll(self.lead_full)
        with freeze_time(self.day(10)):
            self.engine._exit(one, "stage")
        self.assertEqual(self._refused(self.lead_full, moment=self.day(99)), "days")
        again = self._enroll(self.lead_full, moment=self.day(101))
        self.assertEqual(again.round, 2)
        self._go(self.day(101))
        self.assertEqual(self._states(again), ["sent"], "the first step goes again")
        self.engine._exit(again, "stage")
        self.track.reentry = "never"
        self.assertEqual(self._refused(self.lead_full, moment=self.day(900)), "never")

    def test_by_rule(self):
        track = self._track(
            [{"template_id": self.message.id}],
            name="Rule",
            entry="rule",
            domain="[('priority', '=', '2')]",
        )
        self.lead_full.priority = "2"
        lost = self._make_lead(priority="2", email_from="l@ex.example")
        lost.action_set_lost()
        self._run(MONDAY, enter=True)
        self.assertEqual(track.enrollment_ids.lead_id, self.lead_full)
        self.assertFalse(track.enrollment_ids.enrolled_by_id)
        self._run(self.day(1), enter=True)
        self.assertEqual(len(track.enrollment_ids), 1)

    def test_who_left_by_hand_stays_out_of_the_rule(self):
        track = self._track(
            [{"template_id": self.message.id}],
            name="Rule",
            entry="rule",
            domain="[('priority', '=', '2')]",
            reentry="always",
        )
        self.lead_full.priority = "2"
        self._run(MONDAY, enter=True)
        track.enrollment_ids.with_user(self.user_seller).action_stop()
        self._run(self.day(1), enter=True)
        self.assertEqual(len(track.enrollment_ids), 1)
        self.assertTrue(
            self._enroll(self.lead_full, track, self.day(2)), "a person may"
        )

    def test_a_lead_that_is_set_aside(self):
        self.company.lead_set_aside = True
        self.lead_full.qualification_state = "failed"
        self.assertEqual(self._refused(self.lead_full), "aside")


@tagged("post_install", "-at_install")
class TestNurtureRun(NurtureCase):
    """What becomes of steps."""

    def test_a_mail_that_is_not_known_to_have_left_holds_the_track(self):
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self._run(self.day(5))
        self.assertEqual(self._states(one), ["queued"])
        self._mails_leave(self.day(5))
        self._run(self.day(5))
        self.assertEqual(one.next_on, self.day(8), "days count from when it left")

    def test_the_mail_server_is_down_for_a_day(self):
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self._mails_leave(MONDAY, failure="mail_smtp")
        self._run(self.day(0, 1))
        self.assertIn(self._states(one), (["held"], ["queued"]))
        self._run(self.day(1))
        self.assertEqual(self._states(one), ["queued"])
        self._mails_leave(self.day(1))
        self._run(self.day(1))
        self.assertEqual(self._states(one), ["sent"])
        self.assertEqual(one.delivery_ids.attempts, 2)
        self.assertEqual(len(self._sent(self.lead_full)), 1, "one reached it")

    def test_an_address_that_does_not_exist(self):
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        self._mails_leave(MONDAY, failure="mail_email_invalid")
        self._run(MONDAY)
        self.assertEqual(self._states(one), ["failed"])
        self.assertEqual(one.next_on, self.day(3), "the next step is tried")

    def test_sending_hours_and_caps_hold(self):
        self.company.message_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Tuesdays",
                "tz": "UTC",
                "attendance_ids": [
                    (
                        0,
                        0,
                        {"name": "T", "dayofweek": "1", "hour_from": 9, "hour_to": 17},
                    )
                ],
            }
        )
        one = self._enroll(self.lead_full)
        self.assertEqual(one.next_on, self.day(1, -2), "nine on Tuesday in Riyadh")
        self._run(MONDAY)
        self.assertFalse(one.delivery_ids)
        self._go(self.day(1))
        self.assertEqual(self._states(one), ["sent"])

    def test_after_a_long_pause_not_everything_goes(self):
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        self.track.action_pause()
        self._run(self.day(90))
        self.assertEqual(self._states(one), ["sent"])
        self.track.action_resume()
        self._go(self.day(90))
        self.assertEqual(self._states(one), ["sent", "skipped"])
        self.assertEqual(one.next_on, self.day(97))
        self._go(self.day(97))
        self.assertEqual(self._states(one), ["sent", "skipped", "sent"])

    def test_a_clock_that_was_set_back(self):
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        self._run(self.day(-30))
        self.assertEqual(self._states(one), ["sent"])

    def test_a_task_does_not_block_for_ever(self):
        track = self._track(
            [
                {"kind": "task", "name": "Call: the offer", "wait_for_task": 4},
                {"days": 1, "template_id": self.message.id, "channel": "email"},
            ],
            name="Task",
        )
        one = self._enroll(self.lead_full, track)
        self._run(MONDAY)
        task = one.delivery_ids.followup_id
        self.assertEqual((task.state, task.user_id), ("planned", self.user_seller))
        self.assertEqual(task.activity_id.user_id, self.user_seller)
        self.assertEqual(task.summary, "Call: the offer")
        self._run(self.day(3))
        self.assertFalse(one.next_on)
        self._run(self.day(4))
        self.assertEqual(task.state, "planned", "it stays")
        self._go(self.day(5))
        self.assertEqual(self._states(one), ["done", "sent"])

    def test_a_task_that_is_done_lets_the_track_go_on(self):
        track = self._track(
            [
                {"kind": "task", "name": "Look it up", "task_channel": "task"},
                {"days": 1, "template_id": self.message.id, "channel": "email"},
            ],
            name="Task",
        )
        one = self._enroll(self.lead_full, track)
        self._run(MONDAY)
        with freeze_time(self.day(1)):
            one.delivery_ids.followup_id.activity_id.action_done()
        self._run(self.day(1))
        self.assertEqual((self._states(one), one.next_on), (["done"], self.day(2)))

    def test_an_exit_calls_the_task_off(self):
        track = self._track([{"kind": "task", "name": "Call"}], name="Task")
        one = self._enroll(self.lead_full, track)
        self._run(MONDAY)
        task = one.delivery_ids.followup_id
        self._answer(self.lead_full, self.day(1))
        task.invalidate_recordset()
        self.assertNotEqual(task.state, "planned")
        self.assertEqual(self._states(one), ["cancelled"])

    def test_a_whatsapp_message_waits_for_a_person(self):
        track = self._track(
            [
                {"template_id": self.message.id, "channel": "whatsapp"},
                {"days": 1, "template_id": self.second.id, "channel": "email"},
            ],
            name="W",
        )
        one = self._enroll(self.lead_full, track)
        self._run(MONDAY)
        self.assertEqual(self._states(one), ["open"])
        step = one.delivery_ids.followup_id
        self.assertEqual((step.channel, step.state), ("whatsapp", "planned"))
        self.assertIn("see you", step.note_before)
        self._run(self.day(4))
        self.assertEqual(self._states(one), ["skipped"], "nobody sent it")
        self.assertTrue(one.next_on)

    def test_a_whatsapp_message_that_a_person_sent(self):
        step = {"template_id": self.message.id, "channel": "whatsapp"}
        one = self._enroll(self.lead_full, self._track([step], name="W"))
        self._run(MONDAY)
        self._answer(self.lead_full, self.day(1), "whatsapp", direction="out")
        self._run(self.day(1))
        self.assertEqual(self._states(one), ["sent"])

    def test_a_stage_and_an_end(self):
        stage = self.env["crm.stage"].create(
            {"name": "Warming", "lead_role": "qualified"}
        )
        track = self._track(
            [{"kind": "stage", "stage_id": stage.id}, {"kind": "wait", "days": 2}]
            + [{"kind": "end"}],
            name="S",
        )
        one = self._enroll(self.lead_full, track)
        self._run(MONDAY)
        self.assertEqual(self.lead_full.stage_id, stage)
        self.assertEqual(one.state, "active", "its own move does not end it")
        self._run(self.day(2))
        self._run(self.day(2))
        self.assertEqual((one.state, one.exit_code), ("done", "end"))

    def test_an_action(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Mark",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                "code": "records.write({'referred': 'track'})",
            }
        )
        track = self._track([{"kind": "action", "action_id": action.id}], name="A")
        self._enroll(self.lead_full, track)
        self._run(MONDAY)
        self.assertEqual(self.lead_full.referred, "track")

    def test_conditions(self):
        track = self._track(
            [
                {
                    "template_id": self.message.id,
                    "channel": "email",
                    "domain": "[('priority', '=', '3')]",
                },
                {
                    "template_id": self.second.id,
                    "channel": "email",
                    "if_previous": "opened",
                },
                {
                    "template_id": self.third.id,
                    "channel": "email",
                    "if_previous": "silent",
                },
            ],
            name="If",
        )
        one = self._enroll(self.lead_full, track)
        for _time in range(3):
            self._go(MONDAY)
        self.assertEqual(self._states(one), ["skipped", "skipped", "sent"])
        self.assertEqual(one.delivery_ids.sorted("id")[0].reason, "condition")
        self.assertEqual(one.delivery_ids.sorted("id")[1].reason, "previous")

    def test_a_lead_that_opens_goes_on_warm(self):
        track = self._track(
            [
                {"template_id": self.message.id, "channel": "email"},
                {"days": 2, "template_id": self.second.id, "channel": "email"},
                {
                    "days": 1,
                    "template_id": self.third.id,
                    "channel": "email",
                    "lane": "warm",
                },
            ],
            name="Lanes",
        )
        one = self._enroll(self.lead_full, track)
        self._go(MONDAY)
        self._answer(self.lead_full, self.day(0, 2), "email_open")
        self._go(self.day(2))
        self._go(self.day(2, 1))
        self.assertEqual(one.lane, "warm")
        self.assertEqual(
            one.delivery_ids.sorted("id").step_id.template_id.ids[-1:], self.third.ids
        )

    @mute_logger("odoo.addons.crm_lead_management.models.common.guarded")
    def test_one_lead_that_fails_does_not_hold_the_others(self):
        other = self._make_lead(
            email_from="fine@ex.example", user_id=self.user_seller.id
        )
        one, fine = self._enroll(self.lead_full), self._enroll(other)
        planner = type(self.env["crm.message.planner"])
        plan = planner._plan
        bad = self.lead_full.id

        def broken(planner, leads, *args, **kwargs):
            if bad in leads.ids:
                raise ValueError("a template that breaks")
            return plan(planner, leads, *args, **kwargs)

        with patch.object(planner, "_plan", broken):
            self._run(MONDAY)
        self.assertEqual(self._states(fine), ["queued"])
        self.assertEqual(self._states(one), ["failed"])
        self.assertEqual(one.next_on, self.day(3))

    def test_a_way_out_in_each_mail(self):
        self._enroll(self.lead_full)
        self._run(MONDAY)
        headers = self._mails(self.lead_full).headers
        self.assertIn("List-Unsubscribe-Post", headers)

    def test_whoever_is_responsible_is_told_once(self):
        self.track.user_id = self.user_manager
        leads = self._make_leads(4, user_id=self.user_seller.id)
        for lead in leads:
            lead.email_from = f"told{lead.id}@ex.example"
        self.message.active = False

        def told():
            return self.env["mail.message"].search_count(
                [
                    ("model", "=", "crm.nurture.track"),
                    ("partner_ids", "in", self.user_manager.partner_id.ids),
                ]
            )

        for number, lead in enumerate(leads, start=1):
            self._enroll(lead)
            self._run(MONDAY)
            self.assertEqual(told(), int(number >= 3))

    def test_customers_that_went_through(self):
        one = self._enroll(self.lead_full)
        self.lead_full.type = "opportunity"
        self.lead_full.action_set_won()
        self.assertEqual((one.exit_code, self.track.customer_count), ("won", 1))

    def test_a_text_that_is_gone(self):
        one = self._enroll(self.lead_full)
        self.message.active = False
        self._run(MONDAY)
        self.assertEqual(self._states(one), ["skipped"])
        self.assertIn("archived", one.delivery_ids.reason)

    def test_as_many_queries_for_ten_and_for_a_hundred(self):
        # Odoo itself makes its mails in batches of 50.
        self.env["ir.config_parameter"].set_param("mail.batch_size", 1000)

        def run(size):
            leads = self._make_leads(size, user_id=self.user_seller.id)
            for number, lead in enumerate(leads):
                lead.email_from = f"{lead.id}.{number}@ex.example"
            with freeze_time(MONDAY):
                self.engine._enroll(leads, self.track)
            self.env.flush_all()

            def measured():
                with freeze_time(MONDAY):
                    self.engine._cron_run()

            return measured

        self.assertSameQueryCount(run, 10, 100)

    def test_as_many_queries_for_entering(self):
        def run(size):
            leads = self._make_leads(size, user_id=self.user_seller.id)
            for number, lead in enumerate(leads):
                lead.email_from = f"{lead.id}.{number}@ex.example"
            self.env.flush_all()
            return lambda: self.engine._enroll(leads, self.track)

        self.assertSameQueryCount(run, 10, 100)

    def test_idle_it_costs_two_queries(self):
        self._enroll(self.lead_full)
        self._go(MONDAY)
        self.env.flush_all()
        # Each run is a transaction of its own: nothing is known of the configuration.
        self.env.cr.cache.clear()
        with freeze_time(self.day(1)), self.assertQueryCount(2):
            self.engine._cron_run()


@tagged("post_install", "-at_install")
class TestNurtureEditing(NurtureCase):
    """Editing a live track counts for what has not gone."""

    def test_other_days(self):
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        self.track.step_ids[1].days = 6
        self.assertEqual(one.next_on, self.day(6))

    def test_a_step_before_is_never_sent_and_one_behind_is(self):
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        extra = self._make_message(name="Extra")
        new = {"track_id": self.track.id, "template_id": extra.id, "channel": "email"}
        Step = self.env["crm.nurture.step"]
        before = Step.create({**new, "sequence": 5, "days": 0})
        behind = Step.create({**new, "sequence": 15, "days": 1})
        self.assertEqual((one.step_id, one.next_on), (behind, self.day(1)))
        self._go(self.day(1))
        self.assertNotIn(before, one.delivery_ids.step_id)

    def test_another_order_and_an_archived_step(self):
        one = self._enroll(self.lead_full)
        self._go(MONDAY)
        first, second, third = self.track.step_ids
        second.sequence = 40
        self.assertEqual(one.step_id, third)
        third.active = False
        self.assertEqual(one.step_id, second)
        with self.assertRaises(UserError):
            first.unlink()
        with self.assertRaises(UserError):
            first.kind = "task"

    def test_people_pause_skip_and_stop(self):
        one = self._enroll(self.lead_full).with_user(self.user_seller)
        lead = self.lead_full.with_user(self.user_seller)
        self.assertEqual(lead.nurture_track_id, self.track)
        lead.action_nurture_skip()
        self.assertEqual(one.step_id, self.track.step_ids[1])
        window = self.env["crm.nurture.pause"].with_user(self.user_seller)
        with freeze_time(MONDAY):
            window.create(
                {"enrollment_id": one.id, "until": self.day(20)}
            ).action_pause()
        self.assertEqual((one.state, one.next_on), ("paused", self.day(20)))
        lead.action_nurture_resume()
        self.assertEqual(one.state, "active")
        lead.action_nurture_stop()
        self.assertEqual((one.state, one.exit_code), ("stopped", "hand"))
        with self.assertRaises(UserError):
            lead.action_nurture_stop()

    def test_a_retired_track_lets_everybody_go(self):
        one = self._enroll(self.lead_full)
        self.track.action_retire()
        self.assertEqual(one.exit_code, "retired")

    def test_the_next_step_is_the_track_s(self):
        self._enroll(self.lead_full, moment=MONDAY + timedelta(days=1))
        with freeze_time(MONDAY):
            self.lead_full.invalidate_recordset()
            lead = self.lead_full
            self.assertIn("Welcome", lead.next_step or "")
