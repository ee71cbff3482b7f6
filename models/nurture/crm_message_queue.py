# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmMessageQueue(models.Model):
    """Steps of tracks go by the queue of all that goes by itself."""

    _inherit = "crm.message.queue"

    origin = fields.Selection(selection_add=[("track", "Track")])

    @api.model
    def _queue_sources(self):
        return (*super()._queue_sources(), "crm.nurture.enrollment")

    @api.model
    def _origin_sources(self):
        return {**super()._origin_sources(), "track": "crm.nurture.enrollment"}
