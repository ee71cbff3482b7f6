# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import NEIGHBOUR, needs
from .common import PipelineCommon


@tagged(*NEIGHBOUR)
class TestOrders(PipelineCommon):
    """What quotations and orders say about a lead, where the sales app is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("order_ids" in cls.env["crm.lead"]._fields, "sale_crm")
        cls.buyer = cls.env["res.partner"].create({"name": "Buyer"})

    def _lead(self, role="open", **values):
        return self._make_lead(
            stage_id=self.stages[role].id,
            type="opportunity",
            user_id=self.user_seller.id,
            company_id=self.company.id,
            **values,
        )

    def _order(self, lead):
        """Make a quotation, as a salesperson."""
        orders = self.env["sale.order"].with_user(self.user_seller)
        return orders.create({"partner_id": self.buyer.id, "opportunity_id": lead.id})

    def test_without_switches_orders_move_nothing(self):
        lead = self._lead("qualified")
        self._order(lead).action_confirm()
        self.assertEqual(lead.stage_id, self.stages["qualified"])

    def test_quotation_and_order(self):
        self.company.lead_stage_by_quotation = True
        self.company.lead_stage_by_order = True
        lead = self._lead("qualified")
        order = self._order(lead)
        self.assertEqual(lead.stage_id, self.stages["negotiation"])
        order.action_confirm()
        self.assertEqual(lead.stage_id, self.stages["customer"])
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(
            lead.stage_log_ids.sorted("id").mapped("reason"),
            [False, "Quotation", "Order confirmed"],
        )

    def test_a_quotation_that_is_linked_or_cancelled_later(self):
        self.company.lead_stage_by_quotation = True
        lead = self._lead("qualified")
        order = self._order(self.env["crm.lead"])
        order.opportunity_id = lead
        self.assertEqual(lead.stage_id, self.stages["negotiation"])
        order.action_cancel()
        self.assertEqual(
            lead.stage_id, self.stages["negotiation"], "the way back is a person's"
        )

    def test_the_lead_of_a_colleague(self):
        """Who sells need not be allowed to see whose lead it was."""
        self.company.lead_stage_by_order = True
        lead = self._lead("qualified")
        order = self._order(lead)
        lead.user_id = self.user_colleague
        order.action_confirm()
        self.assertEqual(lead.stage_id, self.stages["customer"])

    def test_an_order_brings_a_dormant_customer_back(self):
        self.company.lead_stage_by_order = True
        lead = self._lead("inactive")
        self._order(lead).action_confirm()
        self.assertEqual(lead.stage_id, self.stages["customer"])

    def test_an_order_counts_as_heard_of(self):
        steps = self.env["crm.stage.dormancy"]
        steps.search([]).active = False
        step = steps.create(
            {"name": "Step", "days": 30, "action": "activity", "basis": "order"}
        )
        now = fields.Datetime.now()
        lead = self._lead("customer")
        lead.date_closed = now - timedelta(days=100)
        order = self._order(lead)
        self.assertEqual(steps._due(now), [(lead.id, step.id)], "a quotation is none")
        order.action_confirm()
        self.assertFalse(steps._due(now))
        order.date_order = now - timedelta(days=40)
        self.assertEqual(steps._due(now), [(lead.id, step.id)])

    def test_settings_offer_the_switches(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.lead_has_sales)
        switches = {"lead_stage_by_quotation": True, "lead_stage_by_order": True}
        settings.write(switches)
        settings.execute()
        for name in switches:
            self.assertTrue(self.env.company[name], name)
