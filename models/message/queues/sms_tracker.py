# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models

from .sms_sms import NUMBER_FAILURES


class SmsTracker(models.Model):
    """Reports of the SMS service that come later: the number does not exist."""

    _inherit = "sms.tracker"

    def _update_sms_notifications(
        self, notification_status, failure_type=False, failure_reason=False
    ):
        super()._update_sms_notifications(
            notification_status,
            failure_type=failure_type,
            failure_reason=failure_reason,
        )
        # What was cancelled here, for what is known of the number, says nothing new of it.
        if failure_type not in NUMBER_FAILURES or notification_status == "canceled":
            return
        for tracker in self:
            notification = tracker.mail_notification_id
            message = notification.mail_message_id
            if message.model == "crm.lead" and notification.sms_number:
                self.env["crm.message.guard"]._record_failed_number(
                    self.env["crm.lead"].browse(message.res_id),
                    "sms",
                    notification.sms_number,
                    ref=tracker.sms_uuid,
                )
