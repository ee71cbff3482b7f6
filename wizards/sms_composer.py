# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..const import TOUCHPOINT_KNOWN


class SmsComposer(models.TransientModel):
    """The SMS window, where it was opened for a message of ours: checked, and recorded."""

    _inherit = "sms.composer"

    crm_message_template_id = fields.Many2one(
        "crm.message.template", export_string_translation=False
    )

    def _action_send_sms(self):
        template = self.crm_message_template_id
        if not template or self.res_model != "crm.lead":
            return super()._action_send_sms()
        lead = self._get_records()
        sender = self.env["crm.message.sender"]
        sender._check(template, lead, "sms", text=self.body)
        known = self.with_context(**{TOUCHPOINT_KNOWN: True})
        result = super(SmsComposer, known)._action_send_sms()
        sender._record(
            template, lead, "sms", refs={lead.id: f"sms.composer,{self.id},{lead.id}"}
        )
        return result

    def _get_optout_record_ids(self, records, recipients_info):
        # Odoo's own SMS to many leads leave out those who do not want any.
        optout_ids = super()._get_optout_record_ids(records, recipients_info)
        if records._name != "crm.lead":
            return optout_ids
        return [*optout_ids, *records.filtered("optout_sms").ids]

    def _prepare_body_values(self, records):
        bodies = self.env.context.get("crm_message_bodies")
        return bodies or super()._prepare_body_values(records)
