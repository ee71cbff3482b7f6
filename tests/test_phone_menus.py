# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .test_main_tours import MainTours

OWN = "crm_lead_management."


class MenusOfPhone(MainTours):
    """Each of our menus on the phone, with something in every list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.pipeline.setup"].create({}).action_apply()
        lead = cls._make_lead(
            name="Espresso bar for two restaurants, with a rather long name",
            type="opportunity",
            contact_name="Noura Al Sayed",
            user_id=cls.user_seller.id,
        )
        lead.action_set_won()
        stage = cls.env["crm.stage"].search([("lead_role", "=", "qualified")], limit=1)
        rule = "[('expected_revenue', '>=', 20000), ('country_id.code', '=', 'QA')]"
        named = {"name": "What a person calls a rule of many words", "domain": rule}
        for model, values in {
            "crm.followup.policy": named,
            "crm.routing.policy": {**named, "minutes": 60},
            "crm.stage.gate": {**named, "stage_id": stage.id, "kind": "rule"},
            "crm.segment": named,
            "crm.review.meeting": {"team_id": cls.team_north.id},
            "crm.setup.file": {"name": "For the second company"},
            "crm.source.cost": {
                "source_id": cls.env["utm.source"].create({"name": "Fair"}).id,
                "date_from": "2026-01-01",
                "date_to": "2026-02-01",
                "amount": 1250,
                "note": "The stand, the journey and all that was printed for it",
            },
            "crm.insight.target": {"code": "customer", "kind": "month", "value": 4},
        }.items():
            cls.env[model].create(values)


@tagged("post_install", "-at_install")
class TestListsOfPhone(MenusOfPhone):
    def test_each_list_of_a_menu_has_cards_beside_it(self):
        """On a narrow screen Odoo shows cards, where the action has some: lists are cut."""
        menus = self.env["ir.ui.menu"].search([("action", "!=", False)])
        names = menus._get_external_ids()
        actions = {
            menu.action
            for menu in menus
            if any(name.startswith(OWN) for name in names[menu.id])
            and menu.action._name == "ir.actions.act_window"
        }
        self.assertGreater(len(actions), 30)
        for action in actions:
            modes = action.view_mode.split(",")
            # Digests and media are Odoo's own, of few columns.
            if modes[0] != "list" or not action.res_model.startswith("crm."):
                continue
            with self.subTest(action.name):
                self.assertIn("kanban", modes)
                view = self.env[action.res_model].get_view(view_type="kanban")
                self.assertTrue(view["id"], "cards that somebody has made")


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestMenusOfPhone(MenusOfPhone):
    browser_size = "390x844"
    touch_enabled = True

    def test_nothing_reaches_over_the_edge(self):
        self._tour(
            "/odoo/lead-targets", "main_phone_menus", "lead_manager", timeout=240
        )

    def test_nothing_reaches_over_the_edge_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.env["ir.module.module"]._load_module_terms(
            ["base", "web", "crm", "crm_lead_management"], ["ar_001"]
        )
        self.user_manager.lang = "ar_001"
        self._tour(
            "/odoo/lead-targets", "main_phone_menus", "lead_manager", timeout=240
        )
