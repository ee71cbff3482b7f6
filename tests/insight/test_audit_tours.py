# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..test_main_tours import MainTours


class AuditTours(MainTours):
    """Two leads that were dropped: after an offer that nobody followed up, and at once."""

    def _dropped(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too dear"})
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "user_id": self.user_seller.id,
                    "team_id": self.team_north.id,
                    "type": "opportunity",
                    "expected_revenue": 20000,
                }
                for name in ("Six espresso machines", "Hostel in Porto")
            ]
        )
        now = fields.Datetime.now()
        offer = self.env["crm.message.template"].with_context(active_test=False)
        offer = offer.search([("purpose", "=", "offer")], limit=1)
        self.assertTrue(offer, "shipped")
        touches = self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": leads[0].id,
                    "kind": kind,
                    "direction": "out",
                    "outcome": outcome,
                    "is_human": True,
                    "occurred_on": now - timedelta(days=days),
                }
                for kind, outcome, days in (("call", "talked", 5), ("email", False, 3))
            ]
        )
        touches.filtered(lambda t: t.kind == "email").sudo().write(
            {"message_template_id": offer.id}
        )
        for lead in leads:
            lead.action_set_lost(lost_reason_id=reason.id)
        self.env["crm.lead.audit"]._build()
        return leads


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestAuditTours(AuditTours):
    browser_size = "1366x900"

    def test_from_the_findings_to_the_lesson(self):
        """R062: what drops have in common, what happened with one, what is learned."""
        lead = self._dropped()[0]
        self._tour("/odoo/lead-findings", "insight_audit", self.user_manager.login)
        audit = self.env["crm.lead.audit"].search([("lead_id", "=", lead.id)])
        self.assertEqual(audit.lesson, "Call two days after each offer")
        self.assertEqual(audit.state, "read")
        self.assertEqual(audit.read_by_id, self.user_manager)
        # The button of the lead leads back to it.
        lead = lead.with_user(self.user_seller)
        self.assertEqual(lead.audit_count, 1)
        self.assertEqual(lead.action_open_audits()["res_id"], audit.id)

    def test_the_list_of_audits(self):
        self._dropped()
        self._tour("/odoo/lead-audits", "insight_audit_list", self.user_seller.login)

    def test_logs_over_all_leads(self):
        self._dropped()
        self._tour("/odoo/lead-story", "insight_logs", self.user_seller.login)

    def test_arabic(self):
        self._dropped()
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["ir.module.module"]._load_module_terms(
            ["crm_lead_management"], ["ar_001"]
        )
        self.user_manager.lang = "ar_001"
        self._tour(
            "/odoo/lead-findings", "insight_audit_arabic", self.user_manager.login
        )


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestAuditToursPhone(AuditTours):
    browser_size = "390x844"
    touch_enabled = True

    def test_the_list_of_audits(self):
        self._dropped()
        self._tour("/odoo/lead-audits", "insight_audit_cards", self.user_seller.login)
