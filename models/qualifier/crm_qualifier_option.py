# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from .crm_qualifier import VERDICTS


class CrmQualifierOption(models.Model):
    """One answer to choose from, and what it means for the lead."""

    _name = "crm.qualifier.option"
    _inherit = ["crm.carried.mixin", "crm.config.mixin"]
    _description = "Qualifier option"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    qualifier_id = fields.Many2one(
        "crm.qualifier", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="qualifier_id.company_id", store=True)
    verdict = fields.Selection(
        VERDICTS,
        required=True,
        default="pass",
        help="Whether a lead with this answer passes, fails, or stays open.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "verdict" in vals:
            self.qualifier_id._judged_anew()
        return result
