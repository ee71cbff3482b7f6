# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.http import request

from ..common.crm_lead_station import ALWAYS, NEVER

FORM = "/website/form"
# The field of Live Chat that says which conversation a lead comes from.
CONVERSATION = "origin_channel_id"


def has_visitors(env):
    """Tell whether leads can come in by a form of a website, or out of its chat."""
    return "website" in env or CONVERSATION in env["crm.lead"]._fields


class CrmActivityStation(models.AbstractModel):
    """The chain of records of all that happened. It is written through ``crm.touchpoint``."""

    _name = "crm.activity.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: activity"

    _lead_rows = ("crm.touchpoint",)

    @api.model
    def _cares(self):
        return {"_on_created": ALWAYS if has_visitors(self.env) else NEVER}

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
        if CONVERSATION in leads._fields:
            # sudo: the conversation of a visitor.
            for lead in leads.sudo().filtered(CONVERSATION):
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
