# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmPersonaCriterion(models.Model):
    _name = "crm.persona.criterion"
    _inherit = ["crm.rule.file.mixin", "crm.waiting.mixin", "crm.rule.mixin"]
    _description = "Persona criterion"

    _followed_by = frozenset(("domain", "weight", "persona_id", "active"))

    persona_id = fields.Many2one(
        "crm.persona",
        required=True,
        index=True,
        ondelete="cascade",
        export_string_translation=False,
    )
    company_id = fields.Many2one(related="persona_id.company_id", store=True)
    weight = fields.Integer(
        default=1,
        help="How much this criterion counts beside the others of the persona.",
    )

    _check_weight = models.Constraint(
        "CHECK (weight > 0)", "The weight of a persona criterion must be at least 1."
    )

    def _rule_is_for_nobody(self):
        return super()._rule_is_for_nobody() or self.persona_id._rule_is_for_nobody()

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "persona_id", "weight"]
