# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

# What of a meeting says something about its lead.
TELLING = {"opportunity_id", "start", "stop", "active"}


class CalendarEvent(models.Model):
    """Whoever plans a meeting with a lead changes what is known of it: rules may ask for it."""

    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events.opportunity_id._lead_linked("calendar_event_ids")
        return events

    def write(self, vals):
        if TELLING.isdisjoint(vals):
            return super().write(vals)
        leads = self.opportunity_id
        result = super().write(vals)
        (leads | self.opportunity_id)._lead_linked("calendar_event_ids")
        return result

    def unlink(self):
        leads = self.opportunity_id
        result = super().unlink()
        leads._lead_linked("calendar_event_ids")
        return result
