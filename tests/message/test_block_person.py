# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestBlockPerson(MessageCommon):
    """Blocks hold for the address and the person: second addresses, other leads, every way."""

    NUMBER = "+966501234567"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guard = cls.env["crm.message.guard"]

    def _blocked(self, lead, channel="email"):
        return self.guard._blockers(lead, channel).get(lead.id, "")

    # === SECOND ADDRESSES === #

    def _with_two(self):
        two = self.env["res.partner"].create(
            {"name": "Two", "email": "Ok <ok@two.example>, bl@two.example"}
        )
        lead = self._make_lead(partner_id=two.id, user_id=self.user_seller.id)
        return two, lead

    def test_second_address_of_a_contact(self):
        """A1: Odoo writes to all addresses of a contact."""
        self.env["mail.blacklist"]._add("bl@two.example")
        two, lead = self._with_two()
        self.assertIn("bl@two.example", self._blocked(lead))
        message = lead.message_post(
            body=self.message.name, partner_ids=two.ids, subtype_xmlid="mail.mt_comment"
        )
        notified = message.notification_ids.filtered(
            lambda row: row.res_partner_id == two
        )
        self.assertEqual(notified.notification_status, "canceled")

    def test_second_address_in_the_queue(self):
        """A1: the last door takes out the one, and leaves the other with its name."""
        two, lead = self._with_two()
        mail = self.env["mail.mail"].create(
            {
                "model": "crm.lead",
                "res_id": lead.id,
                "recipient_ids": [(4, two.id)],
                "email_to": '"Zoe Z." <zoe@three.example>',
                "body_html": "x",
                "state": "outgoing",
            }
        )
        self.env["mail.blacklist"]._add("bl@two.example")
        mail._crm_message_refuse()
        to = [
            address
            for row in mail._prepare_outgoing_list()
            for address in row["email_to"]
        ]
        self.assertEqual(
            sorted(to), ['"Ok" <ok@two.example>', '"Zoe Z." <zoe@three.example>']
        )

    # === OTHER LEADS === #

    def test_a_wish_follows_the_person(self):
        """A14: a form sent twice undid it."""
        old = self._make_lead(
            email_from="Sara@example.com",
            phone=self.NUMBER,
            optout_email=True,
            optout_sms=True,
            optout_whatsapp=True,
            active=False,
        )
        for channel in ("email", "sms", "whatsapp"):
            self.assertIn("does not want", self._blocked(self.lead_full, channel))
            self.assertFalse(
                "does not want" in self._blocked(self.lead_company, channel)
            )
        old.write(
            {"optout_email": False, "optout_sms": False, "optout_whatsapp": False}
        )
        for channel in ("email", "sms", "whatsapp"):
            self.assertFalse(self._blocked(self.lead_full, channel))

    # === SMS BY ACTIONS === #

    def _action(self, method):
        return self.env["ir.actions.server"].create(
            {
                "name": "SMS",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "sms",
                "sms_method": method,
                "sms_template_id": self.message.sms_template_id.id,
            }
        )

    def _run(self, action, leads):
        action.with_context(
            active_model="crm.lead", active_ids=leads.ids, active_id=leads[0].id
        ).run()

    def test_sms_without_a_note_that_cannot_arrive(self):
        """A8 (a): a number that is known as unreachable."""
        self.guard._record_failed_number(self.lead_full, "sms", self.NUMBER, ref="x")
        self._run(self._action("sms"), self.lead_full)
        sms = self.env["sms.sms"].search([("number", "=", self.NUMBER)])
        self.assertEqual(sms.state, "canceled")

    def test_sms_without_a_note_waits_while_somebody_opts_out(self):
        """A8 (b), (c): asked again when it goes; and recorded."""
        self._run(self._action("sms"), self.lead_full)
        sms = self.env["sms.sms"].search([("number", "=", self.NUMBER)])
        self.assertEqual((sms.state, sms.mail_message_id.id), ("outgoing", False))
        self.assertEqual(self._sent(self.lead_full).mapped("kind"), ["sms"])
        self.assertFalse(self._sent(self.lead_full).is_human)
        self.lead_full.optout_sms = True
        self.assertEqual(sms._crm_message_refuse(), sms)

    def test_of_several_leads_the_others_get_theirs(self):
        """A15: one blocked lead, and nobody got anything."""
        self.lead_full.optout_sms = True
        self._run(self._action("comment"), self.lead_full | self.lead_company)
        self.assertFalse(self._sms(self.lead_full))
        self.assertTrue(self._sms(self.lead_company))
        self.assertIn("does not want", str(self.lead_full.message_ids.mapped("body")))

    # === WHO LIFTED IT === #

    def test_the_history_says_who_lifted_a_block(self):
        """A25: it did not."""
        self.env["mail.blacklist"]._add("sara@example.com")
        self.env["mail.blacklist"].with_user(self.env.ref("base.user_admin"))._remove(
            "sara@example.com"
        )
        last = self.lead_full.message_ids[0]
        self.assertIn("sara@example.com was taken off", last.body)
        self.assertEqual(last.author_id, self.env.ref("base.user_admin").partner_id)
