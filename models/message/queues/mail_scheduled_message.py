# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.exceptions import UserError


class MailScheduledMessage(models.Model):
    """A message of ours that waits: it is checked again when it goes, and recorded then."""

    _inherit = "mail.scheduled.message"

    crm_message_template_id = fields.Many2one(
        "crm.message.template",
        ondelete="set null",
        index="btree_not_null",
        export_string_translation=False,
    )

    def _post_message(self, raise_exception=True):
        blocked = self.browse()
        for scheduled in self.filtered("crm_message_template_id"):
            lead = self.env["crm.lead"].browse(scheduled.res_id)
            try:
                # What a person timed by hand goes at that time, but never to who may not
                # be written to any more.
                self.env["crm.message.sender"]._check(
                    scheduled.crm_message_template_id,
                    lead,
                    "email",
                    text=scheduled.body,
                    later=True,
                )
            except UserError as error:
                if raise_exception:
                    raise
                scheduled._crm_message_refuse(lead, str(error))
                blocked |= scheduled
        blocked.unlink()
        return super(MailScheduledMessage, self - blocked)._post_message(
            raise_exception
        )

    def _crm_is_recorded(self):
        return bool(self.crm_message_template_id) or super()._crm_is_recorded()

    def _message_created_hook(self, message):
        result = super()._message_created_hook(message)
        if self.model != "crm.lead":
            return result
        self._crm_message_tell(message)
        if self.crm_message_template_id:
            lead = self.env["crm.lead"].browse(self.res_id)
            # with_user, no sudo: who wrote the message is who sent it.
            self.env["crm.message.sender"].with_user(self.create_uid)._record(
                self.crm_message_template_id,
                lead,
                "email",
                refs={lead.id: f"{self._name},{self.id}"},
            )
        return result

    def _crm_message_tell(self, message):
        """Tell who scheduled a message, and is not there when it goes, who got nothing."""
        # sudo: notifications are the system's.
        blocked = message.sudo().notification_ids.filtered(
            lambda row: row.notification_status == "canceled" and row.failure_reason
        )
        lines = self.env["crm.message.guard"]._block_lines(
            (row.res_partner_id.name or row.mail_email_address, row.failure_reason)
            for row in blocked
        )
        if lines:
            lead = self.env["crm.lead"].browse(self.res_id)
            self._crm_message_refuse(lead, lines)

    def _crm_message_refuse(self, lead, reason):
        """Tell who scheduled the message why it did not go."""
        self.env["mail.thread"].message_notify(
            partner_ids=self.create_uid.partner_id.ids,
            subject=self.env._("A scheduled message was not sent"),
            body=reason,
            model=lead._name,
            res_id=lead.id,
        )
