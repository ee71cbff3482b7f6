# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.http import request

FORM = "/website/form"


class CrmActivityStation(models.AbstractModel):
    """The chain of records of all that happened. It is written through ``crm.touchpoint``."""

    _name = "crm.activity.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: activity"

    _lead_rows = ("crm.touchpoint",)

    @api.model
    def _on_created(self, leads, state):
        """Record how leads came in, where nothing else does: by a form, out of a chat."""
        rows = []
        if self._is_form():
            rows += [
                {
                    "lead_id": lead.id,
                    "kind": "form",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": fields.Datetime.now(),
                    "source": "website.form",
                    "external_ref": str(lead.id),
                    "summary": lead.name,
                }
                for lead in leads.sudo()  # sudo: the lead of a visitor
            ]
        if "origin_channel_id" in leads._fields:
            # sudo: the conversation of a visitor.
            for lead in leads.sudo().filtered("origin_channel_id"):
                chat = lead.origin_channel_id
                rows += chat._crm_touchpoints(lead, chat.message_ids)
        if rows:
            self.env["crm.touchpoint"]._record(rows)

    @api.model
    def _is_form(self):
        """Tell whether the leads come from a form of the website."""
        return bool(
            request
            and getattr(request, "website", None)
            and request.httprequest.path.startswith(FORM)
        )
