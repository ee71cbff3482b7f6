# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models


class SmsTemplate(models.Model):
    """SMS texts of our messages are checked when they are saved, as e-mails are."""

    _inherit = "sms.template"

    @api.constrains("body", "model_id")
    def _check_crm_placeholders(self):
        self.env["crm.message.template"]._check_parts("sms_template_id", self)
