# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFollowupCare(FollowupCase):
    """What a customer says after the win, what follows from it, and whom he sends to us."""

    def setUp(self):
        super().setUp()
        self.env["crm.followup.duty"].create(
            {"code": "care", "who": "owner", "minutes": 7 * 480}
        )
        self.leader = self.user_all
        self.team_north.user_id = self.leader
        self.customer = self.env["res.partner"].create({"name": "Ann"})
        self.lead = self._lead_at(MONDAY)
        self.lead.write({"team_id": self.team_north.id, "partner_id": self.customer.id})
        with freeze_time(MONDAY + DAY):
            self.lead.action_set_won()
            self._plan(self.lead, MONDAY + DAY)
        self.moment = MONDAY + 2 * DAY
        self._touch(self.lead, self.moment)
        self.care = self.lead.followup_ids.filtered(lambda step: step.duty == "care")

    def _say(self, outcome):
        with freeze_time(self.moment + timedelta(minutes=1)):
            lead = self.lead.with_user(self.user_seller)
            action = self.env["crm.followup.station"]._what_next(lead)
            window = self.env["crm.followup.next"].with_user(self.user_seller)
            window = window.with_context(**action["context"]).create({})
            self.assertTrue(window.is_care)
            window.write({"care_outcome": outcome, "note_after": "Said so"})
            return window.action_leave()

    def _planned(self):
        self.env.invalidate_all()  # each look is one of its own
        return self.lead.followup_ids.filtered(
            lambda step: step.state == "planned" and step.kind == "own"
        )

    def test_who_is_content_is_asked_for_a_recommendation_once(self):
        self.assertEqual(self.care.state, "done")
        self._say("content")
        self.assertEqual(self.care.care_outcome, "content")
        step = self._planned()
        self.assertEqual((step.duty, step.user_id), ("recommend", self.user_seller))
        self.assertTrue(step.activity_id)
        self._say("content")
        self.assertEqual(self._planned(), step)

    def test_a_problem_is_for_the_leader(self):
        self._say("problem")
        self.assertEqual(self.care.care_outcome, "problem")
        step = self._planned()
        self.assertEqual((step.duty, step.user_id), ("other", self.leader))
        self.assertEqual(step.note_before, "Said so")
        self.assertEqual(self.care.note_after, "Said so")

    def test_who_wants_more_becomes_a_new_lead(self):
        action = self._say("more")
        self.assertEqual(self.care.care_outcome, "more")
        lead = self.env["crm.lead"].with_context(**action["context"]).new({})
        self.assertEqual(lead.partner_id, self.customer)

    def test_nobody_is_asked_about_an_open_lead(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, self.moment)
        with freeze_time(self.moment):
            window = self.env["crm.followup.next"].with_context(default_lead_id=lead.id)
            window = window.create({"care_outcome": "problem"})
            self.assertFalse(window.is_care)
            window.action_leave()
        self.assertNotIn("problem", lead.followup_ids.mapped("care_outcome"))

    def test_nobody_is_asked_where_nobody_cares(self):
        self.env["crm.followup.duty"].search([]).active = False
        station = self.env["crm.followup.station"]
        self.assertIsNone(station._what_next(self.lead.with_user(self.user_seller)))

    def test_recommended_somebody(self):
        action = self.lead.with_user(self.user_seller).action_recommended()
        lead = self.env["crm.lead"].with_user(self.user_seller)
        lead = lead.with_context(**action["context"]).create({"name": "Bob"})
        self.assertEqual(lead.referrer_id, self.customer)
        self.assertEqual(lead.referred, "Ann")
        self.assertEqual(lead.source_id, self.env.ref("utm.utm_source_referral"))

    def test_working_time_before_the_answer(self):
        """By the owner's hours, from 9 to 17 in Brussels; what was noted stays."""
        lead = self._lead_at(MONDAY)  # at 9 o'clock there
        self._touch(lead, MONDAY + DAY + timedelta(hours=1))
        self.assertFalse(lead.first_response_working)
        clock = self.env["crm.routing.clock"]
        clock._measure_answers()
        self.assertEqual(lead.first_response_working, 9 * 60)
        self.calendar.attendance_ids.hour_from = 12.0
        clock._measure_answers()
        self.assertEqual(lead.first_response_working, 9 * 60)
        # An earlier answer is measured anew.
        self._touch(lead, MONDAY + timedelta(seconds=30))
        self.assertFalse(lead.first_response_working)
        clock._measure_answers()
        self.assertEqual(
            lead.first_response_working, 1, "no minute of work: one at least"
        )
