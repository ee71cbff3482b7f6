# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..common import LeadCommon
from .test_faults_contact import CUSTOMER, MAIL


@tagged("post_install", "-at_install")
class TestFurtherContacts(MockEmail, LeadCommon):
    """Second addresses and own mail programs: cases that nobody had reported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.routing.policy"].create({"name": "1 h", "minutes": 60})
        cls.customer = cls.env["res.partner"].create({"name": "An", "email": CUSTOMER})
        cls.user_seller.email = "seller@ours.example"
        cls.lead = cls._make_lead(
            user_id=cls.user_seller.id, partner_id=cls.customer.id, type="opportunity"
        )

    def _seen(self):
        touchpoints = self.lead.touchpoint_ids.sorted("id")
        return [(t.kind, t.direction, t.is_human) for t in touchpoints]

    def _receive(self, sender, to, cc="", n="1"):
        raw = MAIL.format(
            sender=sender, to=to, cc=cc, subject=f"Mail-{n}", headers="X-A: b"
        )
        thread = self.env["mail.thread"].with_context(mail_create_nolog=True)
        thread.message_process("crm.lead", raw, thread_id=self.lead.id)
        self.env.flush_all()

    def test_a_second_address_that_the_contact_gets_later(self):
        """Kind of C21: Odoo leaves the address of the lead as it was."""
        self.customer.email = f"{CUSTOMER}, an.private@mail.example"
        self._receive("an.private@mail.example", "info@ours.example")
        self.assertEqual(self._seen(), [("email", "in", True)])

    def test_an_answer_to_the_second_address(self):
        """Kind of C15: from one's own mail program, to where the customer wrote from."""
        self.customer.email = f"{CUSTOMER}, an.private@mail.example"
        self._receive(
            "seller@ours.example", "an.private@mail.example", "info@ours.example"
        )
        self.assertEqual(self._seen(), [("email", "out", True)])
        self.assertTrue(self.lead.first_response_on)

    def test_an_answer_with_the_customer_in_copy(self):
        """Kind of C15: to a colleague, the customer in copy, in capitals and with his name."""
        self._receive(
            "Seller <SELLER@ours.example>",
            "boss@ours.example",
            f'"Buyer, An" <{CUSTOMER.upper()}>, info@ours.example',
        )
        self.assertEqual(self._seen(), [("email", "out", True)])
        self.assertTrue(self.lead.first_response_on)

    def test_an_answer_from_the_second_address_of_a_colleague(self):
        """Kind of D71: somebody of ours with two addresses is no stranger in either."""
        self.user_seller.email = "seller@ours.example, seller@phone.example"
        self._receive("seller@phone.example", CUSTOMER, "info@ours.example")
        self.assertEqual(self._seen(), [("email", "out", True)])
        self.assertTrue(self.lead.first_response_on)

    def test_a_colleague_answers_for_the_owner(self):
        """A person of ours has answered, whoever owns the lead."""
        self.user_colleague.email = "colleague@ours.example"
        self._receive("colleague@ours.example", CUSTOMER, "info@ours.example")
        self.assertTrue(self.lead.first_response_on)

    def test_the_company_writes_from_its_second_address(self):
        """Kind of D48: also where the company's addresses have different domains."""
        company = self.env["res.partner"].create(
            {
                "name": "Company",
                "is_company": True,
                "email": "info@company.example, orders@other-name.example",
            }
        )
        self.customer.parent_id = company
        self._receive("orders@other-name.example", "info@ours.example")
        self.assertEqual(self._seen(), [("email", "in", True)])
