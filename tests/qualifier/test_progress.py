# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestQualificationProgress(LeadCommon):
    """ux.md C6: "Open" on every card says nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.need, cls.budget = cls.env["crm.qualifier"].create(
            [{"name": name, "kind": "yes_no"} for name in ("Need", "Budget")]
        )

    def _cards(self, count):
        return self._make_leads(count, user_id=self.user_seller.id)

    def test_it_says_how_far(self):
        lead = self._cards(1).with_user(self.user_seller)
        self.assertEqual(lead.qualification_progress, "0/2")
        lead.action_answer_qualifier(self.need.id, "yes")
        self.assertEqual(lead.qualification_progress, "1/2")

    def test_a_page_of_cards_costs_as_much_as_one(self):
        def run(size):
            leads = self._cards(size).with_user(self.user_seller)
            return lambda: leads.mapped("qualification_progress")

        self.assertSameQueryCount(run, 10, 100)

    def test_nothing_where_nothing_is_asked(self):
        (self.need + self.budget).active = False
        self.assertFalse(self._cards(1).qualification_progress)
