# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ...wizards.routing.crm_routing_gallery import EXAMPLES
from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingWizards(RoutingCommon):
    """Examples, dry run, hand-over, analysis, and Odoo's own assignment beside ours."""

    def _wizard(self, name, user=None, **values):
        return (
            self.env[f"crm.routing.{name}"]
            .with_user(user or self.user_manager)
            .create(values)
        )

    # === GALLERY === #

    def test_every_example_is_a_draft_that_works(self):
        for example in EXAMPLES:
            action = self._wizard(
                "gallery", example=example, team_id=self.team_pool.id
            ).action_create()
            rule = self.env["crm.routing.rule"].browse(action["res_id"])
            self.assertFalse(rule.active)
            self.assertTrue(rule.note)
            rule.with_user(self.user_manager).active = True
        lead = (
            self.env["crm.lead"].with_user(self.user_manager).create({"name": "Lead"})
        )
        self.assertIn(lead.sudo().user_id, self.pool)
        self.assertEqual(
            dict(self.env["crm.routing.gallery"]._selection_example()).keys(),
            EXAMPLES.keys(),
        )
        self.assertFalse(
            self.env["crm.routing.rule"]
            .with_context(active_test=False)
            .search([("broken_reason", "!=", False)])
        )

    # === DRY RUN === #

    def test_dry_run_of_a_draft(self):
        draft = self._make_rule(active=False)
        leads = self._make_waiting(6, user_id=self.user_all.id)
        trial = self._wizard("trial", count=6, rule_ids=[(6, 0, draft.ids)])
        self.assertTrue(trial.has_drafts)
        trial.action_try()
        self.assertEqual(len(trial.line_ids), 6)
        self.assertEqual(trial.changed, 6)
        self.assertEqual(
            {line.user_id: (line.has, line.would_have) for line in trial.member_ids},
            {
                self.pool[0]: (0, 2),
                self.pool[1]: (0, 2),
                self.pool[2]: (0, 1),
                self.pool[3]: (0, 1),
                self.user_all: (6, 0),
            },
        )
        self.assertTrue(all(line.reason for line in trial.line_ids))
        self.assertEqual(leads.user_id, self.user_all)
        self.assertFalse(leads.routing_log_ids)
        self.assertFalse(self.env["crm.routing.rule"]._is_on())
        trial.action_activate()
        self.assertTrue(draft.active)

    def test_dry_run_of_one_lead_and_of_none(self):
        rule = self._make_rule()
        lead = self._make_waiting()
        trial = self._wizard("trial", lead_id=lead.id)
        self.assertIn(rule, trial.rule_ids)
        trial.action_try()
        self.assertEqual(trial.line_ids.to_user_id, self.pool[0])
        trial.action_back()
        trial.write({"lead_id": False, "count": -5})
        with self.assertRaises(UserError):
            trial.action_try()

    def test_dry_run_is_for_managers(self):
        with self.assertRaises(AccessError):
            self._wizard("trial", self.user_all)

    # === HAND-OVER === #

    def test_hand_over_with_activities_and_meetings(self):
        self._make_rule()
        leads = self._make_waiting(
            4, user_id=self.pool[0].id, team_id=self.team_pool.id
        )
        other = self._make_waiting(user_id=self.pool[1].id)
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "res_id": leads[0].id,
                "user_id": self.pool[0].id,
                "summary": "Call",
            }
        )
        start = fields.Datetime.now() + timedelta(days=1)
        meeting = self.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": self.pool[0].id,
                "opportunity_id": leads[1].id,
                "partner_ids": [(6, 0, self.pool[0].partner_id.ids)],
            }
        )
        wizard = self._wizard("reassign", user_id=self.pool[0].id)
        wizard.action_preview()
        self.assertEqual(len(wizard.line_ids), 4)
        self.assertEqual(leads.user_id, self.pool[0])
        wizard.action_reassign()
        self.assertEqual(leads.user_id, self.pool[1:])
        self.assertEqual(other.user_id, self.pool[1])
        self.assertEqual(activity.user_id, leads[0].user_id)
        self.assertEqual(meeting.user_id, leads[1].user_id)
        self.assertIn(leads[1].user_id.partner_id, meeting.partner_ids)
        self.assertNotIn(self.pool[0].partner_id, meeting.partner_ids)
        self.assertTrue(self.members[0].assignment_optout)
        for line, log in zip(
            wizard.line_ids, leads.routing_log_ids.sorted("lead_id"), strict=False
        ):
            self.assertEqual(line.lead_id, log.lead_id)
            self.assertEqual(line.to_user_id, log.to_user_id)

    def test_hand_over_of_some_leads_only(self):
        self._make_rule()
        leads = self._make_waiting(3, user_id=self.pool[0].id)
        wizard = self._wizard(
            "reassign",
            user_id=self.pool[0].id,
            lead_ids=[(6, 0, leads[0].ids)],
            pause=False,
        )
        wizard.action_reassign()
        self.assertNotEqual(leads[0].user_id, self.pool[0])
        self.assertEqual(leads[1:].user_id, self.pool[0])
        self.assertFalse(self.members[0].assignment_optout)

    def test_hand_over_is_for_managers_and_needs_leads(self):
        with self.assertRaises(AccessError):
            self._wizard("reassign", self.user_all, user_id=self.pool[0].id)
        with self.assertRaises(UserError):
            self._wizard("reassign", user_id=self.pool[3].id).action_preview()

    # === ANALYSIS === #

    def test_received_against_fair_share(self):
        self._make_rule(method="weighted")
        self.members[0].routing_weight = 5
        self.engine._route(self._make_waiting(16))
        hand = self._make_waiting()
        hand.with_user(self.user_manager).user_id = self.user_manager
        self.env.flush_all()
        rows = self.env["crm.routing.report"]._read_group(
            [("user_id", "in", (self.pool + self.user_manager).ids)],
            ["user_id"],
            ["received:sum", "fair_share:sum", "difference:sum"],
        )
        figures = {user: tuple(values) for user, *values in rows}
        self.assertEqual(figures[self.pool[0]], (10, 4.0, 6.0))
        self.assertEqual(figures[self.pool[1]], (2, 4.0, -2.0))
        way = self.env["crm.routing.report"].search([("lead_id", "=", hand.id)])
        self.assertEqual((way.way, way.received), ("claimed", 1))

    def test_who_sees_the_analysis(self):
        self._make_rule()
        self.engine._route(self._make_waiting(4))
        self.env.flush_all()
        report = self.env["crm.routing.report"]
        self.assertEqual(
            report.with_user(self.pool[0]).search([]).user_id, self.pool[0]
        )
        self.assertGreater(len(report.with_user(self.user_all).search([]).user_id), 1)

    # === ODOO'S OWN ASSIGNMENT === #

    def test_not_beside_odoo_s_repeated_assignment(self):
        cron = self.env.ref("crm.ir_cron_crm_lead_assign")
        cron.active = True
        with self.assertRaises(ValidationError) as caught:
            self._make_rule()
        self.assertIn("Switch it off", str(caught.exception))
        self._make_rule(active=False)
        cron.active = False
        self._make_rule()
        settings = self.env["res.config.settings"].create(
            {"crm_use_auto_assignment": True, "crm_auto_assignment_action": "auto"}
        )
        with self.assertRaises(UserError):
            settings.set_values()

    def test_odoo_s_button_works_where_routing_is_off(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.team_pool.write(
            {"use_leads": True, "assignment_domain": "[('name', '=', 'Odd')]"}
        )
        leads = self._make_waiting(2, name="Odd", type="lead", team_id=False)
        self.team_pool.with_user(self.user_manager).action_assign_leads()
        self.assertTrue(all(lead.user_id in self.pool for lead in leads))

    # === KNOWN ACCOUNTS === #

    def test_who_may_not_see_the_other_lead_learns_whom_to_ask(self):
        self._make_waiting(
            name="Secret", email_from="a@firm-x.test", user_id=self.pool[1].id
        )
        lead = self._make_waiting(email_from="b@firm-x.test", user_id=self.pool[0].id)
        text = lead.with_user(self.pool[0]).routing_known
        self.assertIn(self.pool[1].name, text)
        self.assertNotIn("Secret", text)
        self.assertFalse(
            lead.with_user(self.pool[0]).copy({"email_from": False}).routing_known
        )
