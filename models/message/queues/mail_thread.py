# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import html2plaintext

from ....const import BLOCKED
from ..guarding.blocks import GUARDED, partner_addresses
from ..sending.undelivered import undelivered

# What a notification says of a mail that nobody got.
LOST = ("bounce", "exception", "canceled")


class MailThread(models.AbstractModel):
    """Conversations of leads and of their contacts: who wants nothing gets nothing there.

    A mail that comes back, at once or days later, has not reached the lead.
    """

    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        result = super()._routing_handle_bounce(email_message, message_dict)
        message = message_dict["bounced_message"]
        if message and message.model == "crm.lead" and message_dict["bounced_email"]:
            # sudo: notifications are the system's.
            rows = message.sudo().notification_ids.filtered(
                lambda row: (not row.res_partner_id or row.res_partner_id.partner_share)
            )
            # Somebody else outside has got it all the same.
            if all(row.notification_status in LOST for row in rows):
                reason = html2plaintext(message_dict.get("body") or "").strip()
                undelivered(self.env, message.ids, reason)
        return result

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if self._name not in GUARDED or not self:
            return recipients
        Partner = self.env["res.partner"]
        outside = [
            (
                row,
                {row["email_normalized"]}
                | partner_addresses(Partner.browse(row["id"] or ())),
            )
            for row in recipients
            if row["notif"] == "email" and row["share"] and row["email_normalized"]
        ]
        if not outside:
            return recipients
        used = set().union(*(addresses for _row, addresses in outside))
        partners = Partner.browse(row["id"] for row, _addresses in outside if row["id"])
        blocked = self._message_blocked(partners, used)
        for row, addresses in outside:
            if hit := addresses & blocked.keys():
                row.update(notif=BLOCKED, crm_block=blocked[min(hit)])
        return recipients

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        later = self._is_notification_scheduled(kwargs.get("scheduled_date"))
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        blocked = [row for row in recipients or [] if row["notif"] == BLOCKED]
        if blocked and not later:
            self._message_cancel_blocked(message, blocked)
            self._message_tell_blocked(
                [
                    (row["name"] or row["email_normalized"], row["crm_block"])
                    for row in blocked
                ]
            )
        by_sms = any(row["notif"] == "sms" for row in recipients or [])
        if (
            self._name == "crm.lead"
            and not later
            and (by_sms or kwargs.get("sms_numbers"))
        ):
            # sudo: the queue is the system's. What was sent at once has been looked at already.
            queued = self.env["sms.sms"].sudo()
            queued = queued.search(
                [("mail_message_id", "=", message.id), ("state", "=", "outgoing")]
            )
            queued._crm_message_refuse()
        return recipients

    # === HELPERS === #

    def _message_blocked(self, partners, addresses):
        """Return the block of each address that gets nothing from this conversation.

        :param partners: the res.partner records that are written to.
        :param set addresses: their normalized addresses, and those of nobody.
        :rtype: dict[str, Block]
        """
        return {}

    def _message_cancel_blocked(self, message, blocked):
        """Note on a message who got nothing, as Odoo's mass mailings do.

        :param message: the mail.message.
        :param list[dict] blocked: rows of :meth:`_notify_get_recipients`.
        """
        # sudo: notifications are the system's.
        self.env["mail.notification"].sudo().create(
            [
                {
                    **self._notify_by_email_get_base_notification_values(message),
                    "res_partner_id": row["id"],
                    "mail_email_address": not row["id"] and row["email_normalized"],
                    "notification_status": "canceled",
                    "failure_type": row["crm_block"].failure,
                    "failure_reason": row["crm_block"].reason,
                }
                for row in blocked
            ]
        )

    def _message_tell_blocked(self, blocked):
        """Tell the user at once who gets nothing, and why.

        :param list[tuple] blocked: for each the name and its block.
        """
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Not sent"),
                "message": self.env["crm.message.guard"]._block_lines(
                    (name, block.reason) for name, block in blocked
                ),
            },
        )
