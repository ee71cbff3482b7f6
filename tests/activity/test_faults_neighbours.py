# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..common import NEIGHBOUR, LeadCommon, needs

TEXT = "Hello"


@tagged(*NEIGHBOUR)
class TestFaultsNeighbours(LeadCommon):
    """What other apps do with leads: quotations, chats, rehearsals of mailings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        cls.customer = cls.env["res.partner"].create(
            {"name": "An", "email": "an@company.example"}
        )
        cls.lead = cls._make_lead(
            user_id=cls.user_seller.id, partner_id=cls.customer.id, type="opportunity"
        )

    def _seen(self):
        touchpoints = self.lead.touchpoint_ids.sorted("id")
        return [(t.direction, t.is_human) for t in touchpoints]

    def test_a_quotation_and_the_answer_on_it(self):
        """D49: both are contacts with the opportunity; the clock stops."""
        needs(
            "opportunity_id" in self.env.get("sale.order", self.lead)._fields,
            "sale_crm",
        )
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "opportunity_id": self.lead.id}
        )
        order.with_user(self.user_manager).sudo().message_post(
            body=TEXT,
            partner_ids=self.customer.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.user_seller.partner_id.id,
        )
        self.assertEqual(self._seen(), [("out", True)])
        self.assertTrue(self.lead.first_response_on)
        order.message_post(
            body=TEXT,
            message_type="email",
            author_id=self.customer.id,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._seen(), [("out", True), ("in", True)])

    def test_the_rehearsal_of_a_mailing(self):
        """D10: it says nothing about the lead that it was tried on."""
        needs("mailing.mailing" in self.env, "mass_mailing")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get("crm.lead").id,
                "body_html": "<p>News</p>",
            }
        )
        self.env["mail.mail"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "email_to": "writer@elsewhere.example",
                "message_type": "email_outgoing",
                "mailing_id": mailing.id,
                "subject": "[TEST] News",
            }
        )
        self.assertEqual(self._seen(), [])

    def test_a_chat_goes_on(self):
        """D50: the operator who made the lead out of the chat has answered."""
        needs("origin_channel_id" in self.lead._fields, "crm_livechat")
        channel = self.env["discuss.channel"].create(
            {
                "name": "Visitor",
                "channel_type": "livechat",
                "livechat_operator_id": self.user_seller.partner_id.id,
            }
        )
        self.lead.origin_channel_id = channel
        for _n in range(3):
            channel.message_post(
                body=TEXT,
                message_type="comment",
                author_id=self.user_seller.partner_id.id,
            )
        self.assertEqual(self._seen(), [("out", True)])
        self.assertTrue(self.lead.first_response_on)
