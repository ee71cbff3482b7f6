# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...common.context import MAIL_AGAIN
from .mailbox import Mailbox


class MailThread(models.AbstractModel):
    """Mails of portals go to the letterbox, and so do mails for leads that fail."""

    _inherit = "mail.thread"

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        def go_on():
            return super(MailThread, self).message_process(
                model,
                message,
                custom_values=custom_values,
                save_original=save_original,
                strip_attachments=strip_attachments,
                thread_id=thread_id,
            )

        sources = self.env["crm.intake.source"]._active_ids("email")
        # Who may make no leads does not make any by a mail of his own hand.
        may = self.env.su or self.env["crm.lead"].has_access("create")
        if not sources or thread_id or MAIL_AGAIN.of(self.env) or not may:
            return go_on()
        return Mailbox(self.env, sources).take(model, message, go_on)
