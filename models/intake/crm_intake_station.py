# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.http import request

from ..common.crm_lead_station import ALWAYS, NEVER
from .doors import website

FORM = "/website/form/crm.lead"


class CrmIntakeStation(models.AbstractModel):
    """How a lead came in. Leads that are made the ordinary way are none of its business."""

    _name = "crm.intake.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: intake"

    _lead_rows = ("crm.intake.item",)

    @api.model
    def _cares(self):
        watches = bool(self.env["crm.intake.source"]._website_id())
        return {
            "_before_create": ALWAYS if watches else NEVER,
            "_on_created": ALWAYS if watches else NEVER,
        }

    @api.model
    def _before_create(self, vals_list, state):
        if request and request.httprequest.path == FORM and len(vals_list) == 1:
            state["intake"] = website.keep(self.env, dict(request.params))

    @api.model
    def _on_created(self, leads, state):
        if state.get("intake"):
            website.done(self.env, state["intake"], leads)

    @api.model
    def _merge_fields(self):
        return {
            "received_on": lambda name, leads: min(
                (lead[name] for lead in leads if lead[name]), default=False
            ),
            "is_repeat": lambda name, leads: any(leads.mapped(name)),
            "previous_lead_id": lambda name, leads: (
                (leads.previous_lead_id - leads)[:1].id
            ),
            "referrer_id": lambda name, leads: leads.referrer_id[:1].id,
            **dict.fromkeys(("consent_state", "consent_on", "consent_source")),
        }
