# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import defaultdict
from smtplib import SMTPServerDisconnected

from odoo import api, models
from odoo.tools.mail import (
    email_normalize,
    email_split,
    email_split_tuples,
    formataddr,
)

from ...common.context import MESSAGE_TEMPLATE, TOUCHPOINT_KNOWN, UNSUBSCRIBE
from ..guarding.blocks import GUARDED, blocked_contact_addresses, partner_addresses
from ..guarding.unsubscribe import headers_of
from ..sending.undelivered import delivered, undelivered


class MailMail(models.Model):
    """The last door before an e-mail leaves: who may not be written to gets nothing.

    Odoo's own windows ask before; automated actions, templates and mails that were queued
    before the lead opted out come through here only. Mails to colleagues pass.
    """

    _inherit = "mail.mail"

    @api.model_create_multi
    def create(self, vals_list):
        if MESSAGE_TEMPLATE.of(self.env):
            self._crm_message_answers(vals_list)
        if UNSUBSCRIBE.of(self.env):
            # Nobody wrote them to this one lead: they say how to get no more of them.
            ours = [vals for vals in vals_list if vals.get("model") == "crm.lead"]
            leads = self.env["crm.lead"].browse(vals["res_id"] for vals in ours)
            for vals, lead in zip(ours, leads, strict=True):
                vals["headers"] = repr(headers_of(lead))
        mails = super().create(vals_list)
        if not TOUCHPOINT_KNOWN.of(self.env):
            mails._crm_message_record()
        return mails

    @api.model
    def _crm_message_answers(self, vals_list):
        """Have our messages go as the company of the lead, and answers come to its conversation.

        As those of Odoo's own windows do; where a template is sent beside these, Odoo lets
        answers go to whoever the mail says to be from, and nobody hears of them here. And
        the alias domain, by which Odoo chooses the mail server and the address for bounces,
        would be that of whoever runs the queue.

        :param list[dict] vals_list: values of mails; added to.
        """
        groups = defaultdict(list)
        for vals in vals_list:
            if vals.get("model") == "crm.lead" and vals.get("res_id"):
                lead = self.env["crm.lead"].browse(vals["res_id"])
                company = self.env["res.company"]._crm_of_lead(lead)
                sender = vals.get("email_from"), vals.get("author_id")
                groups[(company.id, *sender)].append(vals)
        for (company_id, email_from, author_id), ours in groups.items():
            leads = self.env["crm.lead"].with_company(company_id)
            leads = leads.browse({vals["res_id"] for vals in ours})
            found = leads._notify_get_reply_to(default=email_from, author_id=author_id)
            # sudo: the domain of the company, whoever sends.
            company = self.env["res.company"].sudo().browse(company_id)
            domains = leads.sudo()._mail_get_alias_domains(default_company=company)
            for vals in ours:
                vals["reply_to"] = vals.get("reply_to") or found[vals["res_id"]]
                vals.setdefault("record_company_id", company_id)
                vals.setdefault("record_alias_domain_id", domains[vals["res_id"]].id)

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        left = self - self._crm_message_refuse()
        try:
            return super(MailMail, left).send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                post_send_callback=post_send_callback,
            )
        except SMTPServerDisconnected as error:
            # Odoo leaves the mail at which the server went away as failed, and raises: its
            # queue logs that, and whoever wrote the mail hears nothing.
            left._crm_message_lost(str(error))
            raise

    def cancel(self):
        result = super().cancel()
        self._crm_message_called_off()
        return result

    def unlink(self):
        # What has left is taken out of the queue, too.
        self.filtered(lambda mail: mail.state == "outgoing")._crm_message_called_off()
        return super().unlink()

    def _crm_message_called_off(self):
        """Take back what somebody takes out of the queue by hand."""
        about = self._crm_message_about()
        if about:
            undelivered(
                self.env,
                about.mail_message_id.ids,
                self.env._("%s took it out of the queue.", self.env.user.name),
            )

    def _crm_message_about(self):
        """Return those of these mails that go to leads: not what colleagues are told."""
        return self.filtered(
            lambda mail: (
                mail.model == "crm.lead" and mail.message_type != "user_notification"
            )
        )

    def _crm_message_lost(self, reason):
        """Take back what failed of these mails; what was taken back before stays so."""
        lost = self.exists()._crm_message_about()
        lost = lost.filtered(lambda mail: mail.state == "exception")
        lost = lost.mail_message_id.filtered(self._crm_message_is_lost)
        if lost:
            undelivered(self.env, lost.ids, reason)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        about = self._crm_message_about()
        if about and (success_pids or success_emails or not failure_type):
            delivered(self.env, about.mail_message_id.ids)
        elif about:
            lost = about.mail_message_id.filtered(self._crm_message_is_lost)
            reason = failure_reason or about[0].failure_reason or ""
            undelivered(self.env, lost.ids, reason)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )

    @api.model
    def _crm_message_is_lost(self, message):
        """Tell whether nobody outside has got a message by another of its mails."""
        # sudo: notifications are the system's.
        return not any(
            row.notification_status == "sent"
            for row in message.sudo().notification_ids
            if not row.res_partner_id or row.res_partner_id.partner_share
        )

    def _crm_message_record(self):
        """Record mails to leads that go out beside the conversation: mass mails, and rules.

        Odoo gives those a type of their own. Nobody wrote them to this one lead: they are no
        human contact. What will not go is cancelled at once, and counts for nothing.
        """
        mails = self.filtered(
            lambda mail: (
                mail.message_type == "email_outgoing"
                and mail.state == "outgoing"
                and mail.model == "crm.lead"
                and mail.res_id
                and not mail._crm_is_rehearsal()
            )
        )
        if not mails:
            return
        mails -= mails._crm_message_refuse()
        # Our own desks, and users whose address was typed in, are not outside.
        addresses = set().union(*(mail._crm_message_outside() for mail in mails))
        ours = self.env["crm.lead"]._contact_colleagues(addresses)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": mail.res_id,
                    "kind": "email",
                    "direction": "out",
                    "source": "mail.message",
                    "external_ref": str(mail.mail_message_id.id),
                    "summary": mail.subject,
                }
                for mail in mails
                if mail._crm_message_outside() - ours
            ]
        )

    def _crm_is_rehearsal(self):
        """Tell whether it is the test of a mailing: it says nothing about the lead that it
        was tried on. Odoo counts no trace of those.
        """
        self.ensure_one()
        if "mailing_id" not in self._fields or not self.mailing_id:
            return False
        return not self.mailing_trace_ids

    def _crm_message_refuse(self):
        """Take blocked addresses out of mails to leads and contacts; return those left empty.

        A constant number of queries for any number of mails.
        """
        # Odoo sends after the commit: what was to be sent may be gone by then.
        mails = self.exists().filtered(
            lambda mail: (
                mail.model in GUARDED
                and mail.res_id
                and mail.state == "outgoing"
                and mail._crm_message_outside()
            )
        )
        refused = self.browse()
        for mail, blocks in mails._crm_message_blocks().items():
            if blocks and mail._crm_message_strip(blocks):
                refused |= mail
        return refused

    def _crm_message_blocks(self):
        """Return the blocks of the addresses of each of these mails to leads and contacts.

        :rtype: dict
        """
        result = {}
        to_leads = self.filtered(lambda mail: mail.model == "crm.lead")
        leads = self.env["crm.lead"].browse(to_leads.mapped("res_id")).exists()
        addresses = {lead: set() for lead in leads}
        for mail in to_leads:
            lead = leads.browse(mail.res_id)
            if lead in addresses:
                addresses[lead] |= mail._crm_message_outside()
        if addresses:
            blocked = self.env["crm.message.guard"]._blocked_addresses(addresses)
            for mail in to_leads:
                result[mail] = blocked.get(leads.browse(mail.res_id))
        if to_contacts := self - to_leads:
            # What comes from a contact's own page: mass mailings, rules, templates. His
            # orders and invoices are of other models, and go.
            contacts = self.env["res.partner"].browse(to_contacts.mapped("res_id"))
            used = set().union(*(mail._crm_message_outside() for mail in to_contacts))
            blocks = blocked_contact_addresses(
                self.env, contacts.exists() | to_contacts.recipient_ids, used
            )
            result.update(dict.fromkeys(to_contacts, blocks))
        return result

    def _crm_message_outside(self):
        """Return the normalized addresses of this mail that are not those of colleagues."""
        self.ensure_one()
        partners = self.recipient_ids.filtered("partner_share")
        found = {email_normalize(address) for address in self._crm_message_written()}
        own = partner_addresses(partners) if partners else set()
        return (found | own) - {False}

    def _crm_message_written(self):
        """Return the addresses of this mail that are no partners."""
        return email_split(self.email_to or "") + email_split(self.email_cc or "")

    def _crm_message_strip(self, blocks):
        """Take addresses out of this mail.

        :param dict blocks: the blocks, by normalized address.
        :return: whether nobody is left, so that the mail was cancelled.
        :rtype: bool
        """
        self.ensure_one()
        partners = self.recipient_ids.filtered(
            lambda partner: (
                partner.partner_share and partner_addresses(partner) & blocks.keys()
            )
        )
        hit = blocks.keys() & self._crm_message_outside()
        if not hit:
            return False
        values = self._crm_message_kept(partners, blocks)
        block = blocks[min(hit)]
        failure = {"failure_type": block.failure, "failure_reason": block.reason}
        alone = not (self.recipient_ids - partners or any(values.values()))
        if alone:
            self._crm_message_cancel(failure)
        else:
            self.write({**values, "recipient_ids": [(3, one.id) for one in partners]})
        # sudo: notifications are the system's.
        self.env["mail.notification"].sudo().search(
            [
                ("mail_mail_id", "=", self.id),
                "|",
                ("res_partner_id", "in", partners.ids),
                ("mail_email_address", "in", list(hit)),
            ]
        ).write({"notification_status": "canceled", **failure})
        return alone

    def _crm_message_kept(self, partners, blocks):
        """Return what stays of the addresses of this mail, with their names.

        Odoo writes to all addresses of a contact: the others of his stay.

        :param partners: the contacts with a blocked address.
        :rtype: dict
        """
        theirs = ", ".join(partner.email or "" for partner in partners)
        values = {}
        for name in ("email_to", "email_cc"):
            text = ", ".join(filter(None, [self[name], name == "email_to" and theirs]))
            kept = [
                formataddr(pair)
                for pair in email_split_tuples(text)
                if email_normalize(pair[1]) not in blocks
            ]
            values[name] = ", ".join(kept) or False
        return values

    def _crm_message_cancel(self, failure):
        """Cancel this mail: nobody is left who may get it."""
        # Odoo's mails know no bounce as their own failure, only its notifications do.
        known = dict(self._fields["failure_type"]._description_selection(self.env))
        kind = failure["failure_type"]
        kind = kind if kind in known else "mail_email_invalid"
        self.write({"state": "cancel", **failure, "failure_type": kind})
        undelivered(self.env, self.mail_message_id.ids, failure["failure_reason"])
        if "mailing_trace_ids" in self._fields:
            # Email Marketing counts it as going out otherwise.
            self.mailing_trace_ids.set_canceled()
