# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingWaiting(RoutingCommon):
    """Leads that wait for an owner, and many that are routed in the background."""

    def test_waiting_leads_are_routed_when_somebody_returns(self):
        self._make_rule()
        self.team_pool.user_id = False
        self.members.assignment_optout = True
        lead = self.env["crm.lead"].create({"name": "Lead", "user_id": False})
        self.assertFalse(lead.user_id)
        self.assertTrue(lead.routing_waiting_since)
        self.assertTrue(self.env.ref("crm_lead_management.ir_cron_routing").active)
        self._run()
        self.assertEqual(len(lead.routing_log_ids), 1)
        self.members[2].assignment_optout = False
        self._run()
        self.assertEqual(lead.user_id, self.pool[2])
        self.assertFalse(lead.routing_waiting_since)

    def test_a_background_run_that_is_cut_off_is_taken_up_again(self):
        self._make_rule()
        leads = self._make_waiting(10)
        with patch(
            "odoo.addons.crm_lead_management.models.routing.crm_lead_actions.AT_ONCE", 5
        ):
            leads.with_user(self.user_manager).action_route()
        self.assertFalse(leads.user_id)
        self.assertEqual(len(leads.filtered("routing_asked_on")), 10)
        cron = type(self.env["ir.cron"])
        ladder = (
            "odoo.addons.crm_lead_management.models.routing.crm_routing_waiting.BATCH"
        )
        with patch(ladder, 4), patch.object(cron, "_commit_progress", return_value=0):
            self.env["crm.routing.waiting"]._route()
            self.assertEqual(len(leads.filtered("user_id")), 4)
        with patch(ladder, 4), patch.object(cron, "_commit_progress", return_value=9):
            self.env["crm.routing.waiting"]._route()
        self.assertEqual(len(leads.filtered("user_id")), 10)
        self.assertEqual([len(lead.routing_log_ids) for lead in leads], [1] * 10)

    def test_nothing_is_routed_once_the_rules_are_off(self):
        rule = self._make_rule()
        self.team_pool.user_id = False
        self.members.assignment_optout = True
        lead = self.env["crm.lead"].create({"name": "Lead", "user_id": False})
        self.assertTrue(lead.routing_waiting_since)
        self.company.lead_fallback_user_id = self.user_all
        rule.active = False
        self._run()
        self.assertFalse(lead.user_id)

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_routing").method_direct_trigger()
        self.env.invalidate_all()
