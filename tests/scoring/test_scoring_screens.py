# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..test_main_tours import MainTours


class ScreensCase(MainTours):
    """Windows of the scoring team, and what lists say of rules."""

    browser_size = "1366x900"
    code = "en_US"

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang(self.code)
        if self.code != "en_US":
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [self.code]
            )
        self.user_manager.lang = self.code
        self._make_others(self.env["crm.lead"], user_id=self.user_seller.id)
        self.card = self.env["crm.scorecard"].search([("state", "=", "live")], limit=1)

    def _open(self, model, **context):
        """Return the path of a window, filled in for our scorecard."""
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Window",
                "res_model": model,
                "view_mode": "form",
                "context": repr({"default_scorecard_id": self.card.id, **context}),
            }
        )
        return f"/odoo/action-{action.id}"

    def _windows(self):
        self._tour(self._open("crm.scorecard.shares"), "scoring_shares", "lead_manager")
        other = self.card.copy({"name": "Another one"})
        path = self._open("crm.scorecard.compare", default_other_id=other.id)
        self._tour(path, "scoring_compare", "lead_manager")


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestScoringScreens(ScreensCase):
    def test_windows(self):
        self._windows()

    def test_rule_words(self):
        """Ux, Admin: the condition of a rule in words, in a browser."""
        Rule = self.env["crm.routing.rule"]
        Rule.search([]).active = False
        qatar = self.env.ref("base.qa").id
        rules = Rule.create(
            [
                {"name": name, "team_id": self.team_north.id, "domain": domain}
                for name, domain in (
                    ("Big", "[('company_size', '>', 10)]"),
                    ("Everybody", "[]"),
                    ("Fresh", "[('create_date', '>=', 'today -14d')]"),
                    ("Abroad", f"[('country_id', 'in', [{qatar}])]"),
                    ("Broken", "[('company_size', '>', 11)]"),
                )
            ]
        )
        self.env.flush_all()
        # Its field was removed since.
        self.env.cr.execute(
            "UPDATE crm_routing_rule SET domain = '[(''x_gone'', ''='', 1)]' WHERE id = %s",
            [rules[-1].id],
        )
        self.env.invalidate_all()
        self._tour("/odoo/lead-routing", "scoring_rule_words", "lead_manager")

    def test_the_band_stands_beside_the_grade(self):
        """Ux A11: also where the view that one comes from does not have the field."""
        self._make_hotel()
        lead = self.env["crm.lead"].search([("lead_grade", "=", 5)], limit=1)
        lead.write({"type": "opportunity", "user_id": self.user_seller.id})
        view = self.env.ref("crm.crm_case_tree_view_oppor").id
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Opportunities",
                "res_model": "crm.lead",
                "view_mode": "list,form",
                "view_ids": [
                    (0, 0, {"view_mode": "list", "view_id": view}),
                    (0, 0, {"view_mode": "form"}),
                ],
                "domain": [("id", "=", lead.id)],
            }
        )
        self._tour(f"/odoo/action-{action.id}", "scoring_band", "lead_seller")


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestScoringScreensPhone(ScreensCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_windows(self):
        self._windows()


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestScoringScreensRightToLeft(ScreensCase):
    browser_size = "375x667"
    touch_enabled = True
    code = "ar_001"

    def test_windows(self):
        self._windows()
