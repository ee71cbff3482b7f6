# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureReview(NurtureCase):
    """A weekly review decides that a track keeps in touch with a lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team_north.user_id = cls.user_all
        cls.lead = cls.lead_full
        cls.lead.team_id = cls.team_north
        meetings = cls.env["crm.review.meeting"].with_user(cls.user_all)
        cls.meeting = meetings.create(
            {
                "team_id": cls.team_north.id,
                "line_ids": [(0, 0, {"lead_id": cls.lead.id})],
            }
        )
        cls.line = cls.meeting.line_ids

    def test_the_lead_enters_the_track(self):
        self.line.write({"decision": "nurture", "track_id": self.track.id})
        self.meeting.action_hold()
        enrollment = self.lead.nurture_enrollment_ids
        self.assertEqual(enrollment.track_id, self.track)
        self.assertEqual(enrollment.enrolled_by_id, self.user_all)
        # It goes by itself: nobody has a step to do.
        self.assertFalse(self.line.followup_id)
        with self.assertRaises(UserError):
            self.line.track_id = False

    def test_which_track_must_be_said(self):
        self.line.decision = "nurture"
        with self.assertRaisesRegex(UserError, self.lead.display_name):
            self.meeting.action_hold()
        self.assertEqual(self.meeting.state, "draft")

    def test_who_may_not_enter_stays_where_he_is(self):
        """The reason is told before anything is carried out."""
        self._enroll(self.lead)
        self.line.write({"decision": "nurture", "track_id": self.track.id})
        with self.assertRaisesRegex(UserError, self.track.name):
            self.meeting.action_hold()
        self.assertEqual(self.meeting.state, "draft")
        self.assertEqual(len(self.lead.nurture_enrollment_ids), 1)
        self.track.state = "paused"
        with self.assertRaises(UserError):
            self.meeting.action_hold()
