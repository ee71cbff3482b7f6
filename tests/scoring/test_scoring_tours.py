# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestScoringTours(HttpCase):
    """A salesperson asks why; the scoring team learns, evaluates and publishes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.scorecard"].search([]).active = False
        cls.env["crm.qualifier"].search([]).active = False
        seller = "sales_team.group_sale_salesman"
        cls.seller = new_test_user(cls.env, "lena_berg", seller, name="Lena Berg")
        cls.manager = new_test_user(
            cls.env, "omar_said", "sales_team.group_sale_manager", name="Omar Said"
        )

    def _scorecard(self):
        return self.env["crm.scorecard"].create(
            {
                "name": "Strategy 1",
                "state": "live",
                "user_ids": [(4, self.manager.id)],
                "rule_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Big",
                            "points": 85,
                            "domain": "[('company_size', '>', 99)]",
                        },
                    ),
                    (
                        0,
                        0,
                        {
                            "name": "Small",
                            "points": -5,
                            "domain": "[('company_size', '<', 9)]",
                        },
                    ),
                ],
            }
        )

    def _activate(self, code):
        self.env["res.lang"]._activate_lang(code)
        if code != "en_US":
            self.env["ir.module.module"]._load_module_terms(
                ["crm_lead_management"], [code]
            )

    def _why(self, code):
        self._activate(code)
        self.seller.lang = code
        self._scorecard()
        lead, _other = self.env["crm.lead"].create(
            [
                {
                    "name": name,
                    "type": "opportunity",
                    "user_id": self.seller.id,
                    "company_size": size,
                }
                for name, size in (("Keen", 100), ("Small", 3))
            ]
        )
        self.start_tour("/odoo/leads-by-grade", "scoring_why", login="lena_berg")
        self.assertEqual((lead.lead_grade, lead.grade_manual), (2, 2))
        self.assertEqual(lead.grade_manual_reason, "Left the company")

    def test_why(self):
        self._why("en_US")

    def test_why_from_right_to_left(self):
        self._why("ar_001")

    def test_learn_evaluate_publish(self):
        self.env["crm.lead"].with_context(active_test=False).search(
            [("won_status", "in", ["won", "lost"])]
        ).unlink()
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Lead {number}", "company_size": 500 if number % 2 else 5}
                for number in range(200)
            ]
        )
        self.env.flush_all()
        # 7 in 10 of the big ones are won, 2 in 10 of the others: the fact tells, and is no
        # leak, whatever the ids are by which leads are drawn to learn from.
        won = [
            lead.id
            for number, lead in enumerate(leads)
            if number // 2 % 10 < (7 if number % 2 else 2)
        ]
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = CASE WHEN id = ANY(%s) THEN 'won'"
            " ELSE 'lost' END WHERE id = ANY(%s)",
            [won, leads.ids],
        )
        self.env.invalidate_all()
        self.start_tour("/odoo/scorecards", "scoring_team", login="omar_said")
        live = self.env["crm.scorecard"].search([("state", "=", "live")])
        self.assertEqual(live.training_count, 140)
        self.assertEqual(len(live.evaluation_ids), 2)

    def _open_strategy(self, code, direction):
        """Open the strategy document as a user does, and by its address."""
        card = self._scorecard()
        self._activate(code)
        self.manager.lang = code
        with self.subTest(lang=code):
            url = f"/odoo/scorecards/{card.id}"
            self.start_tour(url, f"scoring_strategy_{direction}", login="omar_said")
            self.authenticate("omar_said", "omar_said")
            # Whatever language the visitor's cookie says: the reader's counts.
            self.opener.cookies["frontend_lang"] = "en_US"
            report = "crm_lead_management.crm_scorecard_strategy"
            response = self.url_open(f"/report/html/{report}/{card.id}")
            self.assertEqual(response.status_code, 200)
            self.assertIn("Strategy 1", response.text)
            self.assertIn("+85", response.text)
            self.assertIn(f'dir="{direction}"', response.text)
            title = {
                "en_US": "Scoring team",
                "ar_001": "فريق التقييم",
                "tr_TR": "Puanlama ekibi",
            }[code]
            self.assertIn(title, response.text)

    def test_strategy_document_in_english(self):
        self._open_strategy("en_US", "ltr")

    def test_strategy_document_in_arabic(self):
        self._open_strategy("ar_001", "rtl")

    def test_strategy_document_in_turkish(self):
        self._open_strategy("tr_TR", "ltr")
