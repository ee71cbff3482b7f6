# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import INFO_GROUPS


class CrmInfoItem(models.Model):
    """A fact that we would like to know about every lead.

    The rule of an item says that the fact is known: the field is filled.
    """

    _name = "crm.info.item"
    _inherit = ["crm.rule.mixin"]
    _description = "Information item"
    _order = "group, sequence, id"

    group = fields.Selection(INFO_GROUPS, required=True, default="basic")
    weight = fields.Integer(
        default=1, help="How much this fact counts beside the others in the completeness."
    )
    field_name = fields.Char(
        string="Field",
        required=True,
        help="A field of the lead, one of your own (x_...) or a property of the sales team.",
    )
    lead_model = fields.Char(compute="_compute_lead_model", export_string_translation=False)
    domain = fields.Char(compute="_compute_domain", store=True)

    _field_name_company_uniq = models.UniqueIndex(
        "(field_name, COALESCE(company_id, 0)) WHERE active",
        "This fact is already in the list of expected information.",
    )
    _check_weight = models.Constraint(
        "CHECK (weight > 0)", "The weight of an information item must be at least 1."
    )

    def _compute_lead_model(self):
        self.lead_model = "crm.lead"

    @api.depends("field_name")
    def _compute_domain(self):
        for item in self:
            item.domain = repr([(item.field_name, "!=", False)])

    @api.constrains("field_name")
    def _check_field_name(self):
        for item in self:
            if item.field_name not in self.env["crm.lead"]._fields:
                raise ValidationError(
                    self.env._("A lead has no field named %s.", item.field_name)
                )

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "group", "weight", "field_name"]
