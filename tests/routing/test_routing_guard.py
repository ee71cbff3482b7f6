# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.routing.deciding.methods import RoundRobin
from .common import RoutingCommon

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
BROKEN = "odoo.addons.crm_lead_management.models.common.rule.crm_rule_mixin"
HUB = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestRoutingGuard(RoutingCommon):
    """What goes wrong in routing, and what changes later, never harms a lead."""

    def _create(self, **values):
        leads = self.env["crm.lead"].with_user(self.user_manager)
        return leads.create({"name": "New lead", **values}).sudo()

    def test_a_failing_engine_never_stops_a_lead(self):
        self._make_rule()
        with (
            patch.object(RoundRobin, "choose", side_effect=ZeroDivisionError),
            mute_logger(GUARD, HUB),
        ):
            lead = self._create()
        self.assertEqual(lead.user_id, self.user_manager)
        self.assertEqual(lead.routing_log_ids.outcome, "failed")
        self.assertEqual(lead.name, "New lead")

    def test_a_failing_notification_never_stops_routing(self):
        self._make_rule()
        teller = type(self.env["crm.routing.teller"])
        leads = self.env["crm.lead"].with_context(tracking_disable=False)
        with (
            patch.object(teller, "_deadline_text", side_effect=ZeroDivisionError),
            patch.object(teller, "_notify", side_effect=ZeroDivisionError),
            mute_logger(GUARD, HUB),
        ):
            created = leads.create([{"name": "One"}, {"name": "Two"}])
        self.assertEqual(len(created.user_id & self.pool), 2)
        self.assertEqual(len(created.routing_log_ids), 2)

    def test_a_rule_that_breaks_is_switched_off(self):
        rule, sound = self._make_rule(sequence=1), self._make_rule(sequence=2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_routing_rule SET domain = %s WHERE id = %s",
            ["[('company_size', 'in', ['many'])]", rule.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with mute_logger(GUARD, HUB, BROKEN):
            lead = self._create()
        self.assertEqual(lead.routing_rule_id, sound)
        self.assertFalse(rule.active)

    def test_two_transactions_at_once_are_repeated_by_odoo(self):
        self._make_rule()
        error = psycopg2.errors.SerializationFailure()
        with (
            patch.object(RoundRobin, "choose", side_effect=error),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self._create()

    def test_leads_that_change(self):
        other = self._make_rule(
            name="Big",
            team_id=self.team_south.id,
            sequence=1,
            domain="[('expected_revenue', '>', 100)]",
        )
        self._make_rule(name="Rest", sequence=2)
        lead, answered = self._create(), self._create()
        owner = lead.user_id
        lead.expected_revenue = 500
        self.assertEqual(lead.user_id, owner)
        lead.expected_revenue = 5
        other.catch_changes = True
        answered.first_response_on = "2024-01-01"
        (lead + answered).expected_revenue = 500
        self.assertEqual(lead.user_id, self.user_all)
        self.assertEqual(self._last_log(lead).from_user_id, owner)
        self.assertNotEqual(answered.user_id, self.user_all)
        count = len(lead.routing_log_ids)
        lead.expected_revenue = 600
        self.assertEqual(len(lead.routing_log_ids), count)

    def test_an_owner_who_is_chosen_along_with_other_facts_stays(self):
        self._make_rule(
            name="Big",
            team_id=self.team_south.id,
            domain="[('expected_revenue', '>', 100)]",
            catch_changes=True,
        )
        lead, other = self._make_waiting(2)
        lead.write({"user_id": self.pool[3].id, "expected_revenue": 500})
        lead.expected_revenue = 600
        other.expected_revenue = 500
        self.assertEqual(lead.user_id, self.pool[3])
        self.assertEqual(lead.routing_log_ids.mapped("outcome"), ["by_hand"])
        self.assertEqual(other.user_id, self.user_all)

    def test_the_action_of_a_rule(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "First message",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                "code": "records.write({'referred': 'Greeted'})",
            }
        )
        rule = self._make_rule(server_action_id=action.id)
        lead = self._create()
        self.assertEqual(lead.referred, "Greeted")
        self.assertFalse(lead.first_response_on)
        lead.referred = False
        lead.user_id = False
        lead.with_user(self.user_manager).user_id = self.pool[2]
        self.assertFalse(lead.referred)
        action.code = "raise UserError('No')"
        with mute_logger("odoo.addons.crm_lead_management.models.common.guarded"):
            lead = self._create()
        self.assertIn(lead.user_id, self.pool)
        self.assertEqual(lead.routing_rule_id, rule)

    def test_who_drags_a_rule_lends_its_action_nothing(self):
        """C of messages: the action had the rights of whoever wrote the rule last."""
        admin = self.env.ref("base.user_admin")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Reaches for more",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                "code": "records.write({'referred': env.user.login})",
            }
        )
        rule = self._make_rule().with_user(self.user_manager)
        rule.write({"server_action_id": action.id, "server_action_uid": admin.id})
        self.assertEqual(rule.sudo().server_action_uid, self.user_manager)
        rule.with_user(admin).sequence = 5
        self.assertEqual(self._create().referred, self.user_manager.login)
        rule.write({"server_action_uid": admin.id})
        self.assertEqual(self._create().referred, self.user_manager.login)
        copy = rule.with_user(admin).copy()
        self.assertEqual(copy.sudo().server_action_uid, admin)

    def test_merging_keeps_the_earliest_times(self):
        self._make_rule()
        first, second = self._create(), self._create()
        first.first_assigned_on, second.first_assigned_on = "2024-02-01", "2024-01-01"
        second.first_response_on = "2024-03-01"
        kept = (first + second).merge_opportunity()
        self.assertEqual(str(kept.first_assigned_on), "2024-01-01 00:00:00")
        self.assertEqual(str(kept.first_response_on), "2024-03-01 00:00:00")
