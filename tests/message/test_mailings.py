# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from ..common import NEIGHBOUR, LeadCommon, needs

FINE, WISH = "fine@company.example.com", "wish@company.example.com"


@tagged(*NEIGHBOUR)
class TestMailings(MockEmail, LeadCommon):
    """Issue 13 (3): mailings heed what leads and their contacts wish (Email Marketing)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("mailing.mailing" in cls.env, "mass_mailing")
        cls.fine, cls.wish = cls.env["res.partner"].create(
            [{"name": "Fine", "email": FINE}, {"name": "Wish", "email": WISH}]
        )
        cls.leads = cls.env["crm.lead"].create(
            [
                {"name": partner.name, "type": "lead", "partner_id": partner.id}
                for partner in (cls.fine, cls.wish)
            ]
        )
        cls.leads[1].optout_email = True

    def _send(self, model, records):
        """Send a mailing; return the state of each trace by address, and who was written to."""
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get(model).id,
                "mailing_domain": repr([("id", "in", records.ids)]),
                "body_html": "<p>News</p>",
                "keep_archives": True,
            }
        )
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        states = {
            trace.email: trace.trace_status for trace in mailing.mailing_trace_ids
        }
        return states, {address for mail in self._mails for address in mail["email_to"]}

    def _assert_heeded(self, states, reached):
        self.assertEqual(states[FINE], "sent")
        self.assertEqual(states[WISH], "cancel")
        self.assertIn(FINE, str(reached))
        self.assertNotIn(WISH, str(reached))

    def test_a_mailing_to_leads(self):
        self._assert_heeded(*self._send("crm.lead", self.leads))

    def test_a_mailing_to_leads_with_the_wish_on_another(self):
        """A14: who said so on one lead has said so on all with the address."""
        again = self._make_lead(email_from=WISH)
        self._assert_heeded(*self._send("crm.lead", self.leads[0] | again))

    def test_a_mailing_to_contacts(self):
        """The contact of a lead that wants none gets none as a contact either."""
        self._assert_heeded(*self._send("res.partner", self.fine | self.wish))

    def test_a_mailing_to_a_contact_with_two_addresses(self):
        """A1: the wish is about one mailbox, wherever it stands."""
        self.fine.email = f"{FINE}, {WISH}"
        _states, reached = self._send("res.partner", self.fine)
        self.assertNotIn(WISH, str(reached))

    def test_a_mailing_list_is_left_by_its_own_way(self):
        """Who is on a list has put himself there: that is Odoo's own matter."""
        own_list = self.env["mailing.list"].create({"name": "List"})
        contact = self.env["mailing.contact"].create(
            {"name": "Wish", "email": WISH, "list_ids": [(4, own_list.id)]}
        )
        states, _reached = self._send("mailing.contact", contact)
        self.assertEqual(states[WISH], "sent")
