# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import MONDAY, NurtureCase


@tagged("post_install", "-at_install")
class TestNurtureEngine(NurtureCase):
    """A lead goes through a track, once, and nothing goes twice."""

    def test_a_lead_goes_through_its_track(self):
        lead = self.lead_full
        one = self._enroll(lead)
        self.assertEqual((one.state, one.next_on), ("active", MONDAY))
        self._go(MONDAY)
        self.assertEqual(self._states(one), ["sent"])
        self.assertEqual(one.next_on, self.day(3))
        self._go(self.day(2))
        self.assertEqual(self._states(one), ["sent"])
        self._go(self.day(3))
        self._go(self.day(10))
        self.assertEqual(self._states(one), ["sent"] * 3)
        self._run(self.day(10, 1))
        self.assertEqual((one.state, one.exit_code), ("done", "end"))
        sent = self._sent(lead)
        self.assertEqual(
            sent.message_template_id, self.message + self.second + self.third
        )
        self.assertFalse(any(sent.mapped("is_human")), "no person wrote it")

    def test_twice_in_the_same_minute(self):
        one = self._enroll(self.lead_full)
        for _time in range(3):
            self._run(MONDAY)
        self.assertEqual(self._states(one), ["queued"])
        self.assertEqual(len(self._mails(self.lead_full)), 1)

    def test_an_answer_ends_it_and_calls_the_mail_off(self):
        one = self._enroll(self.lead_full)
        self._run(MONDAY)
        mail = self._mails(self.lead_full)
        self.assertEqual(mail.state, "outgoing")
        self._answer(self.lead_full, self.day(0, 1))
        self.assertEqual((one.state, one.exit_code), ("stopped", "answered"))
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(self._states(one), ["cancelled"])
        self._run(self.day(3))
        self.assertEqual(self._states(one), ["cancelled"])
