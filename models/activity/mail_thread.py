# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ...tools import contact
from ..common.context import AUTOMATIC, TOUCHPOINT_KNOWN
from .crm_lead import KINDS


class MailThread(models.AbstractModel):
    """What passes through a conversation with a lead becomes a touchpoint.

    Mails that a program wrote are known by their headers, when they come in.
    """

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if contact.is_automatic(message.items()):
            self = self.with_context(**AUTOMATIC.on())
        return super()._message_route_process(message, message_dict, routes)

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        lead = self._crm_lead_of_thread(message)
        if lead and not TOUCHPOINT_KNOWN.of(self.env):
            values = lead._message_touchpoint(message, recipients or [])
            if values:
                self.env["crm.touchpoint"]._record([values])
        return recipients

    def _crm_lead_of_thread(self, message):
        """Return the lead that a conversation is with; empty where it is with none.

        Its own, or that of a quotation, where the sales app is installed.

        :param message: the mail.message that was posted.
        """
        none = self.env["crm.lead"]
        if message.message_type not in KINDS:
            return none
        if self._name == none._name:
            return self
        if self._name != "sale.order" or "opportunity_id" not in self._fields:
            return none
        # sudo: the lead of an order may belong to somebody else than the order does.
        lead = self.sudo().opportunity_id
        return lead if len(lead) == 1 else none
