# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class MailMail(models.Model):
    """A mail counts when it has left: one that failed was no contact."""

    _inherit = "mail.mail"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("exception", "sent"):
            self._crm_contact_landed(vals["state"] == "sent")
        return result

    def _crm_is_rehearsal(self):
        """Tell whether it is the test of a mailing: it says nothing about the lead that it
        was tried on. Odoo counts no trace of those.
        """
        self.ensure_one()
        if "mailing_id" not in self._fields or not self.mailing_id:
            return False
        return not self.mailing_trace_ids

    def _crm_contact_landed(self, has_landed):
        """Tell the touchpoints of mails to leads whether these have left.

        A message that others got all the same has left.
        """
        # sudo: what became of mails, whoever sent them.
        mails = self.sudo().filtered(lambda mail: mail.mail_message_id)
        if not mails:
            return
        refs = {str(mail.mail_message_id.id) for mail in mails}
        touches = self.env["crm.touchpoint"].sudo()  # sudo: as above
        touches = touches.search(
            [
                ("source", "=", "mail.message"),
                ("external_ref", "in", list(refs)),
                ("direction", "=", "out"),
                ("outcome", "=", "failed" if has_landed else False),
            ]
        )
        if touches:
            touches._landed(has_landed)
