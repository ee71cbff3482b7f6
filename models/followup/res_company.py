# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lead_followup_notes = fields.Selection(
        [
            ("off", "Do not ask"),
            ("ask", "Ask"),
            ("require", "Ask, and want both notes"),
        ],
        string="What Next?",
        help="Whether a window asks what is next after a contact with a lead. Empty: it asks.",
    )
    lead_drop_reason = fields.Boolean(
        string="Reason for Drops",
        help="Leads can be set lost with a reason only.",
    )
    lead_followup_sample = fields.Boolean(
        string="Samples to Check",
        help="Two done steps of each person and week are marked to be checked by the leader.",
    )
    lead_day_home = fields.Boolean(
        string="My Day as the First Screen",
        help="Salespeople begin with My Day, who leads a team with the team board; whoever has"
        " chosen a home action keeps it.",
    )
