# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFollowupDay(FollowupCase):
    """What people see and do: My day, the NEXT strip, "What next?", move, skip."""

    def setUp(self):
        super().setUp()
        self.lead = self._lead_at(MONDAY)
        self._touch(self.lead, MONDAY + timedelta(hours=1))
        self.mine = self.lead.with_user(self.user_seller)
        self.Agenda = self.env["crm.lead.agenda"].with_user(self.user_seller)

    def _agenda(self):
        self.env.invalidate_all()  # each look is one of its own
        return self.Agenda.search([("user_id", "=", self.user_seller.id)])

    def test_the_day_is_grouped_by_when(self):
        step = self.lead.followup_ids
        for moment, bucket in (
            (MONDAY + timedelta(hours=2), "4_week"),
            (step.due_on - timedelta(hours=2), "3_today"),
            (step.due_on + timedelta(hours=1), "2_overdue"),
        ):
            with freeze_time(moment):
                self.assertEqual(self._agenda().bucket, bucket)
                self.assertEqual(self._agenda().lead_id, self.lead)

    def test_a_step_to_come_says_what_will_be_forgotten_by_then(self):
        """Right after a contact it said that nothing was forgotten, as the reason to call."""
        step = self.lead.followup_ids
        to_come = "3 days after the last contact, when about 53 % is forgotten"
        now = "3 days since the last contact, about 53 % is forgotten"
        for moment, why in (
            (MONDAY + timedelta(hours=2), to_come),
            (step.due_on + timedelta(minutes=1), now),
        ):
            with freeze_time(moment):
                self.assertEqual(self._agenda().why, why)
                self.assertEqual(self.mine.next_step_why, why)

    def test_a_list_that_shows_the_next_step_reads_its_leads_once(self):
        """All of their fields were read once more, to say why it is to be done."""
        self.env.invalidate_all()
        found = self.mine.search_fetch([("id", "=", self.mine.id)], ["next_step"])
        with (
            freeze_time(MONDAY + DAY),
            patch.object(type(self.env["crm.lead"]), "fetch") as read,
        ):
            self.assertTrue(found.next_step_why)
        read.assert_not_called()

    def test_one_row_for_each_lead(self):
        """The earliest of all that is open: here an own activity, though the answer waits, too."""
        self._touch(self.lead, MONDAY + DAY, "email", "in", None)
        with freeze_time(MONDAY + DAY):
            self.assertEqual(self._agenda().bucket, "1_answer")
            self.lead.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=MONDAY.date(),
                summary="Before all",
                user_id=self.user_seller.id,
            )
            self.assertEqual(self._agenda().what, "Before all")

    def test_the_clock_of_the_first_answer_comes_first(self):
        self.env["crm.routing.policy"].create({"name": "All", "minutes": 60})
        lead = self._lead_at(MONDAY)
        with freeze_time(MONDAY):
            self.env["crm.routing.clock"]._start(lead)
            self._plan(lead, MONDAY)
            self.assertPlanned(lead)
            row = self._agenda().filtered(lambda one: one.lead_id == lead)
            self.assertEqual((row.source, row.bucket), ("clock", "1_answer"))
            self.assertEqual(lead.next_step_on, MONDAY + timedelta(hours=1))

    def test_others_see_only_what_they_may(self):
        agenda = self.env["crm.lead.agenda"]
        self.assertFalse(
            agenda.with_user(self.user_colleague).search(
                [("lead_id", "=", self.lead.id)]
            )
        )
        step = self.lead.followup_ids
        with self.assertRaises(AccessError):
            step.with_user(self.user_colleague).read(["due_on"])
        # Who is to do it sees it, whosever the lead is.
        step.acting_user_id = self.user_colleague
        self.assertTrue(step.with_user(self.user_colleague).read(["due_on"]))
        found = agenda.with_user(self.user_colleague).search([])
        self.assertEqual(found.lead_id, self.lead)
        with self.assertRaises(AccessError):
            step.with_user(self.user_seller).write({"state": "done"})

    def test_do_it_opens_what_it_is_done_with(self):
        with freeze_time(MONDAY + timedelta(days=3)):
            action = self._agenda().action_do()
        self.assertEqual(action["res_model"], "crm.lead.call")
        step = self.lead.followup_ids
        step.channel = "email"
        self.env.flush_all()
        with freeze_time(MONDAY + timedelta(days=3)):
            action = self.mine.action_followup_do()
        self.assertEqual(action["res_model"], "crm.message.compose")

    def test_a_contact_is_noted_and_asks_what_is_next(self):
        with freeze_time(MONDAY + timedelta(days=3)):
            window = (
                self.env["crm.lead.call"]
                .with_user(self.user_seller)
                .create(
                    {"lead_id": self.lead.id, "kind": "meeting", "note": "They like it"}
                )
            )
            action = window.action_held()
            self.assertEqual(action["res_model"], "crm.followup.next")
            after = (
                self.env["crm.followup.next"]
                .with_user(self.user_seller)
                .with_context(**action["context"])
                .create({"note_after": "They like it", "note_before": "Who signs?"})
            )
            self.assertEqual(after.done_id.state, "done")
            self.assertTrue(after.step_id)
            after.action_plan()
        step = self.assertPlanned(self.lead, "touch")
        self.assertEqual(
            step.kind, "periodic"
        )  # nothing was changed: the curve goes on
        self.assertEqual(step.note_before, "Who signs?")
        self.assertEqual(after.done_id.note_after, "They like it")

    def test_who_changes_the_proposal_plans_it(self):
        with freeze_time(MONDAY + timedelta(days=1)):
            window = (
                self.env["crm.followup.next"]
                .with_user(self.user_seller)
                .with_context(default_lead_id=self.lead.id)
                .create(
                    {
                        "summary": "Send the samples",
                        "channel": "email",
                        "due_on": MONDAY + timedelta(days=10),
                        "note_before": "Which roast?",
                    }
                )
            )
            window.action_plan()
            step = self.lead.followup_ids.filtered(lambda one: one.state == "planned")
            self.assertEqual((step.kind, step.summary), ("own", "Send the samples"))
            self.assertEqual(step.activity_id.user_id, self.user_seller)
            self.assertEqual(self.mine.next_step, "Send the samples")
            with self.assertRaises(UserError):
                window.due_on = MONDAY
                window.action_plan()

    def test_notes_may_be_wanted(self):
        self.company.lead_followup_notes = "require"
        with freeze_time(MONDAY + timedelta(days=1)):
            window = (
                self.env["crm.followup.next"]
                .with_user(self.user_seller)
                .with_context(default_lead_id=self.lead.id)
                .create({})
            )
            with self.assertRaises(UserError):
                window.action_leave()
            window.write({"note_after": "Talked", "note_before": "Price?"})
            window.action_leave()
        self.company.lead_followup_notes = "off"
        station = self.env["crm.followup.station"]
        self.assertIsNone(station._what_next(self.mine))

    def test_nobody_is_asked_where_nothing_is_planned(self):
        """Not by the policy of another company, nor by archived ones; by a duty alone, yes."""
        station = self.env["crm.followup.station"]
        self.assertTrue(station._what_next(self.mine))
        self.assertTrue(self.mine.is_followup_on)
        self.policy.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertIsNone(station._what_next(self.mine))
        self.mine.invalidate_recordset()
        self.assertFalse(self.mine.is_followup_on)
        self.assertTrue(self.engine._is_on())
        self.policy.active = False
        self.assertFalse(self.engine._is_on())
        duty = self.env["crm.followup.duty"].create({"code": "offer", "who": "owner"})
        self.assertTrue(station._what_next(self.mine))
        duty.active = False
        self.assertIsNone(station._what_next(self.mine))

    def _change(self, mode, moment, **values):
        with freeze_time(moment):
            action = getattr(self.mine, f"action_followup_{mode}")()
            window = (
                self.env["crm.followup.change"]
                .with_user(self.user_seller)
                .with_context(**action["context"])
                .create(values)
            )
            window.action_apply()

    def test_skip_wants_a_reason(self):
        with self.assertRaises(UserError):
            self._change("skip", MONDAY + DAY)
        step = self.lead.followup_ids
        self._change("skip", MONDAY + DAY, reason="At the fair")
        self.assertEqual((step.state, step.reason_text), ("skipped", "At the fair"))

    def test_move_and_whoever_is_late_stays_late(self):
        step, later = self.lead.followup_ids, MONDAY + timedelta(days=12)
        self._change("move", step.due_on + DAY, due_on=later)
        self.assertEqual(step.state, "missed")
        planned = self.lead.followup_ids.filtered(lambda one: one.state == "planned")
        self.assertEqual((planned.due_on, planned.kind), (later, "own"))
        # An own plan is moved as it is.
        self._change("move", MONDAY + timedelta(days=9), due_on=later + DAY)
        self.assertEqual((planned.due_on, planned.state), (later + DAY, "planned"))
        self.assertEqual(planned.activity_id.date_deadline, (later + DAY).date())

    def test_a_year_that_nobody_plans_for_is_mistyped(self):
        """It was planned, or ended in an error that says nothing."""
        far = datetime(9999, 12, 31, 23, 59)
        activity = self.lead.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.user_seller.id
        )
        windows = self.env["crm.followup.change"].with_user(self.user_seller)
        move = {"lead_id": self.lead.id, "mode": "move", "due_on": far}
        with self.assertRaisesRegex(UserError, "ten years"):
            windows.create({**move, "activity_id": activity.id}).action_apply()
        with self.assertRaisesRegex(UserError, "ten years"):
            self._change("move", MONDAY + DAY, due_on=far)
        plan = self.env["crm.followup.next"].with_user(self.user_seller)
        plan = plan.with_context(default_lead_id=self.lead.id).create({"due_on": far})
        with self.assertRaisesRegex(UserError, "ten years"):
            plan.action_plan()
        call = self.env["crm.lead.call"].with_user(self.user_seller)
        call = call.create({"lead_id": self.lead.id, "occurred_on": datetime(26, 1, 2)})
        with self.assertRaisesRegex(UserError, "ten years"):
            call.action_talked()

    def test_a_colleague_changes_nothing(self):
        step = self.lead.followup_ids
        Change = self.env["crm.followup.change"].with_user(self.user_colleague)
        with self.assertRaises(AccessError):
            Change.create(
                {
                    "lead_id": self.lead.id,
                    "followup_id": step.id,
                    "mode": "skip",
                    "reason": "x",
                }
            ).action_apply()

    def test_a_drop_wants_its_reason(self):
        self.company.lead_drop_reason = True
        with self.assertRaises(UserError):
            self.mine.action_set_lost()
        reason = self.env["crm.lost.reason"].search([], limit=1)
        self.mine.action_set_lost(lost_reason_id=reason.id)
        self.assertFalse(self.lead.active)

    def test_who_had_steps_with_a_dropped_lead_is_told_once(self):
        with freeze_time(MONDAY + DAY):
            for what in ("one", "two"):
                self.engine._plan_own(
                    self.lead,
                    MONDAY + timedelta(days=4),
                    "task",
                    user=self.user_all,
                    summary=what,
                )
            before = (
                self.env["mail.message"].search([], order="id desc", limit=1).id or 0
            )
            self.mine.with_context(tracking_disable=False).action_set_lost()
        told = self.env["mail.message"].search(
            [("id", ">", before), ("partner_ids", "in", self.user_all.partner_id.ids)]
        )
        self.assertEqual(len(told), 1)
        self.assertFalse(self.lead.activity_ids)

    def test_only_the_leader_checks(self):
        step = self.lead.followup_ids
        step.write({"check_state": "to_check", "done_by_id": self.user_seller.id})
        with self.assertRaises(UserError):
            step.with_user(self.user_seller).action_check_good()
        step.with_user(self.user_manager).action_check_bad()
        self.assertEqual(
            (step.check_state, step.checked_by_id), ("bad", self.user_manager)
        )

    def test_the_preview_writes_nothing(self):
        never = self._lead_at(MONDAY)
        policy = self._policy(name="Tried", active=False)
        with freeze_time(MONDAY + timedelta(days=10)):
            window = (
                self.env["crm.followup.preview"]
                .with_user(self.user_manager)
                .create({"policy_id": policy.id})
            )
            self.assertGreaterEqual(window.lead_count, 2)
            self.assertGreaterEqual(window.never_count, 1)
            total = window.past_count + window.week_count + window.later_count
            self.assertEqual(total, window.lead_count)
            self.assertFalse(never.followup_ids)
            window.action_switch_on()
        self.assertTrue(policy.active)


@tagged("post_install", "-at_install")
class TestFollowupShipped(FollowupCase):
    """What a company gets that has the addon already."""

    def test_an_update_brings_policies_and_tracks(self):
        names = ("crm_followup_policy_hot", "crm_nurture_track_welcome")
        self.env["ir.model.data"].search(
            [
                ("module", "=", "crm_lead_management"),
                ("model", "=like", "crm.followup.%"),
            ]
        ).unlink()
        self.env["ir.model.data"].search(
            [
                ("module", "=", "crm_lead_management"),
                ("model", "=like", "crm.nurture.%"),
            ]
        ).unlink()
        path = file_path("crm_lead_management/migrations/19.0.1.1.0/post-shipped.py")
        load_script(path, "post_shipped").migrate(self.env.cr, "19.0.1.0.0")
        policy, track = (self.env.ref(f"crm_lead_management.{name}") for name in names)
        self.assertFalse(policy.active)
        self.assertEqual(track.state, "draft")
        self.assertEqual(len(track.step_ids), 4)
