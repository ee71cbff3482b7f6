# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from ...models.followup.planning.planner import Planner
from .common import MONDAY, FollowupCase

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFollowupMarks(FollowupCase):
    """A pass leaves out the leads for which nothing has changed, and no others."""

    def _pass(self, moment):
        """Go over all leads; return the ids of those that were looked at."""
        looked, plan = set(), Planner.plan

        def noted(planner, leads, matched=None):
            looked.update(leads.ids)
            return plan(planner, leads, matched)

        with freeze_time(moment), patch.object(Planner, "plan", noted):
            self.env.flush_all()
            self.engine._plan(None, moment)
        return looked

    def _settled(self, count=3, **values):
        """Return leads that two passes have gone over, and the moment after."""
        leads = self.env["crm.lead"]
        for number in range(count):
            lead = self._lead_at(MONDAY, **values)
            self._touch(lead, MONDAY + timedelta(hours=number + 1))
            leads |= lead
        self._pass(MONDAY + DAY)
        self._pass(MONDAY + DAY)
        return leads, MONDAY + DAY + timedelta(hours=1)

    def test_nothing_changed_nobody_is_looked_at(self):
        leads, now = self._settled()
        self.assertFalse(self._pass(now) & set(leads.ids))

    def test_each_change_is_seen(self):
        """Whatever the next step follows from: of the lead, of others, of the set-up."""
        leads, now = self._settled()
        one = leads[0]

        def sql(query, *params):
            self.env.flush_all()
            self.env.cr.execute(query, params)
            self.env.invalidate_all()

        changes = {
            "owner": lambda: sql(
                "UPDATE crm_lead SET user_id = %s WHERE id = %s",
                self.user_colleague.id,
                one.id,
            ),
            "event": lambda: sql(
                "INSERT INTO crm_touchpoint (lead_id, kind, direction, is_human, source,"
                " occurred_on, outcome) VALUES (%s, 'call', 'out', TRUE, 'x', %s, 'talked')",
                one.id,
                now - timedelta(minutes=5),
            ),
            "no event any more": lambda: sql(
                "DELETE FROM crm_touchpoint WHERE lead_id = %s", one.id
            ),
            "column": lambda: sql(
                "UPDATE crm_lead SET next_touch_on = NULL WHERE id = %s", one.id
            ),
            "ledger": lambda: sql(
                "UPDATE crm_lead_followup SET state = 'cancelled' WHERE lead_id = %s",
                one.id,
            ),
            "grade": lambda: sql(
                "UPDATE crm_lead SET lead_grade = 5 WHERE id = %s", one.id
            ),
            "pause": lambda: sql(
                "UPDATE crm_lead SET routing_paused_until = %s WHERE id = %s",
                now + DAY,
                one.id,
            ),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                change()
                self.assertEqual(self._pass(now) & set(leads.ids), {one.id})
                self._pass(now)
                self.assertFalse(self._pass(now) & set(leads.ids))

    def test_each_change_of_what_a_person_planned_is_seen(self):
        """The day of an activity, whose it is, that it is not there any more."""
        leads, now = self._settled()
        with freeze_time(now):
            activity = leads[0].activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=now.date() + 9 * DAY,
                user_id=self.user_seller.id,
            )
        for column, value in (
            ("date_deadline", now.date() + 2 * DAY),
            ("user_id", self.user_colleague.id),
            ("active", False),
        ):
            with self.subTest(column=column):
                self._pass(now)
                self.assertFalse(self._pass(now) & set(leads.ids))
                self.env.flush_all()
                self.env.cr.execute(
                    SQL(
                        "UPDATE mail_activity SET %s = %s WHERE id = %s",
                        SQL.identifier(column),
                        value,
                        activity.id,
                    )
                )
                self.env.invalidate_all()
                self.assertEqual(self._pass(now) & set(leads.ids), set(leads[0].ids))

    def test_what_counts_for_all_has_all_looked_at(self):
        leads, now = self._settled()
        # A test is one transaction, which has one time of writing: each change has its own.
        later = datetime(2040, 1, 1)
        for change in (
            lambda: self.policy.write({"first_days": 5}),
            lambda: self.calendar.attendance_ids[0].unlink(),
            lambda: self.user_seller.write({"tz": "Asia/Riyadh"}),
            lambda: self.env["crm.followup.duty"].create(
                {"code": "close", "who": "owner", "minutes": 9600}
            ),
        ):
            later += DAY
            with patch.object(type(self.env.cr), "now", lambda _cr, at=later: at):
                change()
                self.env.flush_all()
            self.assertEqual(self._pass(now) & set(leads.ids), set(leads.ids))
            self._pass(now)
            now += timedelta(minutes=5)

    def test_the_moment_alone_can_be_a_change(self):
        """An event that lay in the future is past; the condition of a policy speaks of today."""
        leads, now = self._settled()
        with freeze_time(now):
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": leads[1].id,
                        "kind": "call",
                        "direction": "out",
                        "outcome": "talked",
                        "is_human": True,
                        "occurred_on": now + 2 * DAY,
                    }
                ]
            )
        self._pass(now)
        self._pass(now)
        self.assertFalse(self._pass(now + DAY) & set(leads.ids))
        self.assertEqual(self._pass(now + 3 * DAY) & set(leads.ids), {leads[1].id})

    def test_a_pass_says_the_same_as_looking_at_all(self):
        """At random: what a pass leaves out would not have changed."""
        leads, now = self._settled(8, team_id=self.team_north.id)
        chance = random.Random(15)
        events = [
            ("call", "out", "talked"),
            ("email", "in", None),
            ("call", "internal", "no_answer"),
        ]
        for _round in range(6):
            now += timedelta(hours=chance.randint(3, 40))
            for lead in leads:
                if chance.random() < 0.3:
                    self._touch(lead, now, *chance.choice(events))
                if chance.random() < 0.2:
                    lead.user_id = chance.choice(self.user_seller | self.user_colleague)
            self._pass(now)
            left = leads.browse(set(leads.ids) - self._pass(now))
            self.assertEqual(self._plan(left, now), 0)
            self.env.flush_all()
            before = self.Step.search([("lead_id", "in", leads.ids)]).ids
            self._plan(leads, now)
            self.assertEqual(
                self.Step.search([("lead_id", "in", leads.ids)]).ids, before
            )
