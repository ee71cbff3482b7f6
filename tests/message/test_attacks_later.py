# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestAttacksLater(MessageCommon):
    """What changes between checking and sending, what colleagues look for, odd addresses."""

    def _plan(self, leads, channel="email", user=None, **context):
        batch = self.env["crm.message.batch"].with_user(user or self.user_seller)
        batch = batch.with_context(**context).create(
            {
                "lead_ids": leads.ids,
                "template_id": self.message.id,
                "channel": channel,
            }
        )
        batch.action_plan()
        return batch

    def _send(self, lead, channel="email"):
        return self.message.with_user(self.user_seller)._send(
            lead.with_user(self.user_seller), channel
        )

    # === WHAT CHANGES BETWEEN CHECKING AND SENDING === #

    def test_an_address_that_becomes_a_blocked_one(self):
        self.env["mail.blacklist"]._add("blocked@x.example")
        batch = self._plan(self.lead_full)
        self.assertEqual(batch.line_ids.state, "ready")
        self.lead_full.email_from = "blocked@x.example"
        batch.action_send()
        self.assertEqual(batch.line_ids.state, "skipped")
        self.assertFalse(self._mails(self.lead_full))

    def test_an_address_that_becomes_that_of_another_line(self):
        batch = self._plan(self.lead_full + self.lead_company)
        self.lead_company.email_from = self.lead_full.email_from
        batch.action_send()
        self.assertEqual(sorted(batch.line_ids.mapped("state")), ["queued", "skipped"])

    def test_a_lead_that_goes_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.message.company_id = self.company
        batch = self._plan(self.lead_full)
        self.lead_full.sudo().write(
            {"team_id": False, "user_id": False, "company_id": other.id}
        )
        with suppress(AccessError):  # Or, in another request, he sees the lead no more.
            batch.action_send()
        self.assertFalse(self._mails(self.lead_full))
        batch = self._plan(self.lead_full, user=self.env.user)
        self.assertEqual(batch.line_ids.state, "skipped")

    def test_an_archived_mail_template(self):
        batch = self._plan(self.lead_full)
        self.message.mail_template_id.active = False
        batch.action_send()
        self.assertEqual(batch.line_ids.state, "skipped")
        with self.assertRaises(UserError):
            self._send(self.lead_full)

    def test_a_field_that_is_gone(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_nick",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "ttype": "char",
            }
        )
        self.message.mail_template_id.subject = "For {{ object.x_nick }}"
        batch = self._plan(self.lead_full)
        self.assertEqual(batch.line_ids.state, "ready")
        field.unlink()
        batch.action_send()
        self.assertEqual(batch.line_ids.state, "skipped")
        self.assertTrue(batch.line_ids.reason)
        self.assertFalse(self._mails(self.lead_full))

    def test_a_language_that_is_switched_off(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.env["res.lang"].search([("code", "=", "fr_FR")])
        self.lead_full.lang_id = french
        batch = self._plan(self.lead_full)
        self.assertEqual(batch.line_ids.lang, french.name)
        french.active = False
        self.env.invalidate_all()
        batch.action_send()
        self.assertEqual(batch.line_ids.state, "queued")
        self.assertIn("see you", self._mails(self.lead_full).body_html)

    def test_the_choice_of_a_selection_that_was_checked(self):
        """What goes is what the lines say, whatever a client writes above them."""
        other = self._make_message(name="Other", whatsapp_body="Other")
        batch = self._plan(self.lead_full)
        batch.write({"template_id": other.id, "channel": "sms"})
        batch.action_send()
        self.assertEqual(batch.line_ids.template_id, self.message)
        self.assertTrue(self._mails(self.lead_full))

    def test_a_selection_that_is_called_checked_again(self):
        batch = self._plan(self.lead_full)
        batch.action_send()
        with suppress(AccessError, UserError):
            batch.write({"state": "planned"})
            batch.action_send()
        self.assertEqual(len(self._mails(self.lead_full)), 1)

    def test_a_copy_of_a_selection(self):
        batch = self._plan(self.lead_full)
        batch.action_send()
        copy = batch.copy()
        self.assertFalse(copy.line_ids)
        self.assertEqual((copy.state, copy.sent_on), ("draft", False))

    def test_leads_of_others_are_put_into_a_selection(self):
        mine = self._plan(self.lead_full)
        theirs = self._make_lead(name="Theirs", user_id=self.user_colleague.id)
        theirs.email_from = "theirs@x.example"
        mine.action_back()
        with suppress(AccessError):
            mine.write({"lead_ids": [(4, theirs.id)]})
            mine.action_plan()
            mine.action_send()
        self.assertFalse(self._mails(theirs))
        self.assertNotIn(theirs, mine.sudo().line_ids.lead_id)

    # === ODD ADDRESSES AND NUMBERS === #

    def test_marks_of_direction_around_an_address(self):
        """What an Arabic page is copied with is no part of an address, nor of a block."""
        self.env["mail.blacklist"]._add("sara@example.com")
        for mark in ("\u200e", "\u200f", "\u202b", "\u2067", "\ufeff", "\u200b"):
            for text in (f"{mark}sara@example.com", f"sara@example.com{mark}"):
                with self.subTest(text=ascii(text)):
                    self.lead_full.email_from = text
                    with self.assertRaises(UserError):
                        self._send(self.lead_full)

    def test_marks_of_direction_around_a_number(self):
        self.env["phone.blacklist"]._add(["+966501234567"])
        for mark in ("\u200e", "\u200f", "\u202a", "\u2068", "\u00a0"):
            with self.subTest(mark=ascii(mark)):
                self.lead_full.phone = f"{mark}+966 50 123 4567{mark}"
                for channel in ("sms", "whatsapp"):
                    with self.assertRaises(UserError):
                        self._send(self.lead_full, channel)

    def test_a_number_in_arabic_digits(self):
        self.env["phone.blacklist"]._add(["+966501234567"])
        arabic = {ord("0") + digit: 0x0660 + digit for digit in range(10)}
        self.lead_full.phone = "00966501234567".translate(arabic)
        for channel in ("sms", "whatsapp"):
            with self.subTest(channel=channel), self.assertRaises(UserError):
                self._send(self.lead_full, channel)

    def test_a_number_with_an_extension(self):
        """WhatsApp and SMS know no extensions: it is not dialled, and no way around a block."""
        self.lead_full.phone = "+966501234567 ext. 12"
        try:
            action = self._send(self.lead_full, "whatsapp")
        except UserError:
            return
        self.assertEqual(urlsplit(action["url"]).path, "/966501234567")
        self.env["phone.blacklist"]._add(["+966501234567"])
        with self.assertRaises(UserError):
            self._send(self.lead_full, "sms")

    def test_our_own_address(self):
        """A lead with the address of our own desk: its message would come back as a lead."""
        domain = self.env["mail.alias.domain"].create(
            {"name": "own.example", "company_ids": [(4, self.company.id)]}
        )
        self.company.alias_domain_id = domain
        self.env["mail.alias"].create(
            {
                "alias_name": "sales-desk",
                "alias_domain_id": domain.id,
                "alias_model_id": self.env["ir.model"]._get_id("crm.lead"),
            }
        )
        for address in ("sales-desk@own.example", domain.catchall_email):
            with self.subTest(address=address):
                lead = self._make_lead(
                    email_from=address, user_id=self.user_seller.id, name=address
                )
                try:
                    self._send(lead)
                except UserError:
                    continue
                mails = self._mails(lead)
                written = str(mails._prepare_outgoing_list())
                self.assertNotIn(f"'email_to': ['{address}", written)

    def test_answers_come_to_the_company_of_the_lead(self):
        other = self.env["res.company"].create({"name": "Other"})
        for company, name in ((self.company, "one.example"), (other, "two.example")):
            company.alias_domain_id = self.env["mail.alias.domain"].create(
                {"name": name, "company_ids": [(4, company.id)]}
            )
        user = new_test_user(
            self.env,
            "both_companies",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[(6, 0, (self.company + other).ids)],
        )
        lead = self._make_lead(
            email_from="two@x.example",
            company_id=other.id,
            team_id=False,
            user_id=False,
        )
        companies = (self.company + other).ids
        batch = self._plan(lead, user=user, allowed_company_ids=companies)
        batch.action_send()
        mail = self._mails(lead)
        self.assertTrue(mail)
        self.assertIn("two.example", mail.reply_to or "")
        self.assertNotIn("one.example", mail.reply_to or "")
        self.assertIn("Other", mail.body_html)

    def test_the_mail_server_is_that_of_the_company_of_the_lead(self):
        """Also where only its team says which one, and whoever runs the queue."""
        other = self.env["res.company"].create({"name": "Other"})
        servers = self.env["ir.mail_server"]
        servers.search([]).active = False
        for company, name in ((self.company, "one.example"), (other, "two.example")):
            company.alias_domain_id = self.env["mail.alias.domain"].create(
                {"name": name, "company_ids": [(4, company.id)]}
            )
            servers += servers.create(
                {"name": name, "smtp_host": f"smtp.{name}", "from_filter": name}
            )
        team = self.env["crm.team"].create({"name": "Two", "company_id": other.id})
        self.user_all.email = "all@elsewhere.example"
        leads = self.lead_full + self._make_lead(
            email_from="two@x.example", user_id=self.user_all.id
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = NULL, team_id = %s WHERE id = %s",
            [team.id, leads[1].id],
        )
        self.env.invalidate_all()
        for lead, server in zip(leads, servers, strict=True):
            self.message.with_user(self.user_all)._send(
                lead.with_user(self.user_all), "email"
            )
            mail = self._mails(lead).sudo()
            ((server_id, domain_id, smtp_from, ids),) = (
                mail._split_by_mail_configuration()
            )
            with self.subTest(server.name):
                self.assertEqual(servers.browse(server_id), server)
                domain = self.env["mail.alias.domain"].browse(domain_id)
                self.assertEqual(domain.name, server.name)
                self.assertIn(server.name, smtp_from)
                self.assertEqual(list(ids), mail.ids)
                headers = str(mail._prepare_outgoing_list())
                self.assertIn(f"bounce@{server.name}", headers)
            mail.unlink()
        # A text that names its server keeps it.
        self.message.mail_template_id.mail_server_id = servers[0]
        self.message.with_user(self.user_all)._send(
            leads[1].with_user(self.user_all), "email"
        )
        self.assertEqual(self._mails(leads[1]).mail_server_id, servers[0])

    def test_files_of_others(self):
        """What is attached to a text is the text's: nobody sends the file of another record."""
        secret = self.env["ir.attachment"].create({"name": "pay.txt", "raw": b"secret"})
        text = self.message.mail_template_id
        for owner in (
            {"res_model": "res.company", "res_id": self.company.id},
            {"res_model": "ir.cron", "res_id": self.env["ir.cron"].search([]).ids[0]},
        ):
            secret.write(owner)
            with self.assertRaises(AccessError):
                text.with_user(self.user_manager).attachment_ids = [(4, secret.id)]
                self.env.flush_all()
            self.env.invalidate_all()
        # It was the text's once, and is another record's now.
        text.attachment_ids = [(4, secret.id)]
        self._send(self.lead_full)
        self.assertEqual(self._mails(self.lead_full).attachment_ids, secret)
        self._mails(self.lead_full).unlink()
        secret.write({"res_model": "res.company", "res_id": self.company.id})
        with self.assertRaisesRegex(UserError, "belongs to another record"):
            self._send(self.lead_full)
        self.assertFalse(self._mails(self.lead_full).attachment_ids)
        batch = self._plan(self.lead_full)
        self.assertIn("belongs to another record", batch.line_ids.reason)

    # === WHAT COLLEAGUES LOOK FOR === #

    def _sent(self):
        self.message.mail_template_id.attachment_ids = self.env["ir.attachment"].create(
            {"name": "prices.txt", "raw": b"secret prices"}
        )
        self._send(self.lead_full)
        message = self._mails(self.lead_full).mail_message_id
        self.assertTrue(message)
        return message

    def test_messages_of_a_lead_are_not_for_colleagues(self):
        message = self._sent()
        theirs = self.env["mail.message"].with_user(self.user_colleague)
        domain = [("model", "=", "crm.lead"), ("res_id", "=", self.lead_full.id)]
        self.assertFalse(theirs.search(domain))
        self.assertFalse(theirs.search([("id", "=", message.id)]))
        self.assertFalse(theirs.search([("body", "ilike", "Sara Khan")]) & message)
        for call in (
            lambda: theirs.browse(message.id).read(["body"]),
            lambda: theirs.browse(message.id).export_data(["body"]),
        ):
            with self.assertRaises(AccessError):
                call()
        try:
            groups = theirs.formatted_read_group(domain, ["subject"], ["__count"])
        except AccessError:
            groups = []
        self.assertFalse(groups)

    def test_rows_of_a_message_are_not_for_colleagues(self):
        """Its mails, notifications, touchpoints, lines, waiting rows, and what they count."""
        self._sent()
        batch = self._plan(self.lead_full)
        lead_id = self.lead_full.id
        for model, domain in (
            ("mail.mail", [("res_id", "=", lead_id)]),
            ("crm.touchpoint", [("lead_id", "=", lead_id)]),
            ("crm.message.report", [("lead_id", "=", lead_id)]),
            ("crm.message.batch.line", [("lead_id", "=", lead_id)]),
            ("crm.message.batch", [("id", "=", batch.id)]),
            ("crm.message.claim", []),
        ):
            rows = self.env[model].with_user(self.user_colleague)
            found = []
            for count in (
                lambda rows=rows, domain=domain: rows.search(domain).ids,
                lambda rows=rows, domain=domain: rows.formatted_read_group(
                    domain, [], ["__count"]
                )[0]["__count"],
            ):
                try:
                    found.append(count())
                except AccessError:
                    found.append(0)
            with self.subTest(model=model):
                self.assertFalse(any(found), found)

    def test_files_of_a_message_are_not_for_colleagues(self):
        message = self._sent()
        self.env.flush_all()
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", self.lead_full.id)]
        )
        for attachment in attachments | message.attachment_ids.filtered(
            lambda one: one.res_model in ("crm.lead", "mail.message")
        ):
            with self.assertRaises(AccessError):
                attachment.with_user(self.user_colleague).read(["raw"])

    def test_what_waits_is_not_for_colleagues(self):
        batch = self._plan(self.lead_full)
        batch.action_back()
        batch.send_on = fields.Datetime.now() + timedelta(days=2)
        batch.action_plan()
        batch.action_send()
        row = self.env["mail.scheduled.message"].search(
            [("res_id", "=", self.lead_full.id), ("model", "=", "crm.lead")]
        )
        self.assertTrue(row)
        theirs = row.with_user(self.user_colleague)
        for call in (
            lambda: theirs.read(["body"]),
            lambda: theirs.write({"body": "Pay to me"}),
            lambda: theirs.unlink(),
            lambda: theirs.post_message(),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(theirs.search([("res_id", "=", self.lead_full.id)]))

    def test_who_chose_it_has_left(self):
        """What waits does not go in the name of somebody who is no user any more."""
        moment = fields.Datetime.now() + timedelta(days=2)
        for owner in (self.user_seller, self.user_colleague):
            with self.subTest(owner=owner.login):
                self.user_seller.active = True
                self.lead_full.user_id = self.user_seller
                batch = self._plan(self.lead_full)
                batch.action_back()
                batch.send_on = moment
                batch.action_plan()
                batch.action_send()
                self.assertEqual(batch.line_ids.state, "later")
                self.lead_full.user_id = owner
                self.user_seller.active = False
                self._run_queue(moment + timedelta(minutes=1))
                self.assertEqual(batch.sudo().line_ids.state, "failed")
                self.assertFalse(self.lead_full.touchpoint_ids)
        told = self.env["mail.message"].search(
            [
                ("res_id", "=", self.lead_full.id),
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.user_colleague.partner_id.ids),
            ]
        )
        self.assertIn("no user any more", str(told.mapped("body")))

    def test_windows_of_who_has_left(self):
        window = (
            self.env["crm.message.compose"]
            .with_user(self.user_seller)
            .create(
                {
                    "lead_id": self.lead_full.id,
                    "template_id": self.message.id,
                    "channel": "email",
                }
            )
        )
        self.user_seller.active = False
        self.assertFalse(
            window.with_user(self.user_colleague).search([("id", "=", window.id)])
        )
        with self.assertRaises(AccessError):
            window.with_user(self.user_manager).read(["body"])

    # === WHAT A CLIENT SENDS ALONG === #

    def test_defaults_in_the_context(self):
        """Default values of a client are values of a client."""
        line = {
            "lead_id": self.lead_full.id,
            "template_id": self.message.id,
            "channel": "email",
            "state": "ready",
        }
        Batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = Batch.with_context(
            default_state="planned",
            default_sent_on="2020-01-01 00:00:00",
        )
        made = batch.create({"lead_ids": self.lead_full.ids})
        made.action_send()
        self.assertFalse(self._mails(self.lead_full))
        with self.assertRaises(AccessError):
            Batch.with_context(default_line_ids=[(0, 0, line)]).create(
                {"lead_ids": self.lead_full.ids}
            )

    def test_defaults_of_mails_in_the_context(self):
        """They change neither to whom a message goes nor what it is about."""
        evil = self.env["res.partner"].create({"name": "E", "email": "e@evil.example"})
        batch = self._plan(
            self.lead_full,
            default_email_to="e@evil.example",
            default_email_cc="e@evil.example",
            default_recipient_ids=[(6, 0, evil.ids)],
            default_partner_ids=evil.ids,
            default_reply_to="e@evil.example",
            default_body_html="<p>Pay to me</p>",
            default_res_id=self.lead_company.id,
            default_model="res.partner",
            default_lead_id=self.lead_company.id,
            default_message_type="comment",
        )
        batch.action_send()
        mail = self._mails(self.lead_full)
        self.assertEqual(len(mail), 1)
        self.assertNotIn("evil.example", str(mail._prepare_outgoing_list()))
        self.assertIn("see you", mail.body_html)
        self.assertEqual(self.lead_full.touchpoint_ids.mapped("kind"), ["email"])
        self.assertFalse(self.lead_company.touchpoint_ids)

    def test_companies_that_are_not_his(self):
        other = self.env["res.company"].create({"name": "Other"})
        lead = self._make_lead(
            email_from="o@x.example", company_id=other.id, team_id=False, user_id=False
        )
        with self.assertRaises(AccessError):
            self._plan(lead, allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            self._plan(lead, allowed_company_ids=(self.company + other).ids)

    def test_moments_out_of_bounds(self):
        for moment in ("9999-12-31 23:59:59", "0001-01-01 00:00:00"):
            with self.subTest(moment=moment):
                batch = self._plan(self.lead_full)
                batch.action_back()
                try:
                    batch.send_on = moment
                    batch.action_plan()
                    batch.action_send()
                except (UserError, ValidationError):
                    continue
                self.assertIn(batch.line_ids.state, ("queued", "later"))
                batch.action_recall()

    def test_the_turn_is_nobody_s_to_take(self):
        """A client that holds the turns of others would stop their messages."""
        claims = self.env["crm.message.claim"].with_user(self.user_seller)
        for call in (
            lambda: claims.create({}),
            lambda: claims.search([]),
            lambda: claims.browse(self.lead_full.id).unlink(),
        ):
            with self.assertRaises(AccessError):
                call()

    # === PERSONAL DATA === #

    def test_a_contact_with_leads_in_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        person = self.env["res.partner"].create(
            {"name": "Zoe Twice", "email": "zoe.twice@x.example"}
        )
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": "Zoe here",
                    "partner_id": person.id,
                    "company_id": company.id,
                    "team_id": False,
                    "user_id": False,
                }
                for company in (self.company, other)
            ]
        )
        for lead in leads:
            self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": "bounce",
                        "direction": "in",
                        "summary": "zoe.twice@x.example",
                    }
                ]
            )
        touchpoints = leads.touchpoint_ids
        self.assertEqual(set(touchpoints.mapped("summary")), {"zoe.twice@x.example"})
        # Whoever works in one of the companies erases what is hers: the lead is its own.
        here, there = leads
        here.with_user(self.user_manager).write({"email_from": False, "name": "-"})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(any(here.touchpoint_ids.mapped("summary")))
        self.assertTrue(there.email_from and there.touchpoint_ids.summary)
        there.write({"email_from": False})
        self.assertFalse(any(there.touchpoint_ids.mapped("summary")))
