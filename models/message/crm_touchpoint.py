# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmTouchpoint(models.Model):
    _inherit = "crm.touchpoint"

    message_template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The template of the message that was sent.",
    )
