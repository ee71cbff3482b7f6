# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...tools import contact
from ..common.context import AUTOMATIC, TOUCHPOINT_KNOWN
from .crm_lead import KINDS


class MailThread(models.AbstractModel):
    """What passes through a conversation with a lead becomes a touchpoint.

    Mails that a program wrote are known by their headers, when they come in.
    """

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if contact.is_automatic(message.items()):
            self = self.with_context(**AUTOMATIC.on())
        return super()._message_route_process(message, message_dict, routes)

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        lead = self._crm_lead_of_thread(message)
        if lead and not TOUCHPOINT_KNOWN.of(self.env):
            values = lead._message_touchpoint(message, recipients or [])
            if values:
                self.env["crm.touchpoint"]._record([values])
        return recipients

    def _crm_lead_of_thread(self, message):
        """Return the lead that a conversation is with; empty where it is with none.

        Its own, or that of a quotation, where the sales app is installed.

        :param message: the mail.message that was posted.
        """
        none = self.env["crm.lead"]
        if message.message_type not in KINDS:
            return none
        if self._name == none._name:
            return self
        if self._name != "sale.order" or "opportunity_id" not in self._fields:
            return none
        # sudo: the lead of an order may belong to somebody else than the order does.
        lead = self.sudo().opportunity_id
        return lead if len(lead) == 1 else none


class MailScheduledMessage(models.Model):
    """What somebody timed is a message like any other when it goes."""

    _inherit = "mail.scheduled.message"

    def _message_created_hook(self, message):
        result = super()._message_created_hook(message)
        lead = self.env["crm.lead"]
        if self.model == lead._name:
            lead = lead.browse(self.res_id)
        if not lead or self.is_note or self._crm_is_recorded():
            return result
        # sudo: notifications are the system's.
        recipients = [
            {
                "id": row.res_partner_id.id,
                "share": row.res_partner_id.partner_share,
                "email": row.mail_email_address,
            }
            for row in message.sudo().notification_ids  # sudo: as above
            if row.notification_status != "canceled"
        ]
        values = lead._message_touchpoint(message, recipients)
        if values:
            self.env["crm.touchpoint"]._record([values])
        return result

    def _crm_is_recorded(self):
        """Tell whether somebody else records the message as a touchpoint."""
        return False


class MailMail(models.Model):
    """A mail counts when it has left: one that failed was no contact."""

    _inherit = "mail.mail"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("exception", "sent"):
            self._crm_contact_landed(vals["state"] == "sent")
        return result

    def _crm_is_rehearsal(self):
        """Tell whether it is the test of a mailing: it says nothing about the lead that it
        was tried on. Odoo counts no trace of those.
        """
        self.ensure_one()
        if "mailing_id" not in self._fields or not self.mailing_id:
            return False
        return not self.mailing_trace_ids

    def _crm_contact_landed(self, has_landed):
        """Tell the touchpoints of mails to leads whether these have left.

        A message that others got all the same has left.
        """
        # sudo: what became of mails, whoever sent them.
        mails = self.sudo().filtered(lambda mail: mail.mail_message_id)
        if not mails:
            return
        refs = {str(mail.mail_message_id.id) for mail in mails}
        touches = self.env["crm.touchpoint"].sudo()  # sudo: as above
        touches = touches.search(
            [
                ("source", "=", "mail.message"),
                ("external_ref", "in", list(refs)),
                ("direction", "=", "out"),
                ("outcome", "=", "failed" if has_landed else False),
            ]
        )
        if touches:
            touches._landed(has_landed)
