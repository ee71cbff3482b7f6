# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..wizards.checks import OF_THE_SYSTEM, RULE_SCREENS, SCREENS, Checks
from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestHealth(LeadCommon):
    """What is on, off, broken and waits, on one page; what is left of the set-up."""

    def _checks(self, user=None):
        env = self.env(user=user or self.user_manager)
        return Checks(env, self.company)

    def _health(self):
        return {group["key"]: group["rows"] for group in self._checks().health()}

    def _row(self, group, key):
        rows = [row for row in self._health()[group] if row["key"] == key]
        return rows[0] if rows else None

    def test_the_steps_follow_what_is_there(self):
        before = {row["key"]: row["state"] for row in self._checks().steps()}
        self.assertEqual(before["routing"], "todo")
        self.assertEqual(before["scorecard"], "todo", "the shipped one is off here")
        self.env["crm.routing.rule"].create(
            {"name": "In turn", "method": "round_robin", "team_id": self.team_north.id}
        )
        after = {row["key"]: row["state"] for row in self._checks().steps()}
        self.assertEqual(after["routing"], "done")

    def test_rules_of_another_company_are_no_part_of_it(self):
        other = self.env["res.company"].create({"name": "Health of another"})
        self.env["crm.routing.rule"].create(
            {
                "name": "Theirs",
                "method": "fixed",
                "user_id": self.user_manager.id,
                "company_id": other.id,
            }
        )
        states = {row["key"]: row["state"] for row in self._checks().steps()}
        self.assertEqual(states["routing"], "todo")

    def test_a_rule_that_was_switched_off_is_broken(self):
        self.assertFalse(self._row("broken", "rule:crm.segment"))
        segment = self.env["crm.segment"].create({"name": "Gone"})
        segment.write({"active": False})
        segment._write({"broken_reason": "The field x_gone was removed"})
        segment.flush_recordset()
        row = self._row("broken", "rule:crm.segment")
        self.assertEqual(row["state"], "broken")
        action = self._open(self.user_manager, row["key"])
        found = self.env["crm.segment"].with_context(**action["context"])
        self.assertIn(segment, found.search(action["domain"]))

    def test_each_kind_of_rule_can_be_shown(self):
        mixin = self.env.registry["crm.rule.mixin"]
        kinds = {
            name
            for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract
        }
        self.assertEqual(set(RULE_SCREENS), kinds)

    def test_a_filter_of_a_member_that_was_left_aside_is_broken(self):
        self.assertFalse(self._row("broken", "filters"))
        member = self.team_north.crm_team_member_ids[:1]
        member.routing_priority_reason = "The field x_gone was removed"
        row = self._row("broken", "filters")
        action = self._open(self.user_manager, row["key"])
        found = self.env["crm.team.member"].search(action["domain"])
        self.assertEqual(found, member)

    def test_a_job_that_fails_or_is_late_is_broken(self):
        cron = self.env.ref("crm_lead_management.ir_cron_routing")
        cron.write({"active": True, "nextcall": fields.Datetime.now()})
        self.env["ir.cron"].search([("id", "!=", cron.id)]).active = False
        self.assertFalse(self._row("broken", "jobs"))
        cron.failure_count = 2
        self.assertIn(cron.cron_name, self._row("broken", "jobs")["text"])
        cron.failure_count = 0
        cron.nextcall = fields.Datetime.now() - timedelta(hours=7)
        self.assertTrue(self._row("broken", "jobs"))

    def test_leads_without_an_owner_wait(self):
        before = self._row("waits", "ownerless")
        count = int(before["text"]) if before else 0
        self._make_leads(3, user_id=False, type="opportunity")
        row = self._row("waits", "ownerless")
        self.assertEqual(int(row["text"]), count + 3)

    def _open(self, user, key):
        return self.env["crm.lead.management.health"].with_user(user).open_check(key)

    def test_every_row_opens_a_screen_that_is_there(self):
        admin = new_test_user(
            self.env,
            "health_admin",
            "sales_team.group_sale_manager,base.group_system",
        )
        for key in [*SCREENS, *(f"rule:{name}" for name in RULE_SCREENS)]:
            with self.subTest(key=key):
                action = self._open(admin, key)
                model = self.env[action["res_model"]].with_user(admin)
                domain = action.get("domain")
                if isinstance(domain, list):
                    model.search_count(domain)

    def test_only_administrators_open_them(self):
        for key in SCREENS:
            with self.assertRaises(AccessError):
                self._open(self.user_seller, key)
        for key in OF_THE_SYSTEM:
            with self.assertRaises(AccessError):
                self._open(self.user_manager, key)
        for key in ("nonsense", "rule:base.action_res_users", None, 5, {}):
            with self.assertRaises(AccessError):
                self._open(self.user_manager, key)

    def test_a_row_that_one_may_not_open_says_so(self):
        rows = {row["key"]: row for row in self._checks().steps()}
        self.assertFalse(rows["languages"]["opens"])
        self.assertTrue(rows["stages"]["opens"])

    def test_the_assistant_says_that_nothing_has_changed_yet(self):
        self.env["crm.stage"].search([]).lead_role = False
        self.env["crm.intake.source"].search([]).active = False
        self.env["crm.followup.policy"].search([]).active = False
        Setup = self.env["crm.lead.management.setup"].with_user(self.user_manager)
        self.assertTrue(Setup.create({}).is_untouched)
        self.env["crm.routing.rule"].create(
            {"name": "In turn", "method": "round_robin", "team_id": self.team_north.id}
        )
        self.assertFalse(Setup.create({}).is_untouched)

    def test_installing_opens_the_assistant_once(self):
        """By its address: the page of the Apps has none of our widgets until it is reloaded."""
        todo = self.env.ref("crm_lead_management.crm_lead_management_setup_todo")
        setup = self.env.ref("crm_lead_management.crm_lead_management_setup_action")
        action = todo.action_launch()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(action["target"], "self")
        self.assertEqual(action["url"], f"/odoo/{setup.path}")
        self.assertEqual(todo.state, "done")

    def test_odoo_s_own_digest_sends_none_of_our_figures(self):
        digests = self.env["digest.digest"].search([])
        digests.state = "deactivated"
        digest = digests.create({"name": "Odoo's own", "state": "activated"})
        rows = {row["key"]: row for row in self._checks().steps()}
        self.assertEqual(rows["digest"]["state"], "option")
        digest.kpi_lead_received = True
        rows = {row["key"]: row for row in self._checks().steps()}
        self.assertEqual(rows["digest"]["state"], "done")
