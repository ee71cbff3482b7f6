# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..common.crm_lead_station import ALWAYS, NEVER


class CrmFollowupStation(models.AbstractModel):
    """By when a person must have answered, and that somebody has."""

    _name = "crm.followup.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: follow-up"

    @api.model
    def _cares(self):
        policies = self.env["crm.routing.policy"]._rule_rows()
        is_on = policies or self.env["crm.routing.rule"]._has_time_limits()
        return {"_on_assigned": ALWAYS if is_on else NEVER, "_on_touched": {"out"}}

    @api.model
    def _on_assigned(self, leads, decisions, mode):
        # sudo: the clock of leads that the user may not be allowed to see.
        leads = leads.sudo()
        if mode == "hand":
            # A lead that changes hands keeps its deadline; one that had none gets one.
            owned = leads.filtered(lambda lead: not lead.response_deadline)
        else:
            # Not anew where the old owner keeps the lead.
            ids = [
                decision.lead_id
                for decision in decisions
                if decision.to_user_id
                and (decision.to_user_id != decision.from_user_id or mode == "auto")
            ]
            owned = leads.browse(ids)
        if owned:
            self.env["crm.routing.clock"]._start(owned)

    @api.model
    def _on_touched(self, leads, touchpoints):
        human = touchpoints.filtered(lambda t: t.is_human and t.direction == "out")
        first = {}
        for touch in human:
            when = first.setdefault(touch.lead_id.id, touch.occurred_on)
            first[touch.lead_id.id] = min(when, touch.occurred_on)
        # sudo: the clock stops whoever wrote to the lead.
        answered = leads.sudo().filtered(
            lambda lead: (
                lead.id in first
                and (
                    not lead.first_response_on
                    or first[lead.id] < lead.first_response_on
                )
            )
        )
        if not answered:
            return
        rows = SQL(", ").join(
            SQL("(%s, %s::timestamp)", lead.id, first[lead.id]) for lead in answered
        )
        select = SQL("SELECT * FROM (VALUES %s) AS touch", rows)
        answered._lead_store(select, ["first_response_on"])
        self.env["crm.routing.clock"]._stop(answered)

    @api.model
    def _merge_fields(self):
        return {
            "first_response_on": lambda name, leads: min(
                (lead[name] for lead in leads if lead[name]), default=False
            ),
        }
