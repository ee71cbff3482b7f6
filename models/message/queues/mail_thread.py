# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import html2plaintext

from ..sending.undelivered import undelivered

# What a notification says of a mail that nobody got.
LOST = ("bounce", "exception", "canceled")


class MailThread(models.AbstractModel):
    """A mail that comes back, at once or days later, has not reached the lead."""

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
