# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmScorecardGrade(models.Model):
    _inherit = "crm.scorecard.grade"

    message_cap = fields.Integer(
        string="Messages per Period",
        help="The most messages that a lead of this grade gets within the period that is set"
        " in the settings. 0: no limit.",
    )
