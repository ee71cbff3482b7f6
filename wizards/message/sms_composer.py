# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.context import MESSAGE_BODIES, TOUCHPOINT_KNOWN
from ...models.message.guarding.blocks import blocked_contacts
from ..what_next import what_next


class SmsComposer(models.TransientModel):
    """The SMS window of leads: it says who gets nothing, and records messages of ours."""

    _inherit = "sms.composer"

    crm_message_template_id = fields.Many2one(
        "crm.message.template", export_string_translation=False
    )
    crm_block_info = fields.Text(
        compute="_compute_crm_block_info", export_string_translation=False
    )

    @api.depends(
        "res_model",
        "res_id",
        "res_ids",
        "composition_mode",
        "recipient_single_number_itf",
        "numbers",
    )
    def _compute_crm_block_info(self):
        guard = self.env["crm.message.guard"]
        for wizard in self:
            leads = wizard._crm_message_leads()
            if wizard.composition_mode == "mass":
                blocked = guard._blockers(leads, "sms")
            else:
                blocked = wizard._crm_message_blocked(leads)
            wizard.crm_block_info = guard._block_lines(
                (lead.display_name, blocked[lead.id])
                for lead in leads
                if lead.id in blocked
            )
            if not leads:
                wizard.crm_block_info = wizard._crm_message_contact_block()

    def action_send_sms(self):
        """Ask what is next, where somebody wrote to one lead."""
        result = super().action_send_sms()
        leads = self._crm_message_leads() if self.composition_mode != "mass" else ()
        return what_next(leads) if len(leads) == 1 else result

    def _action_send_sms(self):
        leads = self._crm_message_leads()
        if self.composition_mode != "mass":
            if reason := self._crm_message_contact_block():
                raise UserError(reason)
            # Before anything is posted: one person is written to, and reads why not.
            blocked = self._crm_message_blocked(leads)
            if blocked and len(leads) > len(blocked):
                # Several: who may not be written to is left out, the others get theirs.
                return self._crm_message_send_others(leads, blocked)
            if blocked:
                raise UserError(
                    self.env["crm.message.guard"]._block_lines(
                        (lead.display_name, blocked[lead.id])
                        for lead in leads
                        if lead.id in blocked
                    )
                )
        template = self.crm_message_template_id
        if not template or not leads:
            return super()._action_send_sms()
        sender = self.env["crm.message.sender"]
        self.env["crm.message.claim"]._take(leads)
        refs = {leads.id: f"sms.composer,{self.id},{leads.id}"}
        if sender._is_recorded(refs.values()):
            return self.env["mail.message"]  # A second push of the button.
        sender._check(template, leads, "sms", text=self.body)
        known = self.with_context(**TOUCHPOINT_KNOWN.on())
        result = super(SmsComposer, known)._action_send_sms()
        sender._record(
            template,
            leads,
            "sms",
            messages={leads.id: result.id} if result._name == "mail.message" else {},
            refs=refs,
        )
        return result

    # === HELPERS === #

    def _crm_message_leads(self):
        """Return the leads that the window is about, none where it is about others."""
        records = self._get_records() if self.res_model == "crm.lead" else None
        return records if records is not None else self.env["crm.lead"]

    def _crm_message_contact_block(self):
        """Return which contacts of leads get no SMS, and why, or False.

        Contacts of no lead are Odoo's own matter.
        """
        if self.res_model != "res.partner":
            return False
        partners = self._get_records() or self.env["res.partner"]
        written = self.numbers or self.recipient_single_number_itf
        numbers = {}
        for partner in partners:
            found = (written or partner.phone_sanitized or "").split(",")
            found = {partner._phone_format(number=one) or one for one in found}
            numbers[partner] = found - {""}
        blocked = blocked_contacts(self.env, numbers)
        return self.env["crm.message.guard"]._block_lines(
            (partner.display_name, blocks[min(blocks)].reason)
            for partner, blocks in blocked.items()
            if blocks
        )

    def _crm_message_send_others(self, leads, blocked):
        """Send to the leads that may be written to; the history of the others says why not.

        :param dict blocked: the reasons, by lead id.
        """
        left_out = leads.filtered(lambda lead: lead.id in blocked)
        left_out._message_log_batch(
            bodies={
                lead.id: self.env._("SMS not sent: %s", blocked[lead.id])
                for lead in left_out
            }
        )
        self.res_ids = repr((leads - left_out).ids)
        return self._action_send_sms()

    def _crm_message_blocked(self, leads):
        """Return why the numbers in the window get nothing, by lead id.

        :param leads: the leads that the window is about.
        :rtype: dict[int, str]
        """
        guard = self.env["crm.message.guard"]
        own = guard._numbers(leads)
        written = self.numbers or self.recipient_single_number_itf
        numbers = {}
        for lead in leads:
            found = (written or own[lead.id] or "").split(",")
            found = {lead._phone_format(number=number) or number for number in found}
            numbers[lead] = found - {""}
        return {
            lead.id: guard._first_reason(blocks)
            for lead, blocks in guard._blocked_numbers(numbers, "sms").items()
            if blocks
        }

    def _prepare_mass_sms(self, records, sms_record_values):
        is_lead = records._name == "crm.lead"
        if is_lead:
            for lead_id, values in sms_record_values.items():
                values["crm_lead_id"] = lead_id
        texts = super()._prepare_mass_sms(records, sms_record_values)
        if is_lead:
            self._crm_message_track(texts.filtered("mail_message_id"))
            texts._crm_message_refuse()
            if not TOUCHPOINT_KNOWN.of(self.env):
                self._crm_message_record(texts)
        return texts

    def _crm_message_record(self, texts):
        """Record SMS to many leads; written to nobody in person, they are no human contact.

        :param texts: new sms.sms records, with or without a note on their leads.
        """
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": sms.crm_lead_id.id,
                    "kind": "sms",
                    "direction": "out",
                    "source": "mail.message" if sms.mail_message_id else self._name,
                    "external_ref": str(sms.mail_message_id.id or sms.uuid),
                    "summary": sms.body,
                }
                for sms in texts
                if sms.state == "outgoing"
            ]
        )

    def _crm_message_track(self, texts):
        """Note on the conversations what becomes of SMS to many leads, as of single ones.

        :param texts: new sms.sms records with their messages.
        """
        # sudo: notifications and trackers are the system's.
        self.env["mail.notification"].sudo().create(
            [
                {
                    "author_id": sms.mail_message_id.author_id.id,
                    "mail_message_id": sms.mail_message_id.id,
                    "res_partner_id": sms.partner_id.id,
                    "sms_number": sms.number,
                    "notification_type": "sms",
                    "sms_id_int": sms.id,
                    "sms_tracker_ids": [(0, 0, {"sms_uuid": sms.uuid})],
                    "is_read": True,
                    "notification_status": "ready"
                    if sms.state == "outgoing"
                    else "canceled",
                    "failure_type": sms.failure_type,
                }
                for sms in texts
            ]
        )

    def _get_optout_record_ids(self, records, recipients_info):
        # Odoo's own SMS to many leads leave out those who do not want any.
        optout_ids = super()._get_optout_record_ids(records, recipients_info)
        if records._name == "crm.lead":
            return [*optout_ids, *records.filtered("optout_sms").ids]
        if records._name == "res.partner":
            numbers = {
                partner: {recipients_info[partner.id]["sanitized"]} - {False, None}
                for partner in records
            }
            blocked = blocked_contacts(self.env, numbers)
            # The blacklist is Odoo's own, and has a switch in its window.
            optout_ids = [
                *optout_ids,
                *(
                    partner.id
                    for partner, blocks in blocked.items()
                    if any(one.failure != "sms_blacklist" for one in blocks.values())
                ),
            ]
        return optout_ids

    def _prepare_body_values(self, records):
        bodies = MESSAGE_BODIES.of(self.env)
        return bodies or super()._prepare_body_values(records)
