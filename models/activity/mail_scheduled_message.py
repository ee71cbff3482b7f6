# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


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
