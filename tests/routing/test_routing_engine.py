# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import gc
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingEngine(RoutingCommon):
    """Deciding: eligibility, order of the rules, fallbacks, preview, cost."""

    def _route(self, count=1, **values):
        return self.engine._route(self._make_waiting(count, **values))

    def _reasons(self, log):
        return {row["user_id"]: row["reason"] for row in log.candidates}

    def test_who_cannot_take_a_lead(self):
        self._make_rule()
        now = fields.Datetime.now()
        self.members[0].assignment_optout = True
        self.pool[1].out_of_office_from = now - timedelta(days=1)
        self.pool[2].active = False
        log = self._route()
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertEqual(
            self._reasons(log),
            dict(
                zip(
                    self.pool.ids, ["paused", "away", "archived", "chosen"], strict=True
                )
            ),
        )
        self.assertIn("Out of office", log.story)
        self.pool[1].out_of_office_to = now - timedelta(hours=1)
        self.assertEqual(
            self._reasons(self._route())[self.pool[1].id] in ("turn", "chosen"), True
        )

    def test_archived_memberships_are_no_candidates(self):
        self._make_rule()
        self.members[:3].active = False
        log = self._route()
        self.assertEqual(log.to_user_id, self.pool[3])
        self.assertEqual(len(log.candidates), 1)

    def test_only_who_works_in_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.pool[2].company_ids += other
        self._make_rule()
        log = self._route(company_id=other.id)
        self.assertEqual(log.to_user_id, self.pool[2])
        self.assertEqual(self._reasons(log)[self.pool[0].id], "company")
        self.assertEqual(log.lead_id.company_id, other)

    def test_the_first_rule_that_has_somebody_decides(self):
        big = self._make_rule(
            name="Big",
            domain="[('expected_revenue', '>', 100)]",
            sequence=1,
            method="fixed",
            user_id=self.user_all.id,
        )
        empty = self.env["crm.team"].create({"name": "Empty"})
        self._make_rule(name="Empty", sequence=2, team_id=empty.id)
        self._make_rule(name="Rest", sequence=3)
        self.assertEqual(self._route(expected_revenue=500).rule_id, big)
        log = self._route(expected_revenue=5)
        self.assertEqual(log.to_user_id, self.pool[0])
        self.assertEqual(
            [(row["name"], row["reason"]) for row in log.rules_tried],
            [("Big", "no_match"), ("Empty", "empty"), ("Rest", "chosen")],
        )
        self.user_all.active = False
        log = self._route(expected_revenue=500)
        self.assertEqual(log.to_user_id, self.pool[1])
        self.assertEqual(log.rules_tried[0]["reason"], "nobody")
        self.assertEqual(self._reasons(log)[self.user_all.id], "archived")

    def test_fallbacks(self):
        self._make_rule(domain="[('expected_revenue', '>', 100)]")
        log = self._route()
        self.assertFalse(log.to_user_id)
        self.assertEqual(log.outcome, "nobody")
        log = self._route(team_id=self.team_north.id)
        self.assertEqual(
            (log.to_user_id, log.outcome), (self.user_manager, "fallback_leader")
        )
        self.company.lead_fallback_user_id = self.user_all
        log = self._route()
        self.assertEqual(
            (log.to_user_id, log.outcome), (self.user_all, "fallback_company")
        )
        self.user_all.active = False
        log = self._route(team_id=self.team_north.id)
        self.assertEqual(log.to_user_id, self.user_manager)
        self.assertEqual(self._reasons(log)[self.user_all.id], "archived")

    def test_when_nobody_of_the_team_can(self):
        self._make_rule()
        self.members.assignment_optout = True
        log = self._route()
        self.assertEqual(log.to_user_id, self.user_manager)
        self.assertEqual(log.lead_id.team_id, self.team_pool)
        self.assertEqual(set(self._reasons(log).values()), {"paused", "chosen"})

    def test_odoo_s_owner_comes_back_where_there_is_nobody(self):
        self._make_rule(domain="[('expected_revenue', '>', 100)]")
        lead = self.env["crm.lead"].with_user(self.user_all).create({"name": "Mine"})
        self.assertEqual(lead.user_id, self.user_all)
        self.assertEqual(lead.team_id, self.team_south)
        self.assertEqual(lead.sudo().routing_log_ids.outcome, "kept_default")

    def test_a_lead_without_an_owner_raises_the_alarm(self):
        self._make_rule(domain="[('expected_revenue', '>', 100)]")
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        lead = self._make_waiting().with_context(tracking_disable=False)
        self.engine.with_context(tracking_disable=False)._route(lead)
        alarm = self.env["mail.message"].search(
            [("id", ">", before), ("message_type", "=", "user_notification")]
        )
        self.assertIn(self.user_manager.partner_id, alarm.partner_ids)
        self.assertIn("no owner", alarm.subject)

    def test_preview_and_route_agree(self):
        self._make_rule(
            name="Big", domain="[('expected_revenue', '>', 100)]", sequence=1
        )
        self._make_rule(name="Rest")
        self.members[1].assignment_optout = True
        leads = self._make_waiting(7) + self._make_waiting(6, expected_revenue=200)
        before = leads.mapped("write_date")
        preview = self.engine._preview(leads)
        self.assertEqual(self.engine._preview(leads), preview)
        self.assertEqual(leads.mapped("write_date"), before)
        self.assertFalse(leads.user_id)
        self.assertFalse(leads.routing_log_ids)
        logs = self.engine._route(leads)
        for decision, log in zip(preview, logs, strict=True):
            self.assertEqual(decision["lead_id"], log.lead_id.id)
            self.assertEqual(decision["rule_id"], log.rule_id.id)
            self.assertEqual(decision["to_user_id"], log.to_user_id.id)
            self.assertEqual(decision["reason"], log.reason)
            self.assertEqual(decision["candidates"], log.candidates)
            self.assertEqual(decision["mode"], "dry_run")

    def test_a_deleted_lead_is_left_out(self):
        self._make_rule()
        leads = self._make_waiting(3)
        leads[1].unlink()
        self.assertEqual(len(self.engine._route(leads)), 2)
        self.assertFalse(self.engine._route(leads[1]))

    def test_rules_on_the_owner_are_told(self):
        self._make_rule()
        segment = self.env["crm.segment"].create(
            {"name": "Owned", "domain": "[('user_id', '!=', False)]"}
        )
        lead = (
            self.env["crm.lead"].with_user(self.user_manager).create({"name": "Lead"})
        )
        self.assertIn(segment, lead.sudo().segment_ids)

    def test_constant_number_of_queries(self):
        for number in range(3):
            self._make_rule(domain=f"[('expected_revenue', '>', {100 - number})]")
        self._make_rule(name="Rest")

        def run(size):
            leads = self._make_waiting(size)
            return lambda: self.engine._route(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_constant_number_of_queries_to_create(self):
        self._make_rule(domain="[('expected_revenue', '>', 100)]")
        self._make_rule(name="Rest")
        self.env["crm.routing.policy"].create({"name": "An hour", "minutes": 60})
        leads = self.env["crm.lead"]
        # Odoo looks for the first stage once per lead, so it is given.
        stage = leads.create({"name": "Any"}).stage_id

        def run(size):
            vals_list = [
                {"name": f"Lead {n}", "stage_id": stage.id} for n in range(size)
            ]
            return lambda: leads.create(vals_list)

        self.assertSameQueryCount(run, 10, 100)

    def _add_rules_and_members(self, count):
        """Add rules that match nothing, and members to the pool."""
        seller = self.env.ref("sales_team.group_sale_salesman")
        users = self.env["res.users"].create(
            [
                {
                    "name": f"More {number}",
                    "login": f"lead_more_{number}",
                    "group_ids": [(4, seller.id)],
                }
                for number in range(count)
            ]
        )
        self.env["crm.team.member"].create(
            [{"crm_team_id": self.team_pool.id, "user_id": user.id} for user in users]
        )
        for number in range(count):
            self._make_rule(domain=f"[('expected_revenue', '>', {number + 1})]")

    def test_cost_does_not_grow_with_rules_and_members(self):
        self._make_rule(name="Rest", sequence=99, in_hours_only=True)
        lead = self._make_waiting()

        def preview():
            self.engine._preview(lead)

        def create():
            self.env["crm.lead"].create({"name": "New"})

        def cost(run):
            run()
            self.env.flush_all()
            self.env.invalidate_all()
            gc.collect()
            before = self.env.cr.sql_log_count
            run()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = (cost(preview), cost(create))
        self._add_rules_and_members(40)
        self.assertEqual((cost(preview), cost(create)), few)

    def test_who_reads_the_log(self):
        self._make_rule()
        log = self._route()
        self.assertEqual(log.to_user_id, self.pool[0])
        log.with_user(self.pool[0]).read(["reason", "story"])
        log.with_user(self.user_all).read(["reason"])
        with self.assertRaises(AccessError):
            log.with_user(self.pool[1]).read(["reason"])
        with self.assertRaises(AccessError):
            log.with_user(self.user_manager).write({"mode": "manual"})
        with self.assertRaises(AccessError):
            log.with_user(self.user_manager).unlink()
        with self.assertRaises(AccessError):
            self.env["crm.lead.routing.log"].with_user(self.user_manager).create(
                {"lead_id": log.lead_id.id, "mode": "manual"}
            )

    def test_route_action_needs_the_right_to_write(self):
        self._make_rule()
        lead = self._make_waiting()
        lead.with_user(self.user_all).action_route()
        self.assertEqual(lead.user_id, self.pool[0])
        with self.assertRaises(AccessError):
            lead.with_user(self.pool[1]).action_route()
