# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo.tests import tagged

from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)
# The end of that working day in Brussels: who has days has all of the last one.
WEDNESDAY = MONDAY + 2 * DAY + timedelta(hours=8)


@tagged("post_install", "-at_install")
class TestFollowupSteps(FollowupCase):
    """The steps that a policy plans beside its curve."""

    def _step(self, name, **values):
        return self.env["crm.followup.step"].create(
            {"name": name, "policy_id": self.policy.id, **values}
        )

    def _of(self, lead, step):
        lead.invalidate_recordset()
        return lead.followup_ids.filtered(lambda one: one.step_id == step)

    def test_initial_steps_one_after_the_other(self):
        first = self._step("Call", sequence=1, channel="call", delay=1)
        second = self._step(
            "Send the catalogue",
            sequence=2,
            channel="email",
            after="previous",
            delay=2,
            unit="calendar",
        )
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY)
        step = self._of(lead, first)
        self.assertEqual((step.kind, step.state), ("initial", "planned"))
        # A working day after Monday at 9 in Brussels.
        self.assertTrue(MONDAY < step.due_on <= MONDAY + DAY)
        self.assertFalse(self._of(lead, second), "the one before is not done yet")
        self._touch(lead, MONDAY + timedelta(hours=5))
        self.assertEqual(self._of(lead, first).state, "done")
        step = self._of(lead, second)
        self.assertEqual((step.state, step.channel), ("planned", "email"))
        due = WEDNESDAY
        self.assertEqual(step.due_on, due)
        # Once for each lead.
        self._touch(lead, due - DAY, "email", "out", None)
        self._plan(lead, due + 3 * DAY)
        self.assertEqual(self._of(lead, first).mapped("state"), ["done"])
        self.assertEqual(self._of(lead, second).mapped("state"), ["done"])

    def test_a_targeted_step_once_when_the_lead_matches(self):
        step = self._step(
            "Ask the director",
            kind="targeted",
            after="event",
            delay=1,
            unit="calendar",
            domain=repr([("expected_revenue", ">=", 50000)]),
        )
        lead, other = (
            self._lead_at(MONDAY, type="opportunity", expected_revenue=1000)
            for _number in range(2)
        )
        self._plan(lead | other, MONDAY)
        self.assertFalse(self._of(lead | other, step))
        lead.expected_revenue = 60000
        self._plan(lead | other, MONDAY + DAY)
        planned = self._of(lead, step)
        self.assertEqual(planned.due_on, WEDNESDAY)
        self.assertFalse(self._of(other, step))
        # Looking again moves nothing.
        self._plan(lead, MONDAY + DAY + timedelta(hours=4))
        self.assertEqual(self._of(lead, step).due_on, WEDNESDAY)
        self._touch(lead, MONDAY + DAY + timedelta(hours=5))
        self._plan(lead, MONDAY + 3 * DAY)
        self.assertEqual(self._of(lead, step).mapped("state"), ["done"])

    def test_a_lead_that_is_set_aside_has_no_step(self):
        """R018: it failed the gate, and nobody has to answer it; until it is taken up."""
        first = self._step("Call", channel="call", delay=1)
        lead, other = self._lead_at(MONDAY), self._lead_at(MONDAY)
        self._plan(lead | other, MONDAY)
        self.company.lead_set_aside = True
        self.env.cr.execute(
            "UPDATE crm_lead SET qualification_state = 'failed' WHERE id = %s",
            [lead.id],
        )
        self.env.invalidate_all()
        self.assertTrue(lead.is_set_aside)
        self._plan(lead | other, MONDAY + timedelta(hours=1))
        self.assertEqual(self._of(lead, first).mapped("state"), ["cancelled"])
        self.assertEqual(lead.followup_state, "none")
        self.assertFalse(lead.next_touch_on)
        self.assertEqual(self._of(other, first).mapped("state"), ["planned"])
        # It is no defect, either: nobody looks after it on purpose.
        other.user_id = False
        mine = [("id", "in", (lead | other).ids)]
        self.assertEqual(self.accountant._defects(mine), other)
        lead.gate_waived = True
        self._plan(lead, MONDAY + timedelta(hours=2))
        self.assertTrue(lead.next_touch_on)
