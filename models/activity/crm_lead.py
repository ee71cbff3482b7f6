# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, fields, models

from ...const import BLOCKED
from ..common.context import TOUCHPOINT_KNOWN
from ..common.field_kinds import FACT

# The kinds of messages that reach people outside, or come from them.
KINDS = {"email": "email", "comment": "email", "auto_comment": "email", "sms": "sms"}


class CrmLead(models.Model):
    """What passes through a lead's own conversation becomes a touchpoint."""

    _inherit = "crm.lead"

    touchpoint_ids = fields.One2many(
        "crm.touchpoint", "lead_id", string="Touchpoints", lead_kind=FACT
    )
    touchpoint_count = fields.Integer(
        string="Number of Touchpoints",
        compute="_compute_touchpoint_count",
        aggregator=None,
    )

    # === COMPUTE METHODS === #

    @api.depends("touchpoint_ids")
    def _compute_touchpoint_count(self):
        counts = dict(
            self.env["crm.touchpoint"]._read_group(
                [("lead_id", "in", self._origin.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.touchpoint_count = counts.get(lead._origin, 0)

    # === ACTION METHODS === #

    def action_log_call(self):
        """Open the dialog that notes a call with the lead.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_lead_call_action"
        )
        return {**action, "context": {"default_lead_id": self.id}}

    def action_open_touchpoints(self):
        """Open the story of the lead: what happened, and when.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_touchpoint_action"
        )
        # Without the path of all touchpoints: reloading the page would open these.
        action.pop("path", None)
        return {
            **action,
            "domain": [("lead_id", "=", self.id)],
            "context": {"hide_lead": True},
        }

    # === MAIL === #

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if message.message_type in KINDS and not TOUCHPOINT_KNOWN.of(self.env):
            values = self._message_touchpoint(message, recipients or [])
            if values:
                self.env["crm.touchpoint"]._record([values])
        return recipients

    def _message_receive_bounce(self, email, partner):
        result = super()._message_receive_bounce(email, partner)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "bounce",
                    "direction": "in",
                    "summary": email,
                }
                for lead in self
            ]
        )
        return result

    def _message_touchpoint(self, message, recipients):
        """Return the touchpoint that a message of one lead is, or None.

        From the lead is what people without a backend user wrote; to the lead what went to
        somebody outside. What stays among colleagues is no touchpoint.

        :param message: the mail.message that was posted.
        :param list[dict] recipients: as from ``_notify_get_recipients``.
        """
        self.ensure_one()
        # sudo: who wrote the message, and whether that is a colleague.
        message = message.sudo()
        author = message.author_id
        # The system's own user is archived, and a colleague all the same.
        users = author.with_context(active_test=False).user_ids
        is_colleague = any(not user.share for user in users)
        outside = any(
            (row.get("share") or not row.get("id")) and row.get("notif") != BLOCKED
            for row in recipients
        )
        if message.message_type in ("email", "comment") and not is_colleague:
            direction, is_human = "in", True
        elif (
            outside
            if message.message_type != "sms"
            else self._message_sms_went(message)
        ):
            is_robot = (
                message.message_type == "auto_comment" or SUPERUSER_ID in users.ids
            )
            direction, is_human = "out", not is_robot
        else:
            return None
        return {
            "lead_id": self.id,
            "kind": KINDS[message.message_type],
            "direction": direction,
            "is_human": is_human,
            "occurred_on": message.date or fields.Datetime.now(),
            "source": "mail.message",
            "external_ref": str(message.id),
            "summary": message.subject or message.preview,
        }

    @api.model
    def _message_sms_went(self, message):
        """Tell whether an SMS reached the queue or the service for anybody at all."""
        return any(
            notification.notification_type == "sms"
            and notification.notification_status
            not in ("canceled", "exception", "bounce")
            for notification in message.notification_ids
        )
