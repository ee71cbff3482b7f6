# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class CrmMessageWhatsapp(models.AbstractModel):
    """The door for a WhatsApp service; by default there is none, and people send by link.

    **How to use.** An addon for a service inherits from this model and overrides both
    methods. Messages then go through the service, from one lead and from selections alike,
    with the same checks before and the same records after.
    """

    _name = "crm.message.whatsapp"
    _description = "WhatsApp service"

    @api.model
    def _is_available(self, company):
        """Tell whether a service sends the WhatsApp messages of a company.

        :param company: a res.company record.
        :rtype: bool
        """
        return False

    @api.model
    def _deliver(self, messages):
        """Hand messages over to the service.

        Called inside the transaction that records them: a service should put them into a
        queue of its own, which is sent after the commit.

        :param list[dict] messages: for each ``lead_id``, ``number`` (international), ``body``
            (plain text), ``lang``, ``template_id`` and ``in_window``: whether the lead wrote
            within the last 24 hours, so that free text is allowed; else the service needs
            an approved template.
        :raise UserError: where the service cannot take them.
        """
        raise NotImplementedError
