# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestInsightTour(LeadCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        leads = cls._make_leads(3, name="Asked", user_id=cls.user_seller.id)
        leads += cls._make_leads(2, name="Asked", user_id=cls.user_colleague.id)
        won = cls._make_lead(name="Bought", user_id=cls.user_seller.id)
        won.type = "opportunity"
        won.action_set_won()
        # The board begins with the period of yesterday.
        (leads + won).flush_recordset()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = %(day)s, date_closed = CASE WHEN id = %(won)s"
            " THEN %(day)s::timestamp END WHERE id = ANY(%(ids)s)",
            {"day": yesterday, "won": won.id, "ids": (leads + won).ids},
        )
        cls.env.invalidate_all(flush=False)
        cls.audit = cls.env["crm.lead.audit"].search([("lead_id", "=", won.id)])
        cls.env["crm.lead.audit"]._build(cls.audit)

    def test_from_a_figure_to_the_lesson(self):
        login = self.user_manager.login
        self.start_tour("/odoo/lead-insight", "insight_lesson", login=login)
        self.assertEqual(self.audit.lesson, "Ask early for the budget")

    def test_monday_of_a_manager(self):
        login = self.user_manager.login
        self.start_tour("/odoo/lead-insight", "insight_board", login=login)

    def test_a_salesperson_sees_his_own(self):
        login = self.user_seller.login
        self.start_tour("/odoo/lead-insight", "insight_own", login=login)

    def test_by_the_keyboard_alone(self):
        """Each number is reached and opened, and is where the way back ends."""
        login = self.user_manager.login
        self.start_tour("/odoo/lead-insight", "insight_keyboard", login=login)
