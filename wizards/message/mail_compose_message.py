# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...models.common.context import TOUCHPOINT_KNOWN
from ...models.message.crm_lead_thread import SCHEDULED
from ...models.message.guarding.blocks import (
    GUARDED,
    blocked_contact_addresses,
    partner_addresses,
    unwanted_addresses,
)
from ..what_next import what_next


class MailComposeMessage(models.TransientModel):
    """The mail window of leads: it says who gets nothing, and records messages of ours."""

    _inherit = "mail.compose.message"

    crm_message_template_id = fields.Many2one(
        "crm.message.template", export_string_translation=False
    )
    crm_block_info = fields.Text(
        compute="_compute_crm_block_info", export_string_translation=False
    )

    @api.depends(
        "model", "res_ids", "composition_mode", "partner_ids", "subtype_is_log"
    )
    def _compute_crm_block_info(self):
        for wizard in self:
            wizard.crm_block_info = (
                wizard.model in GUARDED
                and not wizard.subtype_is_log
                and wizard._crm_block_info()
            )

    def _crm_block_info(self):
        """Return who gets nothing and why, one line for each, or False."""
        guard = self.env["crm.message.guard"]
        if self.model == "res.partner":
            return self._crm_block_info_of_contacts()
        leads = self.env["crm.lead"].browse(self._evaluate_res_ids()).exists()
        if self.composition_mode == "mass_mail":
            blocked = guard._blockers(leads, "email")
            return guard._block_lines(
                (lead.display_name, blocked[lead.id])
                for lead in leads
                if lead.id in blocked
            )
        partners = (self.partner_ids | leads.message_partner_ids).filtered(
            lambda partner: partner.partner_share and partner.email_normalized
        )
        addresses = set(partners.mapped("email_normalized"))
        blocked = guard._blocked_addresses(dict.fromkeys(leads, addresses))
        return guard._block_lines(
            (partner.display_name, blocks[partner.email_normalized].reason)
            for blocks in blocked.values()
            for partner in partners
            if partner.email_normalized in blocks
        )

    def _crm_block_info_of_contacts(self):
        """Return who of the recipients gets nothing as the contact of leads, or False."""
        pages = self.env["res.partner"].browse(self._evaluate_res_ids()).exists()
        if self.composition_mode == "mass_mail":
            partners = pages
        else:
            partners = self.partner_ids | pages.message_partner_ids
        partners = partners.filtered(
            lambda partner: partner.partner_share and partner.email_normalized
        )
        addresses = {partner: partner_addresses(partner) for partner in partners}
        used = set().union(*addresses.values())
        blocks = blocked_contact_addresses(self.env, partners, used)
        return self.env["crm.message.guard"]._block_lines(
            (partner.display_name, blocks[min(hit)].reason)
            for partner, theirs in addresses.items()
            if (hit := theirs & blocks.keys())
        )

    def _action_send_mail_comment(self, res_ids):
        template = self._crm_message_template()
        if not template or self.model != "crm.lead":
            messages = super()._action_send_mail_comment(res_ids)
            self._crm_message_link(messages)
            return messages
        refs = {
            lead_id: f"mail.compose.message,{self.id},{lead_id}" for lead_id in res_ids
        }
        leads = self.env["crm.lead"].browse(res_ids)
        sender = self.env["crm.message.sender"]
        self.env["crm.message.claim"]._take(leads)
        if sender._is_recorded(refs.values()):
            return self.env["mail.message"]  # A second push of the button.
        self._crm_message_check(res_ids)
        known = self.with_context(**TOUCHPOINT_KNOWN.on())
        messages = super(MailComposeMessage, known)._action_send_mail_comment(res_ids)
        sender._record(
            template,
            leads,
            "email",
            messages={message.res_id: message.id for message in messages},
            refs=refs,
        )
        return messages

    def action_send_mail(self):
        """Ask what is next, where somebody wrote to one lead."""
        result = super().action_send_mail()
        if len(self) != 1 or self.model != "crm.lead" or self.subtype_is_log:
            return result
        ids = self._evaluate_res_ids() if self.composition_mode == "comment" else ()
        lead = self.env["crm.lead"].browse(ids).exists()
        return what_next(lead) if len(lead) == 1 else result

    def _action_schedule_message(self):
        for wizard in self:
            if wizard.crm_message_template_id and wizard.model == "crm.lead":
                wizard._crm_message_check(wizard._evaluate_res_ids(), later=True)
        return super()._action_schedule_message()

    def _prepare_schedule_message_post_values(self, post_values):
        values = super()._prepare_schedule_message_post_values(post_values)
        if self.crm_message_template_id and self.model == "crm.lead":
            values["crm_message_template_id"] = self.crm_message_template_id.id
            # The context in which Odoo will post it.
            values["send_context"] = {**values["send_context"], SCHEDULED: True}
        return values

    def _get_optout_emails(self, mail_values_dict):
        # Odoo's own mails to many leads leave out those who do not want any.
        emails = super()._get_optout_emails(mail_values_dict)
        if self.model == "crm.lead":
            leads = self.env["crm.lead"].browse(mail_values_dict)
            leads = leads.filtered("optout_email")
            addresses = self.env["crm.message.guard"]._addresses(leads).values()
            return [*emails, *(address for found in addresses for address in found)]
        if self._crm_is_advertising():
            rows = self._get_recipients_data(mail_values_dict).values()
            used = {address for row in rows for address in row["mail_to_normalized"]}
            return [*emails, *unwanted_addresses(self.env, used)]
        return emails

    def _crm_is_advertising(self):
        """Tell whether what goes to many is none of their documents: mails to contacts, mailings.

        Who is on a mailing list has said so himself, and leaves it by its own way.
        """
        mailing = "mass_mailing_id" in self._fields and self.mass_mailing_id
        if mailing:
            return self.model != "mailing.contact"
        return self.model == "res.partner"

    def _crm_message_template(self):
        """Return the message of ours that the window sends: what is recorded is what went.

        None where another e-mail was chosen in the window since.
        """
        template = self.crm_message_template_id
        if self.template_id and self.template_id != template.mail_template_id:
            return template.browse()
        return template

    def _crm_message_link(self, messages):
        """Note which message of ours went, where its e-mail was chosen in Odoo's own window.

        :param messages: the mail.message records that were posted.
        """
        if self.model != "crm.lead" or not self.template_id or not messages:
            return
        template = self.env["crm.message.template"].search(
            [("mail_template_id", "=", self.template_id.id)], limit=1
        )
        if not template:
            return
        # sudo: nobody may write touchpoints; only what was sent is noted on them.
        self.env["crm.touchpoint"].sudo().search(
            [
                ("source", "=", "mail.message"),
                ("external_ref", "in", [str(message.id) for message in messages]),
                ("direction", "=", "out"),
            ]
        ).message_template_id = template

    def _crm_message_check(self, res_ids, later=False):
        """Check that the leads may be written to; return them.

        :raise UserError: with the reason.
        """
        leads = self.env["crm.lead"].browse(res_ids)
        for lead in leads:
            self.env["crm.message.sender"]._check(
                self.crm_message_template_id, lead, "email", text=self.body, later=later
            )
        return leads
