# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ...const import BLOCKED
from .guarding.blocks import partner_addresses

# In the context in which Odoo posts a message of ours that was scheduled.
SCHEDULED = "crm_message_scheduled"


class CrmLead(models.Model):
    """Odoo's own conversation of a lead: it sends nothing to who may not be written to.

    Whoever writes in the chatter, by a template, a schedule or a rule: the message is
    posted, colleagues get theirs, and the address that is blocked gets nothing. Its name
    stands in the message as cancelled, and who wrote it reads why at once.
    """

    _inherit = "crm.lead"

    # Whoever lifts the wish of a lead is named in its history.
    optout_email = fields.Boolean(tracking=True)
    optout_sms = fields.Boolean(tracking=True)
    optout_whatsapp = fields.Boolean(tracking=True)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        guard = self.env["crm.message.guard"]
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
        if not outside or not self:
            return recipients
        used = set().union(*(addresses for _row, addresses in outside))
        blocked = guard._blocked_addresses({self: used})[self]
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
        return recipients

    def _notify_thread_by_sms(
        self,
        message,
        recipients_data,
        msg_vals=False,
        sms_content=None,
        sms_numbers=None,
        sms_pid_to_number=None,
        put_in_queue=False,
        **kwargs,
    ):
        result = super()._notify_thread_by_sms(
            message,
            recipients_data,
            msg_vals=msg_vals,
            sms_content=sms_content,
            sms_numbers=sms_numbers,
            sms_pid_to_number=sms_pid_to_number,
            put_in_queue=put_in_queue,
            **kwargs,
        )
        by_sms = any(row["notif"] == "sms" for row in recipients_data or [])
        if not by_sms and not sms_numbers:
            return result
        # sudo: the queue is the system's. What was sent at once has been looked at already.
        queued = (
            self.env["sms.sms"]
            .sudo()
            .search([("mail_message_id", "=", message.id), ("state", "=", "outgoing")])
        )
        queued._crm_message_refuse()
        return result

    def _thread_to_store(self, store, fields, *, request_list=None):
        super()._thread_to_store(store, fields, request_list=request_list)
        if "suggestedRecipients" not in (request_list or ()):
            return
        for lead in self:
            # Where there is no address at all, the window has nobody to write to anyway.
            reason = lead.email_normalized and self.env["crm.message.guard"]._blockers(
                lead, "email"
            ).get(lead.id)
            store.add(lead, {"crm_email_block": reason or ""}, as_thread=True)

    def _message_touchpoint(self, message, recipients):
        if self.env.context.get(SCHEDULED) and self._message_is_scheduled():
            return None  # It is recorded as the message that it is.
        return super()._message_touchpoint(message, recipients)

    # === HELPERS === #

    def _message_is_scheduled(self):
        """Tell whether a message of ours is just being posted that was scheduled.

        The context says so, which could come from anywhere; here is who knows.
        """
        # sudo: whoever scheduled it.
        scheduled = self.env["mail.scheduled.message"].sudo()
        domain = [("model", "=", self._name), ("res_id", "=", self.id)]
        domain.append(("crm_message_template_id", "!=", False))
        return bool(scheduled.search_count(domain, limit=1))

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
