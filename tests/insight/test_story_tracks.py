# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..nurture.common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestStoryTracks(NurtureCase):
    """What tracks did with a lead is part of its story: begun, left out, ended, and why."""

    def _told(self, lead, user=None):
        rows = lead.with_user(user or self.user_seller).get_story(kinds=["track"])
        return [(row["title"], row["note"], row["model"]) for row in rows["rows"]]

    def test_begun_and_ended(self):
        lead = self.lead_full
        one = self._enroll(lead)
        self.assertEqual(
            self._told(lead), [("Track begun: Welcome", "", "crm.nurture.enrollment")]
        )
        self._go(MONDAY)
        self._answer(lead, self.day(1))
        self.assertEqual(one.exit_code, "answered")
        self.assertEqual(
            sorted(self._told(lead)),
            [
                ("Track begun: Welcome", "", "crm.nurture.enrollment"),
                ("Track ended: Welcome", "The lead answered", "crm.nurture.enrollment"),
            ],
        )

    def test_a_message_is_told_once_as_what_it_is(self):
        lead = self.lead_full
        self._enroll(lead)
        self._go(MONDAY)
        story = lead.with_user(self.user_seller).get_story(kinds=["email", "track"])
        kinds = [row["kind"] for row in story["rows"]]
        self.assertEqual(sorted(kinds), ["email", "track"], "and not as a step, too")

    def test_what_was_left_out_and_why(self):
        lead = self.lead_full
        self.track.step_ids[0].domain = "[('priority', '=', '3')]"
        self._enroll(lead)
        self._run(MONDAY)
        self.assertIn(
            (
                "See you: Left out",
                "The condition of the step does not match",
                "crm.nurture.delivery",
            ),
            self._told(lead),
        )

    def test_a_task_that_was_done(self):
        track = self._track(
            [{"kind": "task", "name": "Call", "wait_for_task": 0}], name="Task"
        )
        self._enroll(self.lead_full, track)
        self._run(MONDAY)
        self.assertIn(
            ("Call: Done", "", "crm.nurture.delivery"), self._told(self.lead_full)
        )

    def test_who_may_not_read_the_lead_reads_no_track_of_it(self):
        self._enroll(self.lead_full)
        rows = self.env["crm.lead.event"].with_user(self.user_colleague)
        self.assertFalse(
            rows.search([("lead_id", "=", self.lead_full.id), ("kind", "=", "track")])
        )
