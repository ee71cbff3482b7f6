# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmScorecard(models.Model):
    _inherit = "crm.scorecard"

    message_cap_mql = fields.Integer(
        string="Messages to Marketing Qualified Leads",
        help="The most messages that a marketing qualified lead gets within the period that is"
        " set in the settings, whatever its grade allows. 0: no limit of its own.",
    )
    message_cap_sql = fields.Integer(
        string="Messages to Sales Qualified Leads",
        help="The same for leads in the stages Qualified and Negotiation.",
    )

    _check_message_caps = models.Constraint(
        "CHECK (COALESCE(message_cap_mql, 0) >= 0 AND COALESCE(message_cap_sql, 0) >= 0)",
        "A limit of messages cannot be negative.",
    )
