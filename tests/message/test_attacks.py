# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import MessageCommon

SCRIPT = "<img src=x onerror=alert(1)>"


@tagged("post_install", "-at_install")
class TestAttacks(MessageCommon):
    """Hostile names, addresses, templates and windows, of whoever may send something in."""

    def _send(self, lead, channel="email"):
        return self.message.with_user(self.user_seller)._send(
            lead.with_user(self.user_seller), channel
        )

    def _batch(self, leads, channel="email"):
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": leads.ids,
                "template_id": self.message.id,
                "channel": channel,
            }
        )
        batch.action_plan()
        return batch

    # === ADDRESSES === #

    def test_a_name_that_is_a_header(self):
        """A line break in what becomes the subject begins no header of its own."""
        self.message.mail_template_id.subject = "For {{ object.contact_name }}"
        self.lead_full.contact_name = "Sara\r\nBcc: evil@x.example"
        self._send(self.lead_full)
        mail = self._mails(self.lead_full)
        self.assertNotIn("\n", mail.subject)
        self.assertNotIn("\r", mail.subject)
        written = str(mail._prepare_outgoing_list())
        self.assertFalse(mail.email_cc)
        self.assertNotIn("evil@x.example", str(mail.recipient_ids.mapped("email")))
        self.assertEqual(written.count("'email_to'"), 1)

    def test_a_second_recipient_behind_a_line_break(self):
        """Each address behind a break is one that is asked about, as any second one."""
        self.env["mail.blacklist"]._add("blocked@x.example")
        self.lead_full.email_from = "sara@example.com\nBcc: blocked@x.example"
        with self.assertRaises(UserError):
            self._send(self.lead_full)
        self.assertFalse(self._mails(self.lead_full))

    def test_a_blocked_address_in_disguise(self):
        """Capitals, spaces, a name around it: it stays the same mailbox."""
        self.env["mail.blacklist"]._add("sara@example.com")
        for disguise in (
            " SARA@Example.COM ",
            '"Sara, <fine@x.example>" <sara@example.com>',
            "sara@example.com;",
        ):
            with self.subTest(disguise=disguise), self.assertRaises(UserError):
                self.lead_full.email_from = disguise
                self._send(self.lead_full)

    def test_the_other_spelling_of_a_domain(self):
        """A domain with other letters has two spellings: a block of one is one of both."""
        spellings = ("sara@b\u00fccher.example", "sara@xn--bcher-kva.example")
        for blocked, used in (spellings, spellings[::-1]):
            entry = self.env["mail.blacklist"]._add(blocked)
            self.lead_full.email_from = used
            with self.subTest(used=used), self.assertRaises(UserError):
                self._send(self.lead_full)
            entry.unlink()
        # And of a wish on another lead, and at the last door.
        wishes = self.lead_company
        wishes.write({"email_from": spellings[0], "optout_email": True})
        guard = self.env["crm.message.guard"]
        self.assertTrue(guard._blockers(self.lead_full, "email"))
        mail = self.env["mail.mail"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead_full.id,
                "email_to": spellings[1],
                "subject": "x",
            }
        )
        self.assertEqual(mail.state, "cancel")

    def test_a_number_that_is_an_address_of_its_own(self):
        """What follows a number adds nothing to the link; the text stays one parameter."""
        self.lead_full.phone = "+966501234567?text=pay&x=1#y"
        self.lead_full.contact_name = "A & text=pay #1"
        try:
            link = self._send(self.lead_full, "whatsapp")["url"]
        except UserError:
            return  # No number that can be reached.
        parts = urlsplit(link)
        self.assertEqual(parts.path, "/966501234567")
        self.assertEqual(list(parse_qs(parts.query)), ["text"])
        self.assertFalse(parts.fragment)

    # === TEMPLATES, TEXTS === #

    def test_directives_that_are_no_placeholders(self):
        """QWeb says more than placeholders: loops, calls, settings, attributes."""
        mail = self.message.mail_template_id
        for attack in (
            '<t t-set="x" t-value="object.unlink()"/>',
            '<t t-foreach="user.search([])" t-as="u"><t t-out="u.login"/></t>',
            '<t t-call="web.login"/>',
            '<t t-call="{{ object.name }}"/>',
            "<a t-att=\"{'href': object.env}\">x</a>",
            '<p t-out="object.user_id.sudo().login">x</p>',
            '<p t-options="{\'widget\': object.unlink()}" t-out="object.name"/>',
            "<p t-if=\"object.write({'name': 1})\">x</p>",
            '<p t-debug="pdb">x</p>',
        ):
            with self.subTest(attack=attack), self.assertRaises(ValidationError):
                mail.body_html = attack
                mail.flush_recordset()

    def test_markup_in_names_and_reasons(self):
        """What is noted about a lead shows markup in its words, and does not run it."""
        self.message.name = SCRIPT
        self.lead_full.write({"name": SCRIPT, "optout_email": True})
        batch = self._batch(self.lead_full)
        batch.action_send()
        note = self.lead_full.message_ids[0].body
        self.assertIn("Left out", note)
        self.assertNotIn("<img", note)
        self.assertIn("&lt;img", note)

    # === WINDOWS === #

    def test_a_line_that_a_client_calls_ready(self):
        """Nobody writes them; and they are asked again when they go, whatever stands in them."""
        self.lead_full.optout_email = True
        batch = self._batch(self.lead_full)
        line = batch.line_ids
        ready = {"state": "ready", "reason": False, "channel": "email"}
        with self.assertRaises(AccessError):
            line.write(ready)
        line.sudo().write({**ready, "template_id": self.message.id})
        batch.action_send()
        self.assertEqual(line.state, "skipped")
        self.assertFalse(self._mails(self.lead_full))

    def test_a_line_of_a_lead_of_somebody_else(self):
        """A line of a colleague's lead is refused, and so is a selection with it."""
        foreign = self._make_lead(
            user_id=self.user_colleague.id, email_from="f@x.example"
        )
        batch = self._batch(self.lead_full)
        with self.assertRaises(AccessError):
            batch.line_ids.lead_id = foreign
            batch.action_send()
        with self.assertRaises(AccessError):
            self._batch(self.lead_full | foreign)
        self.assertFalse(self._mails(foreign))

    def test_a_waiting_message_that_a_client_made_up(self):
        """What waits goes as it was checked: a text that nobody checked does not go."""
        waiting = self.env["mail.scheduled.message"].with_user(self.user_seller)
        row = waiting.create(
            {
                "model": "crm.lead",
                "res_id": self.lead_full.id,
                "author_id": self.user_seller.partner_id.id,
                "body": "Pay to another account",
                "subject": "x",
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
                "crm_message_channel": "email",
                "crm_message_template_id": self.message.id,
                "crm_message_key": "made up",
            }
        )
        self._run_queue(fields.Datetime.now() + timedelta(hours=2))
        self.assertFalse(row.exists())
        self.assertFalse(self._sent(self.lead_full))
        # But for what tells who chose it.
        reached = self._mails(self.lead_full).mapped("email_to")
        self.assertNotIn("sara@example.com", str(reached))

    def test_a_window_with_values_that_it_does_not_offer(self):
        """Another company's text, another language, another channel, by RPC."""
        far = self.env["res.company"].create({"name": "Far"})
        foreign = self._make_message(name="Foreign", company_id=far.id)
        window = self.env["crm.message.compose"].with_user(self.user_seller)
        values = {"lead_id": self.lead_full.id, "template_id": self.message.id}
        for bad in (
            {"template_id": foreign.id, "channel": "email"},
            {"channel": "fax"},
            {"channel": "email", "lang": "xx_XX"},
        ):
            with self.subTest(bad=bad):
                try:
                    window.create({**values, **bad}).action_send()
                    self.fail("It went.")
                except (AccessError, UserError, ValueError):
                    self.assertFalse(self._mails(self.lead_full))

    def test_outsiders_open_no_window(self):
        """The portal neither writes to leads nor reads what was written to them."""
        portal = new_test_user(self.env, "lead_outside", "base.group_portal")
        self._send(self.lead_full)
        for model, method in (
            ("crm.message.compose", "create"),
            ("crm.message.batch", "create"),
            ("crm.message.template", "search_read"),
            ("crm.message.queue", "search_read"),
        ):
            args = [{}] if method == "create" else [[]]
            with self.subTest(model=model), self.assertRaises(AccessError):
                getattr(self.env[model].with_user(portal), method)(*args)
