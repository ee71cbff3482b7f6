# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestSetup(LeadCommon):
    """The set-up assistant, as a sales administrator."""

    def _setup(self, user=None, **values):
        model = self.env["crm.lead.management.setup"].with_user(
            user or self.user_manager
        )
        return model.create(values)

    def test_opening_it_changes_nothing(self):
        stages = (
            self.env["crm.stage"].search([]).read(["name", "sequence", "lead_role"])
        )
        setup = self._setup()
        setup.read()
        self.assertEqual(
            self.env["crm.stage"].search([]).read(["name", "sequence", "lead_role"]),
            stages,
        )
        self.assertFalse(
            self.env.ref("crm_lead_management.ir_cron_evaluate_leads").active
        )
        self.assertEqual(setup.rule_count, 0)

    def test_only_for_sales_administrators(self):
        with self.assertRaises(AccessError):
            self._setup(user=self.user_all)

    def test_grading_is_started_and_stopped(self):
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        leads.create([{"name": "Old"}] * 3)
        setup = self._setup()
        self.assertEqual(setup.graded_count, 0)
        self.assertFalse(setup.is_running)
        setup.action_grade_leads()
        setup = self._setup()
        self.assertTrue(setup.is_running)
        self.assertEqual(setup.todo_count, setup.lead_count)
        setup.action_stop_grading()
        self.assertFalse(self._setup().is_running)

    def test_first_routing_rule(self):
        setup = self._setup(
            team_id=self.team_north.id, fallback_user_id=self.user_manager.id
        )
        self.assertEqual(setup.member_count, 2)
        setup.action_start_routing()
        self.assertEqual(self.company.lead_fallback_user_id, self.user_manager)
        leads = self._make_leads(4, user_id=False)
        self.assertEqual(leads.user_id, self.user_seller + self.user_colleague)

    def test_a_door(self):
        """Issue 16: an address for a form, and a test lead that takes nobody's turn."""
        self.env["crm.intake.source"].search([]).active = False
        setup = self._setup(team_id=self.team_north.id)
        self.assertEqual(setup.source_count, 0)
        with self.assertRaises(UserError):
            setup.action_test_door()
        setup.action_start_routing()
        window = setup.action_connect_form()
        shown = self.env[window["res_model"]].browse(window["res_id"])
        self.assertIn("/crm/intake/", shown.snippet)
        setup = self._setup(team_id=self.team_north.id)
        self.assertEqual(setup.source_count, 1)
        lead = self.env["crm.lead"].browse(setup.action_test_door()["res_id"])
        self.assertEqual(lead.email_from, "test-lead@example.com")
        self.assertFalse(lead.routing_rule_id, "a test takes nobody's turn")
        real = self._make_leads(2, user_id=False)
        self.assertEqual(real.user_id, self.user_seller + self.user_colleague)
        again = self.env["crm.lead"].browse(setup.action_test_door()["res_id"])
        self.assertEqual(again, lead, "pressed twice, there is one")
        source = shown.source_id
        source.mapping_ids = [
            (0, 0, {"path": "your-mail", "target": "email_from", "required": True})
        ]
        lead.unlink()
        lead = self.env["crm.lead"].browse(setup.action_test_door()["res_id"])
        self.assertEqual(lead.email_from, "test-lead@example.com", "by the map")
        for act in (
            setup.action_connect_form,
            setup.action_test_door,
            setup.action_open_doors,
        ):
            with self.assertRaises(AccessError):
                getattr(setup.with_user(self.user_all), act.__name__)()

    def test_pressed_in_two_windows_it_is_done_once(self):
        self.env["crm.intake.source"].search([]).active = False
        self.env["crm.routing.rule"].search([]).active = False
        for _window in range(2):
            self._setup(team_id=self.team_north.id).action_start_routing()
        self.assertEqual(self.env["crm.routing.rule"].search_count([]), 1)
        self._setup().action_connect_form()
        again = self._setup().action_connect_form()
        self.assertEqual(again["res_model"], "crm.intake.source")
        self.assertEqual(self.env["crm.intake.source"].search_count([]), 1)

    def test_a_team_without_members_is_refused(self):
        team = self.env["crm.team"].create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "has members"):
            self._setup(team_id=team.id).action_start_routing()
        self.assertFalse(
            self.env["crm.routing.rule"].search([("team_id", "=", team.id)])
        )
