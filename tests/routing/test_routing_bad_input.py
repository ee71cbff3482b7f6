# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.common.working_hours import WorkingHours
from ...models.routing.deciding.methods import RoundRobin
from .common import RoutingCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
HUB = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestRoutingBadInput(RoutingCommon):
    """Whatever is wrong: no lead is lost, or without an owner and nobody knows."""

    def _alarms(self, run):
        """Return the messages to the sales manager that ``run()`` causes."""
        domain = [("partner_ids", "in", self.user_manager.partner_id.ids)]
        before = self.env["mail.message"].search(domain)
        run()
        return self.env["mail.message"].search(domain) - before

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()

    def test_an_import_without_tracking_raises_the_alarm_too(self):
        self._make_rule(domain="[('expected_revenue', '>', 100)]")
        leads = self.env["crm.lead"].with_context(tracking_disable=True)
        created = []
        alarms = self._alarms(
            lambda: created.append(
                leads.create([{"name": f"L {n}", "user_id": False} for n in range(3)])
            )
        )
        self.assertFalse(created[0].user_id)
        self.assertEqual(set(created[0].routing_log_ids.mapped("outcome")), {"nobody"})
        self.assertEqual(len(alarms), 1)
        self.assertIn("3 leads have no owner", alarms.subject)

    def test_an_archived_owner_is_no_owner(self):
        """Who left keeps nothing: the lead waits, with an alarm, until somebody can."""
        rule = self._make_rule()
        self.team_pool.user_id = False
        lead = self._make_waiting(user_id=self.user_all.id, team_id=False)
        self.user_all.active = False
        self.members.assignment_optout = True
        alarms = self._alarms(lambda: self.engine._route(lead))
        log = self._last_log(lead)
        self.assertEqual((log.outcome, log.to_user_id.id), ("nobody", False))
        self.assertTrue(lead.routing_waiting_since)
        # Smaller things of routing: one lead is told of as one.
        self.assertEqual(alarms.mapped("subject"), ["A lead has no owner"])
        self.members[1].assignment_optout = False
        self._run_cron()
        self.assertEqual(lead.user_id, self.pool[1])
        self.assertEqual(lead.routing_rule_id, rule)

    def test_a_lead_that_is_deleted_while_it_is_routed(self):
        self._make_rule()
        teller = type(self.env["crm.routing.teller"])

        def delete(_self, decisions):
            ids = [decision["lead_id"] for decision in decisions]
            self.env["crm.lead"].browse(ids).unlink()

        with patch.object(teller, "_tell_owners", delete), mute_logger(GUARD, HUB):
            lead = self.env["crm.lead"].create({"name": "Lead"})
        # What went wrong is taken back: the lead is there, and the log says what happened.
        self.assertTrue(lead.exists())
        self.assertEqual(lead.routing_log_ids.outcome, "failed")

    def test_a_lead_whose_routing_fails_is_tried_again(self):
        self._make_rule()
        with (
            patch.object(RoundRobin, "choose", side_effect=ZeroDivisionError),
            mute_logger(GUARD, HUB),
        ):
            alarms = self._alarms(
                lambda: self.env["crm.lead"].create(
                    {"name": "Unlucky", "user_id": False}
                )
            )
        lead = self.env["crm.lead"].search([("name", "=", "Unlucky")])
        self.assertFalse(lead.user_id)
        self.assertEqual(lead.routing_log_ids.outcome, "failed")
        self.assertEqual(len(alarms), 1)
        self._run_cron()
        self.assertIn(lead.user_id, self.pool)

    def test_what_one_rule_gives_counts_for_the_others(self):
        """The limit of a member holds whichever rules give him leads, in one batch too."""
        self._make_rule(
            name="His",
            sequence=1,
            method="fixed",
            user_id=self.pool[0].id,
            domain="[('expected_revenue', '>', 100)]",
        )
        self._make_rule(name="Rest", sequence=2)
        self.members[0].routing_cap_day = 1
        leads = self._make_waiting(1, expected_revenue=500) + self._make_waiting(6)
        self.engine._route(leads)
        self.assertEqual(leads[0].user_id, self.pool[0])
        self.assertNotIn(self.pool[0], leads[1:].user_id)

    def test_holidays_of_another_company_close_nothing(self):
        self._make_rule(in_hours_only=True)
        other = self.env["res.company"].create({"name": "Other"})
        calendar = self.env["resource.calendar"].create(
            {"name": "Always", "tz": "UTC", "company_id": self.company.id}
        )
        calendar.attendance_ids.unlink()
        calendar.attendance_ids = [
            (0, 0, {"name": d, "dayofweek": d, "hour_from": 0, "hour_to": 24})
            for d in "0123456"
        ]
        self.members.routing_calendar_id = calendar
        now = fields.Datetime.now()
        holiday = {
            "name": "Holiday",
            "calendar_id": False,
            "date_from": now - timedelta(hours=12),
            "date_to": now + timedelta(hours=12),
        }
        holidays = self.env["resource.calendar.leaves"]
        theirs = holidays.with_company(other).create(holiday)
        self.assertEqual(theirs.company_id, other)
        self.assertIn(self.engine._route(self._make_waiting()).to_user_id, self.pool)
        holidays.create(holiday)
        log = self.engine._route(self._make_waiting())
        self.assertEqual({tuple(c["failed"]) for c in log.candidates[:4]}, {("hours",)})

    def test_working_hours_in_summer_and_winter(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Nine to five", "tz": "UTC"}
        )
        calendar.attendance_ids.unlink()
        calendar.attendance_ids = [
            (0, 0, {"name": d, "dayofweek": d, "hour_from": 9, "hour_to": 17})
            for d in "0123456"
        ]
        for moment, inside in (
            (datetime(2024, 1, 10, 8, 30), True),  # 9:30 in Brussels
            (datetime(2024, 1, 10, 7, 30), False),
            (datetime(2024, 7, 10, 7, 30), True),  # 9:30, with daylight saving
            (datetime(2024, 7, 10, 15, 30), False),
            (datetime(2024, 3, 31, 7, 30), True),  # the day on which it begins
            (datetime(2024, 10, 27, 7, 30), False),  # the day on which it ends
        ):
            hours = WorkingHours(self.env, calendar.id, "Europe/Brussels", ())
            self.assertEqual(hours.is_open(moment), inside, moment)
        # A zone that nobody knows counts as that of the calendar.
        calendar.tz = "Europe/Brussels"
        hours = WorkingHours(self.env, calendar.id, "Mars/North", ())
        self.assertTrue(hours.is_open(datetime(2024, 1, 10, 8, 30)))
        self.assertFalse(hours.is_open(datetime(2024, 1, 10, 16, 30)))

    def test_substitutes_in_a_circle_and_an_archived_fallback(self):
        self._make_rule(method="fixed", user_id=self.pool[0].id)
        for member, substitute in zip(self.members[:2], self.pool[1::-1], strict=True):
            member.routing_substitute_id = substitute
        self.pool[:2].out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.company.lead_fallback_user_id = self.user_all
        self.user_all.active = False
        alarms = self._alarms(lambda: self.engine._route(self._make_waiting()))
        log = self.env["crm.lead.routing.log"].search([], limit=1)
        self.assertEqual(
            [(c["user_id"], c["reason"]) for c in log.candidates],
            [
                (self.pool[0].id, "away"),
                (self.pool[1].id, "away"),
                (self.user_all.id, "archived"),
            ],
        )
        self.assertEqual(log.outcome, "nobody")
        self.assertEqual(len(alarms), 1)
        self.assertIn("Fallback owner", log.story)

    def test_an_archived_team_gets_no_leads(self):
        self._make_rule(name="Gone", sequence=1)
        self._make_rule(name="Rest", sequence=2, team_id=self.team_south.id)
        self.team_pool.active = False
        log = self.engine._route(self._make_waiting())
        self.assertEqual(log.to_user_id, self.user_all)
        self.assertEqual(log.rules_tried[0]["reason"], "empty")

    def test_a_team_of_another_company(self):
        """Who works in both companies still gets no lead for a team of the other one."""
        other = self.env["res.company"].create({"name": "Other"})
        (self.user_all + self.user_manager).company_ids += other
        self.team_south.write({"user_id": False, "company_id": other.id})
        self._make_rule(
            name="Fixed",
            sequence=1,
            method="fixed",
            user_id=self.user_all.id,
            team_id=self.team_south.id,
        )
        self._make_rule(
            name="Two teams", sequence=2, extra_team_ids=[(6, 0, self.team_south.ids)]
        )
        self._make_rule(name="South", sequence=3, team_id=self.team_south.id)
        logs = self.engine._route(self._make_waiting(5, company_id=self.company.id))
        self.assertEqual(set(logs.mapped("to_user_id")), set(self.pool))
        self.assertEqual(logs[0].rules_tried[0]["reason"], "team_company")
        judged = {c["user_id"]: c["reason"] for c in logs[0].candidates}
        self.assertEqual(judged[self.user_all.id], "company")
        self.assertEqual(logs.lead_id.company_id, self.company)
        log = self.engine._route(self._make_waiting(company_id=other.id))
        self.assertEqual(log.to_user_id, self.user_all)
        self.assertEqual(log.lead_id.team_id, self.team_south)

    def test_leads_that_somebody_else_is_saving(self):
        self._make_rule()
        leads = self._make_waiting(3)
        locked = type(leads)
        with patch.object(locked, "try_lock_for_update", lambda *_a, **_k: leads[:2]):
            action = leads.action_route()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("2 of 3 leads", action["params"]["message"])
        self.assertIn("1 were left out", action["params"]["message"])
        self.assertEqual([bool(lead.user_id) for lead in leads], [True, True, False])
