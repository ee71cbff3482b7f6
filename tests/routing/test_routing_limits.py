# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.routing.deciding.types import Candidate, Decision
from ...models.routing.reading.measure import Measure
from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingLimits(RoutingCommon):
    """Limits to the last lead and to the second; and what a decision writes."""

    def _load(self, age):
        """Return the load of somebody who got one lead so long ago."""
        now = fields.Datetime.now()
        lead = self._make_waiting(user_id=self.pool[0].id)
        self.env["crm.lead.routing.log"].search([]).unlink()
        log = self.env["crm.routing.writer"]._log(
            [Decision(lead.id, self.pool[0].id)], "auto"
        )
        self.env.cr.execute(
            "UPDATE crm_lead_routing_log SET create_date = %s WHERE id = %s",
            [now - age, log.id],
        )
        log.invalidate_recordset(["create_date"])
        person = Candidate(self.pool[0].id, "Pool 0", member_id=self.members[0].id)
        Measure(self.env).add_loads([person], now)
        return person.load

    def test_what_counts_for_a_day_a_week_and_a_month(self):
        second = timedelta(seconds=1)
        for days, counts in (
            (1, [(1, 1, 1), (0, 1, 1)]),
            (7, [(0, 1, 1), (0, 0, 1)]),
            (30, [(0, 0, 1), (0, 0, 0)]),
        ):
            for age, expected in zip(
                (timedelta(days=days) - second, timedelta(days=days)),
                counts,
                strict=True,
            ):
                load = self._load(age)
                self.assertEqual((load.day, load.week, load.month), expected, age)

    def test_the_last_lead_of_each_limit(self):
        rule = self._make_rule(member_ids=[(6, 0, self.members[0].ids)])
        for name, values in (
            ("cap_day", {"routing_cap_day": 2}),
            ("cap_week", {"routing_cap_week": 2}),
            ("cap_open", {"routing_cap_open": 2}),
            ("cap_month", {"assignment_max": 2}),
        ):
            with self.subTest(name), self.cr.savepoint() as savepoint:
                # The others are read for themselves, too.
                rule.respect_capacity = name == "cap_month"
                self.members[0].write(
                    {
                        "routing_cap_day": 0,
                        "routing_cap_week": 0,
                        "routing_cap_open": 0,
                        "assignment_max": 100,
                        **values,
                    }
                )
                # In one batch, and one after the other.
                logs = self.engine._route(self._make_waiting(3))
                self.assertEqual(
                    [log.rule_id == rule for log in logs], [True, True, False]
                )
                self.assertEqual(logs[2].candidates[0]["failed"], [name])
                log = self.engine._route(self._make_waiting())
                self.assertEqual(log.candidates[0]["failed"], [name])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_juniors_who_have_learned_enough(self):
        """Where they fill up in the middle of a batch, the others get the rest."""
        rule = self._make_rule(min_seniority="2", growth_share=100)
        self.members[0].write({"routing_seniority": "1", "routing_cap_day": 1})
        logs = self.engine._route(self._make_waiting(4))
        self.assertEqual(logs.rule_id, rule)
        self.assertEqual(
            [log.outcome for log in logs], ["growth"] + ["round_robin"] * 3
        )
        self.assertEqual(logs[0].to_user_id, self.pool[0])
        self.assertEqual(logs[1:].to_user_id, self.pool[1:])
        self.assertEqual({len(log.rules_tried) for log in logs}, {1})

    def test_a_lead_that_its_owner_keeps_gets_a_deadline(self):
        self.env["crm.routing.policy"].create({"name": "An hour", "minutes": 60})
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        by_itself, by_hand = self._make_waiting(2, user_id=self.pool[0].id)
        log = self.engine._route(by_itself)
        self.assertEqual((log.from_user_id, log.to_user_id), (self.pool[0],) * 2)
        self.assertTrue(by_itself.response_deadline)
        # Whoever routes again by hand gives its owner no more time.
        self.engine._route(by_hand, mode="manual")
        self.assertFalse(by_hand.response_deadline)

    def test_what_a_decision_writes(self):
        rule = self._make_rule()
        lead = self._make_waiting()
        self.members.assignment_optout = True
        self.team_pool.user_id = False
        self.engine._route(lead)
        since = lead.routing_waiting_since
        self.assertTrue(since)
        self.assertFalse(lead.first_assigned_on)
        earlier = since - timedelta(hours=1)
        lead.routing_waiting_since = earlier
        self.engine._route(lead)
        # It still waits, since then.
        self.assertEqual(lead.routing_waiting_since, earlier)
        self.members.assignment_optout = False
        self.engine._route(lead)
        self.assertFalse(lead.routing_waiting_since)
        self.assertEqual((lead.routing_rule_id, lead.routing_hops), (rule, 0))
        lead.first_assigned_on = earlier
        self.engine._route(lead, mode="reroute", excluded={lead.id: {lead.user_id.id}})
        self.assertEqual((lead.first_assigned_on, lead.routing_hops), (earlier, 1))

    def test_a_decision_as_a_dict(self):
        """Who writes decisions down as dicts is understood: the log is the same."""
        values = {
            "lead_id": self._make_waiting().id,
            "to_user_id": self.pool[0].id,
            "outcome": "by_hand",
            "facts": {"author": "Ann", "user": "Bob"},
        }
        writer = self.env["crm.routing.writer"]
        logs = writer._log([values, Decision(**values)], "manual")
        self.assertEqual(set(logs.mapped("reason")), {"Ann gave the lead to Bob."})
