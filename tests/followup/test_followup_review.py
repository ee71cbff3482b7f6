# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)
NOW = MONDAY + 8 * DAY


@tagged("post_install", "-at_install")
class TestFollowupReview(FollowupCase):
    """The weekly review: what to talk about, what becomes of decisions, who is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team_north.user_id = cls.user_all
        cls.Meeting = cls.env["crm.review.meeting"].with_user(cls.user_all)

    def _north(self, **values):
        return self._lead_at(MONDAY, team_id=self.team_north.id, **values)

    def _meet(self, moment=NOW):
        with freeze_time(moment):
            return self.Meeting.create({"team_id": self.team_north.id})

    def _leads(self):
        """Return leads of each kind, by the reason for which they are talked about."""
        late, no_owner, no_step = (
            self._north(),
            self._north(user_id=False),
            self._north(),
        )
        self._touch(late, MONDAY + timedelta(hours=1))
        waiting = self._north()
        waiting.response_deadline = MONDAY + DAY
        fine = self._north()
        self._touch(fine, NOW - DAY)
        other = self._lead_at(MONDAY, team_id=self.team_south.id, user_id=False)
        return late, no_owner, no_step, waiting, fine, other

    def test_the_agenda_has_a_fixed_order_and_each_lead_once(self):
        late, no_owner, no_step, waiting, _fine, _other = self._leads()
        meeting = self._meet()
        found = [(line.lead_id.id, line.reason) for line in meeting.line_ids]
        expected = [
            (waiting.id, "2_waiting"),
            (no_owner.id, "3_no_owner"),
            (no_step.id, "4_no_step"),
            (late.id, "5_overdue"),
        ]
        self.assertEqual(found, expected)
        self.assertEqual(meeting.rest_count, 0)

    def test_at_most_25_and_the_rest_as_a_number(self):
        for _number in range(28):
            self._north(user_id=False)
        meeting = self._meet()
        self.assertEqual((len(meeting.line_ids), meeting.rest_count), (25, 3))

    def test_decisions_become_steps_and_each_is_told_once(self):
        late, no_owner, no_step, waiting, _fine, _other = self._leads()
        meeting = self._meet()
        line_of = {line.lead_id: line for line in meeting.line_ids}
        due = NOW + DAY
        for lead in (late, no_step):
            line_of[lead].write({"decision": "call", "due_on": due})
            self.assertEqual(line_of[lead].user_id, self.user_seller)
        line_of[no_owner].write(
            {"decision": "reassign", "user_id": self.user_colleague.id}
        )
        line_of[waiting].decision = "meet"
        with freeze_time(NOW), self.assertRaises(UserError):
            meeting.action_hold()
        line_of[waiting].write({"decision": "wait"})
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        with freeze_time(NOW):
            meeting.with_context(tracking_disable=False).action_hold()
        self.assertEqual(meeting.state, "held")
        self.assertEqual(no_owner.user_id, self.user_colleague)
        step = line_of[late].followup_id.sudo()
        self.assertEqual(
            (step.kind, step.user_id, step.due_on), ("review", self.user_seller, due)
        )
        self.assertTrue(step.activity_id)
        told = self.env["mail.message"].search(
            [
                ("id", ">", before),
                ("partner_ids", "in", self.user_seller.partner_id.ids),
                ("subject", "like", "review"),
            ]
        )
        self.assertEqual(len(told), 1)
        with self.assertRaises(UserError):
            meeting.action_hold()
        with self.assertRaises(UserError):
            line_of[late].decision = "wait"
        # Next week begins with what became of it: one was done, the other was not.
        self._touch(no_step, NOW + timedelta(hours=3))
        again = self._meet(NOW + 7 * DAY)
        self.assertEqual(again.last_id, meeting)
        self.assertEqual(again.line_ids[0].lead_id, late)
        self.assertEqual(again.line_ids[0].reason, "1_decided")
        outcomes = {line.lead_id: line.outcome for line in again.last_line_ids}
        self.assertEqual((outcomes[late], outcomes[no_step]), ("planned", "done"))

    def test_a_drop_is_a_drop(self):
        self._leads()
        meeting = self._meet()
        line = meeting.line_ids[-1]
        reason = self.env["crm.lost.reason"].search([], limit=1)
        line.write({"decision": "drop", "lost_reason_id": reason.id})
        with freeze_time(NOW):
            meeting.action_hold()
        self.assertFalse(line.lead_id.active)
        self.assertEqual(line.lead_id.lost_reason_id, reason)

    def test_a_step_needs_a_person_and_a_date_to_come(self):
        line = self._line(self._north())
        seller, due = self.user_seller.id, NOW + DAY
        for values in (
            {"user_id": seller, "due_on": False},
            {"user_id": seller, "due_on": NOW - DAY},
            {"user_id": False, "due_on": due},
        ):
            line.write({"decision": "call", **values})
            with freeze_time(NOW), self.assertRaises(UserError):
                line.meeting_id.action_hold()
        line.write({"user_id": seller, "due_on": due})
        with freeze_time(NOW):
            line.meeting_id.action_hold()
        self.assertTrue(line.followup_id)

    def test_what_is_given_away_does_not_come_back(self):
        """To nobody named: routing finds another person than the owner."""
        line = self._line(self._north())
        line.write({"decision": "reassign", "user_id": False})
        Engine = type(self.env["crm.routing.engine"])
        with (
            freeze_time(NOW),
            patch.object(Engine, "_route", autospec=True) as route,
        ):
            line.meeting_id.action_hold()
        (_engine, lead), options = route.call_args
        self.assertEqual(lead, line.lead_id)
        taken_from = {lead.id: {self.user_seller.id}}
        self.assertEqual(options, {"mode": "manual", "excluded": taken_from})

    def test_who_holds_it_is_not_told_of_his_own(self):
        line = self._line(self._north())
        due = NOW + DAY
        line.write({"decision": "call", "user_id": self.user_all.id, "due_on": due})
        Teller = type(self.env["crm.routing.teller"])
        with freeze_time(NOW), patch.object(Teller, "_notify", autospec=True) as notify:
            line.meeting_id.action_hold()
        self.assertEqual(line.followup_id.sudo().user_id, self.user_all)
        notify.assert_not_called()

    def _line(self, lead):
        """Return the line of a lead in a new review."""
        return self._meet().line_ids.filtered(lambda line: line.lead_id == lead)

    def test_it_is_for_who_leads_the_team(self):
        meeting = self._meet()
        for user in (self.user_seller, self.user_colleague):
            with self.assertRaises(AccessError):
                meeting.with_user(user).read(["note"])
            with self.assertRaises(AccessError):
                self.env["crm.review.meeting"].with_user(user).create(
                    {"team_id": self.team_north.id}
                )
        self.assertTrue(meeting.with_user(self.user_manager).read(["note"]))

    def test_two_steps_of_each_person_are_to_be_checked(self):
        for number in range(4):
            lead = self._north()
            self._touch(lead, NOW - 4 * DAY)
            self._touch(lead, NOW - DAY + timedelta(minutes=number))
        done = self.Step.search([("state", "=", "done")])
        self.assertEqual(len(done), 4)
        self._meet()
        self.assertNotIn("to_check", done.mapped("check_state"))
        self.company.lead_followup_sample = True
        meeting = self._meet()
        self.assertEqual(done.mapped("check_state").count("to_check"), 2)
        self.assertEqual(len(meeting.check_ids), 2)
        # Checked or not, there are no more of this week.
        meeting.check_ids[0].action_check_good()
        self._meet()
        self.assertEqual(done.mapped("check_state").count("to_check"), 1)
