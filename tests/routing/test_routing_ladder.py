# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import RoutingCommon

MONDAY = datetime(2030, 1, 7, 9, 0)


@tagged("post_install", "-at_install")
class TestRoutingLadder(RoutingCommon):
    """What happens to leads that nobody answers, in frozen time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC"}
        )
        cls.calendar.attendance_ids.unlink()
        cls.calendar.attendance_ids = [
            (
                0,
                0,
                {"name": "Day", "dayofweek": str(day), "hour_from": 8, "hour_to": 17},
            )
            for day in range(5)
        ]
        cls.members.routing_calendar_id = cls.calendar
        cls.pool.partner_id.tz = "UTC"
        cls.policy = cls.env["crm.routing.policy"].create(
            {"name": "An hour", "minutes": 60, "max_hops": 1}
        )
        cls.ladder = cls.env["crm.routing.ladder"]

    def _create(self, when, **values):
        with freeze_time(when):
            lead = (
                self.env["crm.lead"]
                .with_user(self.user_manager)
                .create({"name": "Lead", **values})
            )
        return lead.sudo()

    def _run(self, when):
        with freeze_time(when), self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()

    def _notices(self, user, subject):
        return self.env["mail.message"].search_count(
            [
                ("partner_ids", "=", user.partner_id.id),
                ("subject", "ilike", subject),
                ("message_type", "=", "user_notification"),
            ]
        )

    def test_the_whole_ladder_once_per_step(self):
        self._make_rule()
        lead = self._create(MONDAY)
        first = lead.user_id
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(minutes=60))
        self.assertEqual(lead.routing_next_on, MONDAY + timedelta(minutes=30))
        self._run(MONDAY + timedelta(minutes=29))
        self.assertFalse(self._notices(first, "waits for your answer"))
        for minutes in (30, 31, 45):
            self._run(MONDAY + timedelta(minutes=minutes))
            self.assertEqual(self._notices(first, "waits for your answer"), 1)
        self.assertEqual(lead.routing_next_step, "warn")
        for minutes in (61, 75):
            self._run(MONDAY + timedelta(minutes=minutes))
            self.assertEqual(
                self._notices(self.user_manager, "not answered in time"), 1
            )
        self._run(MONDAY + timedelta(minutes=91))
        second = lead.user_id
        self.assertNotEqual(second, first)
        self.assertIn(second, self.pool)
        self.assertEqual(lead.routing_hops, 1)
        log = self._last_log(lead)
        self.assertEqual(
            (log.mode, log.from_user_id, log.to_user_id), ("reroute", first, second)
        )
        self.assertIn("excluded", {row["reason"] for row in log.candidates})
        self.assertEqual(lead.routing_clock_on, MONDAY + timedelta(minutes=91))
        # The second one is late too: at last the leader, and the clock is over.
        for minutes in (130, 160, 190):
            self._run(MONDAY + timedelta(minutes=minutes))
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertEqual(self._last_log(lead).outcome, "late")
        self.assertIn(second.name, self._last_log(lead).reason)
        self.assertFalse(lead.routing_next_on)
        count = len(lead.routing_log_ids)
        self._run(MONDAY + timedelta(days=3))
        self.assertEqual(len(lead.routing_log_ids), count)

    def test_the_promise_of_a_grade_is_a_deadline(self):
        """Status 1: "Answer Within" of a grade starts the clock without a Response Time."""
        self.policy.active = False
        self._make_rule()
        self.assertFalse(self._create(MONDAY).response_deadline)
        card = self.env["crm.scorecard"].create(
            {"name": "C", "rule_ids": [(0, 0, {"name": "R", "points": 90})]}
        )
        card.grade_ids.filtered(lambda row: row.grade == 5).response_minutes = 30
        self.assertFalse(self._create(MONDAY).response_deadline)
        card.state = "live"
        lead = self._create(MONDAY)
        self.assertEqual(lead.lead_grade, 5)
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(minutes=30))
        self.assertFalse(lead.routing_next_on)
        card.rule_ids.points = 25
        self.assertFalse(self._create(MONDAY).response_deadline)

    def test_leads_that_no_rule_routed_are_watched_too(self):
        lead = self._create(MONDAY)
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertEqual(lead.routing_next_step, "remind")
        self._make_rule()
        chosen = self._create(MONDAY, user_id=self.user_seller.id)
        self.assertEqual(chosen.user_id, self.user_seller)
        self.assertTrue(chosen.response_deadline)

    def test_only_working_time_counts(self):
        self._make_rule()
        friday = datetime(2030, 1, 11, 16, 30)
        lead = self._create(friday)
        self.assertEqual(lead.response_deadline, datetime(2030, 1, 14, 8, 30))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2030, 1, 14),
                "date_to": datetime(2030, 1, 14, 23, 59),
            }
        )
        lead = self._create(friday)
        self.assertEqual(lead.response_deadline, datetime(2030, 1, 15, 8, 30))

    def test_the_zone_of_the_owner(self):
        rule = self._make_rule(method="fixed", user_id=self.pool[0].id)
        self.pool[0].partner_id.tz = "Asia/Riyadh"
        # 15:00 in Riyadh is 12:00 UTC; the day there ends at 17:00, 14:00 UTC.
        rule.response_minutes = 180
        lead = self._create(datetime(2030, 1, 7, 12, 0))
        self.assertEqual(lead.response_deadline, datetime(2030, 1, 8, 6, 0))

    def test_without_hours_the_clock_runs_around_the_clock(self):
        self._make_rule()
        self.calendar.attendance_ids.unlink()
        saturday = datetime(2030, 1, 12, 23, 30)
        self.assertEqual(
            self._create(saturday).response_deadline, saturday + timedelta(minutes=60)
        )

    def test_a_time_limit_of_the_rule_alone(self):
        self.policy.active = False
        self._make_rule(response_minutes=30)
        lead = self._create(MONDAY)
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(minutes=30))
        self.assertFalse(lead.routing_next_on)

    def test_the_first_policy_that_matches(self):
        self._make_rule()
        self.policy.sequence = 20
        self.env["crm.routing.policy"].create(
            {
                "name": "Big",
                "minutes": 15,
                "sequence": 1,
                "domain": "[('expected_revenue', '>', 100)]",
            }
        )
        lead = self._create(MONDAY, expected_revenue=500)
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(minutes=15))
        self.policy.active = False
        self.assertFalse(self._create(MONDAY).response_deadline)

    def _touch(self, lead, when, **values):
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "is_human": True,
                    "occurred_on": when,
                    **values,
                }
            ]
        )

    def test_a_person_s_answer_stops_the_clock(self):
        self._make_rule()
        lead = self._create(MONDAY)
        self._touch(lead, MONDAY, is_human=False, kind="email")
        self._touch(lead, MONDAY, direction="in")
        self.assertFalse(lead.first_response_on)
        self._touch(lead, MONDAY + timedelta(minutes=20))
        self.assertEqual(lead.first_response_on, MONDAY + timedelta(minutes=20))
        self.assertFalse(lead.routing_next_on)
        self._touch(lead, MONDAY + timedelta(minutes=50))
        self.assertEqual(lead.first_response_on, MONDAY + timedelta(minutes=20))
        self._run(MONDAY + timedelta(days=1))
        self.assertEqual(lead.routing_hops, 0)

    def test_a_closed_lead_is_left_alone(self):
        self._make_rule()
        lead = self._create(MONDAY, type="opportunity")
        lead.action_set_lost()
        owner = lead.user_id
        self._run(MONDAY + timedelta(days=1))
        self.assertEqual(lead.user_id, owner)
        self.assertFalse(self._notices(owner, "waits for your answer"))

    def test_a_pause_has_a_reason_and_an_end(self):
        self._make_rule()
        lead = self._create(MONDAY)
        owner = lead.user_id

        def pause(user, until):
            return (
                self.env["crm.routing.pause"]
                .with_user(user)
                .create(
                    {"lead_id": lead.id, "reason": "They asked to wait", "until": until}
                )
                .action_pause()
            )

        with freeze_time(MONDAY + timedelta(minutes=10)):
            with self.assertRaises(UserError):
                pause(owner, MONDAY)
            with self.assertRaises(AccessError):
                pause(self.user_colleague, MONDAY + timedelta(days=1))
            pause(owner, MONDAY + timedelta(days=1))
        self._run(MONDAY + timedelta(hours=5))
        self.assertEqual(lead.user_id, owner)
        self.assertFalse(self._notices(owner, "waits for your answer"))
        self.assertEqual(lead.response_deadline, MONDAY + timedelta(days=1, minutes=60))
        with freeze_time(MONDAY + timedelta(hours=6)):
            lead.with_user(owner).action_end_routing_pause()
        # What was left when the pause began: ten minutes had passed by then.
        self.assertEqual(
            lead.response_deadline, MONDAY + timedelta(hours=6, minutes=50)
        )
        self.assertFalse(lead.routing_pause_reason)

    def test_nobody_else_left_means_the_leader(self):
        self._make_rule()
        self.members[1:].assignment_optout = True
        lead = self._create(MONDAY)
        self.assertEqual(lead.user_id, self.pool[0])
        for minutes in (31, 61, 91):
            self._run(MONDAY + timedelta(minutes=minutes))
        self.assertEqual(lead.user_id, self.user_manager)

    def test_a_day(self):
        """Arrivals, somebody away, somebody late, somebody who returns."""
        self._make_rule()
        self.pool[1].out_of_office_from = MONDAY - timedelta(days=1)
        self.pool[1].out_of_office_to = MONDAY + timedelta(hours=3)
        morning = [self._create(MONDAY + timedelta(minutes=n)) for n in range(6)]
        self.assertNotIn(self.pool[1], [lead.user_id for lead in morning])
        for lead in morning[:4]:
            self._touch(lead, MONDAY + timedelta(minutes=15))
        for minutes in range(30, 120, 10):
            self._run(MONDAY + timedelta(minutes=minutes))
        self.assertEqual([lead.routing_hops for lead in morning], [0, 0, 0, 0, 1, 1])
        # Who is back gets his share of what comes now, not what came meanwhile.
        afternoon = [
            self._create(MONDAY + timedelta(hours=4, minutes=n)) for n in range(8)
        ]
        owners = [lead.user_id for lead in afternoon]
        self.assertEqual([owners.count(user) for user in self.pool], [2, 2, 2, 2])

    def test_policies_in_order_and_for_managers(self):
        with self.assertRaises(ValidationError):
            self.policy.warn_at = 10
        with self.assertRaises(AccessError):
            self.policy.with_user(self.user_all).minutes = 5

    def test_nothing_due_costs_next_to_nothing(self):
        self._make_rule()
        for _n in range(3):
            self._create(fields.Datetime.now())
        self.env.flush_all()
        with self.assertQueryCount(2):
            self.ladder._cron_run()
