# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    message_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Sending Hours",
        # A company is read by portal users, too.
        groups="base.group_user",
        help="Messages to leads go out in these hours and days only, in the time zone of each"
        " lead. Empty: at any time.",
    )
    message_cap_days = fields.Integer(
        string="Message Period (Days)",
        default=30,
        help="The period for which the grades of the scorecard limit the messages to a lead.",
    )
    message_holidays = fields.Boolean(
        string="Respect Public Holidays",
        help="Nothing goes to a lead by itself, or to a selection, on a public holiday of its"
        " country. It needs the Python package holidays on the server. Holidays of your own"
        " company are those of the calendar with the sending hours.",
    )
