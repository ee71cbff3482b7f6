# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class MailNotification(models.Model):
    """An SMS in the conversation of a lead can be cancelled for what Odoo's mass SMS know."""

    _inherit = "mail.notification"

    failure_type = fields.Selection(
        selection_add=[
            ("sms_blacklist", "Blacklisted"),
            ("sms_optout", "Opted Out"),
        ]
    )
