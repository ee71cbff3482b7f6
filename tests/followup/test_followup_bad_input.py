# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)
GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
BROKEN = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"


@tagged("post_install", "-at_install")
class TestFollowupBadInput(FollowupCase):
    """What nobody plans for, and what happens all the same."""

    def test_ten_thousand_touchpoints_on_one_lead(self):
        """The same queries as for one; the date is that of the last."""
        few, many = self._lead_at(MONDAY), self._lead_at(MONDAY)
        self._touch(few, MONDAY + timedelta(hours=1))
        self.env.cr.execute(
            "INSERT INTO crm_touchpoint (lead_id, kind, direction, is_human, occurred_on, source)"
            " SELECT %s, 'email', 'in', TRUE, %s::timestamp - make_interval(mins => n), 'many'"
            " FROM generate_series(0, 9999) AS n",
            [many.id, MONDAY + timedelta(hours=1)],
        )
        self._plan(few | many, MONDAY + DAY)
        now, counts = MONDAY + 2 * DAY, []
        for lead in (few, many):
            self.env.cr.execute(
                "UPDATE crm_lead SET next_touch_on = NULL WHERE id = %s", [lead.id]
            )
            self.env.invalidate_all()
            with freeze_time(now):
                before = self.env.cr.sql_log_count
                self.engine._plan(lead, now)
                counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertEqual(many.last_contact_on, MONDAY + timedelta(hours=1))
        self.assertEqual(many.contact_count, 8)  # 10,000 minutes are a week
        self.assertPlanned(many, "touch")

    def test_activities_that_people_delete(self):
        """The step is skipped, with its reason, and what is next is planned."""
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        step = self.assertPlanned(lead, "touch")
        due = step.due_on
        self._cron(due - timedelta(hours=2))
        self.assertTrue(step.activity_id)
        with freeze_time(due - timedelta(hours=1)):
            step.activity_id.with_user(self.user_seller).unlink()
        self.assertEqual((step.state, step.reason), ("skipped", "activity_cancelled"))
        following = self.assertPlanned(lead, "touch")
        self.assertNotEqual(following, step)
        # Deleted without the ORM, as a clean-up may do: the step stands, and shows itself anew.
        self._cron(following.due_on - timedelta(hours=2))
        gone = following.activity_id
        self.assertTrue(gone)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM mail_activity WHERE id = %s", [gone.id])
        self.env.invalidate_all()
        self._cron(following.due_on - timedelta(hours=1))
        self.assertEqual(following.state, "planned")
        self.assertTrue(following.activity_id)

    def test_a_policy_for_nobody(self):
        """It plans nothing, stops nothing, and the others go on."""
        nobody = self._policy(
            name="Nobody",
            sequence=1,
            first_days=1,
            domain=repr([("id", "=", 0)]),
        )
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        self.assertEqual(self.assertPlanned(lead, "touch").policy_id, self.policy)
        with freeze_time(MONDAY):
            preview = self.env["crm.followup.preview"].create({"policy_id": nobody.id})
            self.assertEqual(preview.lead_count, 0)
        self.policy.active = False
        self._plan(lead, MONDAY + DAY)
        self.assertPlanned(lead)
        self.assertFalse(lead.next_touch_on)

    def test_a_day_that_the_calendar_does_not_have(self):
        """A step on a Sunday goes to Monday; a calendar without days is not waited for."""
        step = self.env["crm.followup.step"].create(
            {
                "policy_id": self.policy.id,
                "name": "After six days",
                "kind": "initial",
                "duty": "needs_call",
                "channel": "call",
                "after": "received",
                "delay": 6,
                "unit": "calendar",
            }
        )
        lead = self._lead_at(MONDAY)
        self._plan(lead, MONDAY)
        planned = lead.followup_ids.filtered(lambda one: one.step_id == step)
        # Sunday the 8th: until the end of Monday.
        self.assertEqual(planned.due_on, datetime(2026, 3, 9, 16, 0))
        # Nobody works for more than a year: the date itself.
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": MONDAY,
                "date_to": MONDAY + timedelta(days=800),
            }
        )
        other = self._lead_at(MONDAY + timedelta(hours=1))
        # And the log says so.
        with self.assertLogs("odoo.addons.crm_lead_management", "WARNING") as log:
            self._plan(other, MONDAY + timedelta(hours=2))
        self.assertIn("no working time", log.output[0])
        planned = other.followup_ids.filtered(lambda one: one.step_id == step)
        self.assertEqual(planned.due_on.date(), (MONDAY + timedelta(days=6)).date())

    def test_owners_without_calendar_or_zone(self):
        """Around the clock, in UTC; and the lead of nobody is somebody's."""
        self.company.resource_calendar_id = False
        self.user_seller.tz = False
        self.user_seller.resource_ids.calendar_id = False
        owned = self._lead_at(MONDAY)
        orphan = self._lead_at(MONDAY, user_id=False, team_id=False)
        for lead in owned | orphan:
            self._touch(lead, MONDAY + timedelta(hours=1))
            step = self.assertPlanned(lead, "touch")
            self.assertTrue(step.user_id.active)
            self.assertGreater(step.due_on, MONDAY)
            self._cron(step.due_on - timedelta(hours=1))
            self.assertTrue(step.activity_id.user_id)

    def test_an_event_that_is_deleted_never_was(self):
        """By whatever way: the columns are those that the other events give alone."""
        one, other = self._lead_at(MONDAY), self._lead_at(MONDAY)
        for lead in one | other:
            self._touch(lead, MONDAY + timedelta(hours=1))
        wrong = self._touch(one, MONDAY + DAY)
        columns = ("next_touch_on", "last_contact_on", "contact_count", "retention_k")
        self.assertNotEqual(one.contact_count, other.contact_count)
        self.env.flush_all()
        # As a cascade of the database does it: nobody is told.
        self.env.cr.execute("DELETE FROM crm_touchpoint WHERE id = %s", [wrong.id])
        self.env.invalidate_all()
        self._plan(one | other, MONDAY + 2 * DAY)
        for name in columns:
            self.assertEqual(one[name], other[name], name)

    def test_a_policy_that_breaks_is_switched_off_alone(self):
        """A field of its condition is gone: the policy after it plans on."""
        broken = self._policy(
            name="Broken", sequence=0, domain=repr([("function", "=", "CEO")])
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_followup_policy SET domain = %s WHERE id = %s",
            [repr([("x_gone", "=", 1)]), broken.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        lead = self._lead_at(MONDAY)
        with mute_logger(GUARD, BROKEN):
            self._touch(lead, MONDAY + timedelta(hours=1))
        self.assertFalse(broken.active)
        self.assertEqual(self.assertPlanned(lead, "touch").policy_id, self.policy)

    def test_a_paused_lead_has_the_end_of_its_pause_as_next_step(self):
        lead = self._lead_at(MONDAY)
        self._touch(lead, MONDAY + timedelta(hours=1))
        step = self.assertPlanned(lead, "touch")
        until = MONDAY + 20 * DAY
        lead.write({"routing_paused_until": until, "routing_pause_reason": "Fair"})
        self._plan(lead, MONDAY + DAY)
        self.assertEqual((step.state, step.reason), ("cancelled", "paused"))
        self.assertPlanned(lead)
        with freeze_time(MONDAY + DAY):
            self.assertEqual(lead.next_step_on, until)
