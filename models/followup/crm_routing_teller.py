# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmRoutingTeller(models.AbstractModel):
    """Whoever is told about a lead reads by when to answer."""

    _inherit = "crm.routing.teller"

    @api.model
    def _deadline_text(self, lead, user):
        if not lead.response_deadline:
            return super()._deadline_text(lead, user)
        moment = fields.Datetime.context_timestamp(
            lead.with_context(tz=user.tz or "UTC"), lead.response_deadline
        )
        return self.env["ir.qweb.field.datetime"].value_to_html(
            moment.replace(tzinfo=None), {"tz_name": "UTC", "hide_seconds": True}
        )
