# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestInsightTour(LeadCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_leads(3, name="Asked today", user_id=cls.user_seller.id)
        cls._make_leads(2, name="Asked a colleague", user_id=cls.user_colleague.id)
        won = cls._make_lead(name="Bought today", user_id=cls.user_seller.id)
        won.type = "opportunity"
        won.action_set_won()
        cls.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": won.id,
                    "kind": "call",
                    "direction": "out",
                    "outcome": "talked",
                    "is_human": True,
                    "occurred_on": fields.Datetime.now(),
                }
            ]
        )

    def test_monday_of_a_manager(self):
        login = self.user_manager.login
        self.start_tour("/odoo/lead-insight", "insight_board", login=login)

    def test_a_salesperson_sees_his_own(self):
        login = self.user_seller.login
        self.start_tour("/odoo/lead-insight", "insight_own", login=login)
