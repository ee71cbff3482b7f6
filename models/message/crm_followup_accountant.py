# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL


class CrmFollowupAccountant(models.AbstractModel):
    """A message with an offer shows that the lead got its offer."""

    _inherit = "crm.followup.accountant"

    @api.model
    def _offer_sqls(self):
        self.env["crm.touchpoint"].flush_model(
            ["lead_id", "direction", "outcome", "occurred_on", "message_template_id"]
        )
        self.env["crm.message.template"].flush_model(["purpose"])
        return [
            *super()._offer_sqls(),
            SQL(
                "(SELECT min(sent.occurred_on) FROM crm_touchpoint AS sent"
                " JOIN crm_message_template AS text ON text.id = sent.message_template_id"
                " WHERE sent.lead_id = lead.id AND sent.direction = 'out'"
                " AND sent.outcome IS DISTINCT FROM 'failed' AND text.purpose = 'offer')"
            ),
        ]
