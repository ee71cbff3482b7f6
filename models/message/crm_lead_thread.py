# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

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

    def _message_blocked(self, partners, addresses):
        return self.env["crm.message.guard"]._blocked_addresses({self: addresses})[self]

    @api.readonly
    def get_email_block(self):
        """Tell why no e-mail goes to a lead; asked when somebody begins to write to it.

        :return: the reason in words; empty where an e-mail may go, or there is no address at
            all: then the window has nobody to write to anyway.
        :rtype: str
        :raise AccessError: for a lead that the user may not see.
        """
        self.ensure_one().check_access("read")
        if not self.email_normalized:
            return ""
        return self.env["crm.message.guard"]._blockers(self, "email").get(self.id, "")

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
        # Those of a selection are not posted, but queued.
        domain.append(("crm_message_channel", "=", False))
        return bool(scheduled.search_count(domain, limit=1))
