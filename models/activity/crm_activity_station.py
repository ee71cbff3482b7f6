# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import models


class CrmActivityStation(models.AbstractModel):
    """The chain of records of all that happened. It is written through ``crm.touchpoint``."""

    _name = "crm.activity.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: activity"

    _lead_rows = ("crm.touchpoint",)
