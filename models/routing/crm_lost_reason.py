# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmLostReason(models.Model):
    """Some leads are none: whoever got one of these in turn gets another before his turn."""

    _inherit = "crm.lost.reason"

    routing_gives_back = fields.Boolean(
        string="Does Not Count",
        help="Spam, tests, wrong numbers: who got such a lead in turn gets another one"
        " before it is his turn again. Within 30 days.",
    )
