# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..test_main_tours import MainTours


class CardTours(MainTours):
    """R253, R254: the need-to-know card in a browser."""

    browser_size = "1366x900"
    code = "en_US"

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang(self.code)
        if self.code != "en_US":
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [self.code]
            )
        self.user_seller.lang = self.code
        self.company.lead_need_to_know = True
        self.lead = self._make_hotel()

    def _card(self):
        self._tour(
            f"/odoo/crm.lead/{self.lead.id}", "insight_card", self.user_seller.login
        )
        looks = self.env["crm.lead.card.look"].search([("lead_id", "=", self.lead.id)])
        self.assertEqual(looks.user_id, self.user_seller)

    def _watch(self):
        rule = self.env["crm.routing.rule"].search([], limit=1)
        self.env["crm.lead.routing.log"].create(
            {
                "lead_id": self.lead.id,
                "to_user_id": self.user_seller.id,
                "rule_id": rule.id,
                "mode": "auto",
                "team_id": self.team_north.id,
            }
        )
        self._tour("/odoo/lead-picking", "insight_picking", self.user_seller.login)


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestCardTours(CardTours):
    def test_card(self):
        view = self.env.ref("crm.crm_case_tree_view_oppor").id
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Opportunities",
                "res_model": "crm.lead",
                "view_mode": "list,form",
                "view_ids": [(0, 0, {"view_mode": "list", "view_id": view})],
                "domain": [("id", "=", self.lead.id)],
            }
        )
        login = self.user_seller.login
        self._tour(f"/odoo/action-{action.id}", "insight_card_lists", login)
        self._card()
        self._watch()

    def test_settings(self):
        """A user finds it: in Settings, and from there as a variant."""
        self.user_manager.group_ids += self.env.ref("base.group_system")
        action = self.env.ref("crm.crm_config_settings_action")
        path = f"/odoo/action-{action.id}"
        self._tour(path, "insight_card_settings", self.user_manager.login)


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestCardToursPhone(CardTours):
    browser_size = "375x667"
    touch_enabled = True

    def test_card(self):
        self._card()
        self._watch()


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestCardToursRightToLeft(CardTours):
    code = "ar_001"

    def test_card(self):
        self._card()
        self._watch()
