# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..guarding.blocks import blocked_contacts
from ..sending.undelivered import delivered, undelivered

# What says that the number itself is at fault; credit, server and account are not its fault.
NUMBER_FAILURES = ("sms_number_format", "sms_invalid_destination")


class SmsSms(models.Model):
    """The last door before an SMS leaves, and what a failed one says of its number."""

    _inherit = "sms.sms"

    # Without a note on the lead there is no message that would say whom it is about.
    crm_lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        ondelete="set null",
        export_string_translation=False,
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "error":
            self._crm_message_failed(vals.get("failure_type"))
        if vals.get("state") in ("pending", "sent"):
            about = self._crm_message_leads()
            delivered(self.env, [sms.mail_message_id.id for sms in about])
        if vals.get("state") in ("error", "canceled"):
            about = self._crm_message_leads()
            kinds = dict(self._fields["failure_type"]._description_selection(self.env))
            for sms in about:
                undelivered(
                    self.env, sms.mail_message_id.ids, kinds.get(sms.failure_type, "")
                )
        return result

    def _send(self, unlink_failed=False, unlink_sent=True, raise_exception=False):
        left = self - self._crm_message_refuse()
        if not left:
            return None
        return super(SmsSms, left)._send(
            unlink_failed=unlink_failed,
            unlink_sent=unlink_sent,
            raise_exception=raise_exception,
        )

    def _crm_message_leads(self):
        """Return the lead of each of these SMS that is about one, by SMS."""
        about = {
            sms: sms.crm_lead_id.id or sms.mail_message_id.res_id
            for sms in self
            if sms.crm_lead_id or sms.mail_message_id.model == "crm.lead"
        }
        leads = self.env["crm.lead"].browse(about.values()).exists()
        return {
            sms: leads.browse(lead_id)
            for sms, lead_id in about.items()
            if lead_id in leads._ids
        }

    def _crm_message_refuse(self):
        """Cancel what would go to leads that may not be written to; return it.

        A constant number of queries for any number of SMS.
        """
        about = self._crm_message_leads()
        numbers = {lead: set() for lead in about.values()}
        for sms, lead in about.items():
            if sms.number:
                numbers[lead].add(sms.number)
        blocked = self.env["crm.message.guard"]._blocked_numbers(numbers, "sms")
        found = {sms: blocked[lead].get(sms.number) for sms, lead in about.items()}
        found |= self._crm_message_contacts()
        refused = self.browse()
        for sms, block in found.items():
            if block:
                sms._update_sms_state_and_trackers("canceled", block.failure)
                refused |= sms
        return refused

    def _crm_message_contacts(self):
        """Return the block of each of these SMS that went out from a contact's own page."""
        about = self.filtered(lambda sms: sms.mail_message_id.model == "res.partner")
        numbers = {}
        for sms in about:
            partner = self.env["res.partner"].browse(sms.mail_message_id.res_id)
            numbers.setdefault(partner, set()).add(sms.number)
        if not numbers:
            return {}
        blocked = blocked_contacts(self.env, numbers)
        return {
            sms: blocked[partner].get(sms.number)
            for sms in about
            for partner in [self.env["res.partner"].browse(sms.mail_message_id.res_id)]
        }

    def _crm_message_failed(self, failure_type):
        """Note on their leads that these SMS failed because of their number."""
        if failure_type not in NUMBER_FAILURES:
            return
        for sms, lead in self._crm_message_leads().items():
            if sms.number:
                self.env["crm.message.guard"]._record_failed_number(
                    lead, "sms", sms.number, ref=sms.uuid
                )
