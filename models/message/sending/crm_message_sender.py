# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ....const import CHANNELS
from ....tools.messages import whatsapp_url
from ...common.context import (
    MESSAGE_BODIES,
    MESSAGE_SENDER,
    TOUCHPOINT_KNOWN,
    UNSUBSCRIBE,
)
from ..crm_touchpoint import SOURCE
from ..guarding.blocks import written_addresses
from .problems import company_problem, problem_of, sender_problem, text_problem


class CrmMessageSender(models.AbstractModel):
    """Sends messages through Odoo's own queues, and records that they went.

    **What.** E-mails become ``mail.mail`` records, SMS ``sms.sms`` records, both sent by
    Odoo's own schedulers; a WhatsApp message is a link that a person opens.

    **How to use.** ``template._send(lead, channel)`` for one lead. ``_check`` raises where a
    lead may not be written to; ``_record`` notes what went as touchpoints.

    **How it works.** Everything happens in one transaction: the message in Odoo's queue and
    its touchpoint are both there, or neither is.
    """

    _name = "crm.message.sender"
    _description = "Message sender"

    @api.model
    def _send(self, template, lead, channel):
        """Send a message to one lead now.

        :param template: a crm.message.template.
        :param lead: one crm.lead record that the user may write to.
        :param str channel: email, sms or whatsapp.
        :return: True; for WhatsApp the action that opens its link.
        :raise UserError: with the reason, where the lead may not be written to.
        """
        lead.check_access("write")
        self.env["crm.message.claim"]._take(lead)
        template = self.env["crm.experiment"]._message_text(template, lead)
        self._check(template, lead, channel)
        result, messages = True, {}
        if channel == "whatsapp":
            result = self._deliver_whatsapp(template, lead)
        else:
            in_person = not self.env.user._is_superuser()
            messages = self._queue(template, lead, channel, in_person=in_person)
        self._record(template, lead, channel, messages=messages)
        return result

    @api.model
    def _check(self, template, lead, channel, text=None, later=False):
        """Raise where a message cannot or may not go to a lead.

        :param template: the crm.message.template.
        :param lead: one crm.lead record.
        :param str channel: email, sms or whatsapp.
        :param str text: the text as a person edited it; that of the template when None.
        :param bool later: the message goes at a moment that a person chose, not now.
        :raise UserError: naming the lead, the channel and the reason.
        """
        if channel not in dict(CHANNELS):
            raise UserError(
                self.env._("%(channel)s is no channel of messages.", channel=channel)
            )
        reason = (
            problem_of(template, channel)
            or company_problem(template, lead)
            or sender_problem(template, lead, channel)
            or self.env["crm.message.guard"]._blockers(lead, channel).get(lead.id)
        )
        if not reason:
            rendered = template._render_channel(lead, channel)[lead.id]["body"]
            reason = text_problem(
                self.env, rendered if text is None else text, channel, rendered
            )
        if not reason and not later:
            _until, reason = (
                self.env["crm.message.guard"]._holds(lead).get(lead.id, (None, None))
            )
        if reason:
            raise UserError(
                self.env._(
                    "%(lead)s gets no message by %(channel)s: %(reason)s",
                    lead=lead.display_name,
                    channel=self._channel_name(channel),
                    reason=reason,
                )
            )

    @api.model
    def _is_recorded(self, refs):
        """Tell whether a message is on record under one of these references already."""
        # sudo: whoever recorded it.
        touchpoints = self.env["crm.touchpoint"].sudo()
        domain = [("source", "=", SOURCE), ("external_ref", "in", list(refs))]
        return bool(touchpoints.search_count(domain, limit=1))

    @api.model
    def _channel_name(self, channel):
        """Return the channel's name in the user's language."""
        field = self.env["crm.message.compose"]._fields["channel"]
        return dict(field._description_selection(self.env))[channel]

    # === DELIVERY === #

    @api.model
    def _queue(self, template, leads, channel, in_person=True):
        """Hand a personal message for each lead to the channel's queue.

        :param template: a crm.message.template.
        :param leads: crm.lead records that may be written to.
        :param str channel: email, sms, or whatsapp where a service sends it.
        :param bool in_person: whether somebody wrote to this one lead; else an e-mail says
            how to get no more of them.
        :return: the id of the ``mail.message`` of each lead, where there is one.
        :rtype: dict[int, int]
        """
        if channel == "whatsapp":
            self._deliver_whatsapp(template, leads)
            return {}
        if channel == "email" and not in_person:
            template = template.with_context(**UNSUBSCRIBE.on())
        queued = getattr(self, f"_queue_{channel}")(template, leads)
        # sudo: the queue is the system's; only the ids are taken.
        return {message.res_id: message.id for message in queued.sudo().mail_message_id}

    @api.model
    def _queue_email(self, template, leads):
        """Put a personal e-mail for each lead into Odoo's mail queue."""
        mails = self.env["mail.mail"]
        for rendering, group in template._renderers(leads):
            mail_template = rendering.mail_template_id
            # What goes is recorded with its message.
            mail_template = mail_template.with_context(**TOUCHPOINT_KNOWN.on())
            mails += mail_template.send_mail_batch(
                group.ids,
                # The copy on the lead stays when the queue has sent the mail.
                email_values={
                    "is_notification": True,
                    "auto_delete": True,
                    **self._from(template),
                },
            ).with_env(self.env)
        self._notify_queued(mails)
        # sudo: the queue is the system's.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return mails

    @api.model
    def _from(self, template):
        """Return by whom e-mails say to be, where it is not who the text says.

        :rtype: dict
        """
        chosen = MESSAGE_SENDER.of(template.env)
        if chosen is None:
            return {}
        # sudo: the name and address of a colleague, or of the company.
        env = self.sudo().env
        company = template.company_id.sudo() or env.company  # sudo: as above
        sender = env["res.users"].browse(chosen) if chosen else company
        if not sender.email_formatted:
            return {}
        author = sender.partner_id
        return {"email_from": sender.email_formatted, "author_id": author.id}

    @api.model
    def _notify_queued(self, mails):
        """Show on the conversations what becomes of mails, as Odoo does for its own.

        Where one fails or comes back, also days later, its envelope turns red.
        """
        # sudo: notifications are the system's.
        mails = mails.sudo()
        self.env["mail.notification"].sudo().create(  # sudo: as above
            [
                {
                    "author_id": mail.author_id.id,
                    "mail_message_id": mail.mail_message_id.id,
                    "mail_mail_id": mail.id,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,
                    **to,
                }
                for mail in mails
                for to in (
                    *({"res_partner_id": one.id} for one in mail.recipient_ids),
                    *(
                        {"mail_email_address": address}
                        for address in sorted(written_addresses(mail.email_to))
                    ),
                )
            ]
        )

    @api.model
    def _queue_sms(self, template, leads):
        """Put a personal SMS for each lead into Odoo's SMS queue."""
        texts = template._render_channel(leads, "sms")
        return leads.with_context(
            **MESSAGE_BODIES.on(
                {lead_id: text["body"] for lead_id, text in texts.items()}
            ),
            **TOUCHPOINT_KNOWN.on(),
        )._message_sms_schedule_mass(template=template.sms_template_id)

    @api.model
    def _deliver_whatsapp(self, template, leads, texts=None):
        """Hand WhatsApp messages to the company's service, else return the link to open.

        :param template: the crm.message.template.
        :param leads: crm.lead records; one where people send by link.
        :param dict texts: texts that a person edited, by lead id.
        """
        rendered = template._render_channel(leads, "whatsapp")
        texts = texts or {lead_id: text["body"] for lead_id, text in rendered.items()}
        numbers = self.env["crm.message.guard"]._numbers(leads)
        if not self._has_whatsapp_service(leads):
            return self._link_action(whatsapp_url(numbers[leads.id], texts[leads.id]))
        self.env["crm.message.whatsapp"]._deliver(
            [
                {
                    "lead_id": lead.id,
                    "number": numbers[lead.id],
                    "body": texts[lead.id],
                    "lang": lead.message_lang,
                    "template_id": template.id,
                    "in_window": bool(lead.whatsapp_window_end),
                }
                for lead in leads
            ]
        )
        for lead in leads:
            self._note_whatsapp(lead, texts[lead.id])
        return True

    @api.model
    def _has_whatsapp_service(self, leads):
        """Tell whether a service sends the WhatsApp messages to all these leads."""
        companies = {self.env["res.company"]._crm_of_lead(lead) for lead in leads}
        service = self.env["crm.message.whatsapp"]
        return all(service._is_available(company) for company in companies)

    @api.model
    def _link_action(self, url):
        """Return the action that opens a link beside Odoo."""
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    # === RECORDING === #

    @api.model
    def _record_whatsapp(self, template, lead, text, ref):
        """Record that a person sent a WhatsApp message, and keep its text on the lead.

        :param template: the crm.message.template.
        :param lead: one crm.lead record.
        :param str text: what was sent.
        :param str ref: the same when the same message is confirmed again.
        :return: the new touchpoint, none when it was recorded before.
        """
        touchpoints = self._record(template, lead, "whatsapp", refs={lead.id: ref})
        if touchpoints:
            self._note_whatsapp(lead, text)
        self.env["mail.activity"]._crm_message_asked(lead, template).unlink()
        return touchpoints

    @api.model
    def _record_not_on_whatsapp(self, template, lead, ref):
        """Record that the number of a lead is not on WhatsApp, so that nobody tries it again.

        :param template: the crm.message.template that was to go.
        :param lead: one crm.lead record.
        :param str ref: the same when the same failure is noted again.
        :return: the number.
        :rtype: str
        """
        guard = self.env["crm.message.guard"]
        number = guard._numbers(lead)[lead.id]
        guard._record_failed_number(lead, "whatsapp", number, ref=ref)
        self.env["mail.activity"]._crm_message_asked(lead, template).unlink()
        return number

    @api.model
    def _note_whatsapp(self, lead, text):
        """Keep the text of a WhatsApp message in the lead's history."""
        number = self.env["crm.message.guard"]._numbers(lead)[lead.id]
        lead.message_post(
            body=Markup('<p><b>%s</b></p><p dir="auto">%s</p>')
            % (
                self.env._("WhatsApp message to %s", number),
                Markup("<br/>").join((text or "").split("\n")),
            ),
            subtype_xmlid="mail.mt_note",
        )

    @api.model
    def _record(
        self, template, leads, channel, refs=None, messages=None, in_person=True
    ):
        """Record that a message went to leads, as touchpoints.

        :param template: the crm.message.template.
        :param leads: crm.lead records.
        :param str channel: email, sms or whatsapp.
        :param dict refs: a reference that is the same when the same message is recorded
            again, by lead id; none when None.
        :param dict messages: the id of the ``mail.message`` of each lead, where there is one.
        :param bool in_person: whether somebody wrote to this one lead.
        :return: the new touchpoints.
        """
        touchpoints = self._note(template, leads, channel, refs or {}, in_person)
        self._link(touchpoints, template, messages or {})
        return touchpoints

    @api.model
    def _note(self, template, leads, channel, refs, in_person):
        """Record that something goes to leads; :meth:`_link` says what. See :meth:`_record`."""
        now = fields.Datetime.now()
        self.env["crm.experiment"]._message_goes(template, leads)
        # Neither the system's own sequences nor selections are human contact.
        is_human = in_person and not self.env.user._is_superuser()
        return self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": channel,
                    "direction": "out",
                    "is_human": is_human,
                    "occurred_on": now,
                    "source": SOURCE,
                    "external_ref": refs.get(lead.id),
                    "summary": template.name,
                }
                for lead in leads
            ]
        )

    @api.model
    def _link(self, touchpoints, template, messages):
        """Note which message touchpoints are, to know of it when it is answered or fails.

        One statement for any number.

        :param dict messages: the id of the ``mail.message`` of each lead, where there is one.
        """
        if not touchpoints:
            return
        names = ["message_template_id", "mail_message_id"]
        touchpoints.flush_recordset(names)
        self.env.cr.execute(
            SQL(
                "UPDATE crm_touchpoint AS touch"
                " SET message_template_id = %s, mail_message_id = row.message_id"
                " FROM unnest(%s, %s::int[]) AS row(id, message_id)"
                " WHERE touch.id = row.id",
                template.id,
                touchpoints.ids,
                [messages.get(one.lead_id.id) or None for one in touchpoints],
            )
        )
        touchpoints.invalidate_recordset(names, flush=False)
        engine = self.env["crm.followup.engine"]
        if template.purpose == "offer" and engine._is_on():
            engine._plan(touchpoints.lead_id)  # what was sent is an offer
