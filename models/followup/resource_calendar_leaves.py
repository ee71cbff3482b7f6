# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ..common.guarded import guarded

# What of a holiday says when nobody works.
TELLING = {"date_from", "date_to", "calendar_id", "company_id", "time_type"}


class ResourceCalendarLeaves(models.Model):
    """A holiday that is entered late moves the deadlines of the leads that wait."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._crm_recount()
        return leaves

    def write(self, vals):
        result = super().write(vals)
        if not TELLING.isdisjoint(vals):
            self._crm_recount()
        return result

    def unlink(self):
        are_public = self.filtered(lambda leave: not leave.resource_id)
        nobody = self.browse()
        result = super().unlink()
        if are_public:
            nobody._crm_recount(always=True)
        return result

    def _crm_recount(self, always=False):
        """Have deadlines counted anew where one of these is a holiday of everybody."""
        if always or any(not leave.resource_id for leave in self):
            with guarded(self.env, "Deadlines could not follow the holidays"):
                self.env["crm.routing.clock"]._recount()
