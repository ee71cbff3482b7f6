# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RoutingCommon

ACTION = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestRoutingOptions(RoutingCommon):
    """Options of rules, and what the routing page of a lead shows."""

    def _arrive(self, **values):
        return self.env["crm.lead"].create(
            {"name": "New", "type": "lead", "user_id": False, **values}
        )

    def test_leads_stay_leads_unless_the_rule_says_so(self):
        rule = self._make_rule()
        self.assertEqual(self._arrive().type, "lead")
        rule.convert_leads = True
        partner = self.env["res.partner"].create({"name": "Known"})
        lead = self._arrive(partner_id=partner.id)
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.partner_id, partner)
        self.assertTrue(lead.date_conversion)
        self.assertTrue(lead.stage_id)
        self.assertEqual(lead.team_id, self.team_pool)

    def test_a_lead_without_an_owner_is_not_converted(self):
        self._make_rule(convert_leads=True)
        self.members.assignment_optout = True
        self.team_pool.user_id = False
        self.assertEqual(self._arrive().type, "lead")

    def test_a_failed_conversion_leaves_a_routed_lead(self):
        self._make_rule(convert_leads=True)
        with (
            patch.object(
                type(self.env["crm.lead"]),
                "convert_opportunity",
                side_effect=ValueError,
            ),
            mute_logger(ACTION),
        ):
            lead = self._arrive()
        self.assertEqual(lead.type, "lead")
        self.assertIn(lead.user_id, self.pool)

    def test_minutes_to_the_first_response(self):
        lead = self._arrive(user_id=self.pool[0].id)
        self.assertFalse(lead.first_response_minutes)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "is_human": True,
                    "occurred_on": lead.create_date + timedelta(minutes=7, seconds=30),
                }
            ]
        )
        self.assertEqual(lead.first_response_minutes, 7)

    def test_the_form_asks_for_a_fallback_owner(self):
        rule = self._make_rule()
        self.assertTrue(rule.fallback_is_missing)
        self.company.lead_fallback_user_id = self.user_manager
        rule.invalidate_recordset()
        self.assertFalse(rule.fallback_is_missing)
        self.user_manager.active = False
        rule.invalidate_recordset()
        self.assertTrue(rule.fallback_is_missing)
