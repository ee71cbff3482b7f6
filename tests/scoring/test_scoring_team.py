# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestScoringTeam(ScoringCommon):
    """What is meant for the scoring team is for it, and for nobody else of Sales."""

    def setUp(self):
        super().setUp()
        self.mine = self._make_lead(user_id=self.user_seller.id)
        self.theirs = self._make_lead(user_id=self.user_manager.id)
        self.card = self._make_scorecard(("A", 9, []), state="shadow")
        self.env["crm.score.engine"]._score(self.mine | self.theirs)
        self.card._evaluate([])

    def _seen(self, model):
        rows = self.env[model].with_user(self.user_seller)
        field = "evaluation_id" if model.endswith("grade") else ""
        path = f"{field}.scorecard_id" if field else "scorecard_id"
        return rows.search([(path, "=", self.card.id)])

    def test_a_member_sees_what_is_meant_for_the_team(self):
        """Status 15: shadow grades of the leads that he may read, and the evaluations."""
        self.assertFalse(self._seen("crm.lead.grade.shadow"))
        self.assertFalse(self._seen("crm.scorecard.evaluation"))
        card = self.card.with_user(self.user_seller)
        self.assertEqual((card.evaluation_count, card.is_for_me), (0, False))
        self.card.user_ids = [(4, self.user_seller.id)]
        card.invalidate_recordset()
        self.assertEqual(self._seen("crm.lead.grade.shadow").lead_id, self.mine)
        self.assertEqual(len(self._seen("crm.scorecard.evaluation")), 1)
        self.assertEqual((card.evaluation_count, card.is_for_me), (1, True))
        manager = self.env["crm.lead.grade.shadow"].with_user(self.user_manager)
        found = manager.search([("scorecard_id", "=", self.card.id)])
        self.assertGreaterEqual(found.lead_id, self.mine | self.theirs)

    def test_a_member_changes_nothing(self):
        """Status 15: to see is not to decide."""
        self.card.user_ids = [(4, self.user_seller.id)]
        with self.assertRaises(AccessError):
            self.card.with_user(self.user_seller).action_publish()
        with self.assertRaises(AccessError):
            self._seen("crm.scorecard.evaluation").unlink()

    def test_everybody_of_sales_reads_the_strategy(self):
        """R130: a menu for whoever handles leads opens the document of what is live."""
        live = self._make_scorecard(("A", 9, []), name="Ours")
        Card = self.env["crm.scorecard"].with_user(self.user_seller)
        action = Card.action_open_strategy()
        self.assertEqual(action["context"]["active_ids"], live.ids)
        report = self.env["ir.actions.report"].with_user(self.user_seller)
        name = "crm_lead_management.crm_scorecard_strategy"
        html = report._render_qweb_html(name, live.ids)[0].decode()
        self.assertIn("Ours", html)
        live.action_retire()
        self.assertEqual(Card.action_open_strategy()["tag"], "display_notification")
