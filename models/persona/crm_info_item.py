# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...const import INFO_GROUPS

# What the editor leaves where nothing was written.
NOTHING = (
    "<p></p>", "<p><br></p>", "<p><br/></p>", "<br>", "<br/>", "<div></div>",
    "<div><br></div>", '<p class="mb-0"></p>', "<p>&nbsp;</p>",
)  # fmt: skip


class CrmInfoItem(models.Model):
    """A fact that we would like to know about every lead, or about those of some personas.

    The rule of an item says that the fact is known: the field is filled.
    """

    _name = "crm.info.item"
    _inherit = ["crm.carried.mixin", "crm.waiting.mixin", "crm.rule.mixin"]
    _description = "Information item"
    _order = "group, sequence, id"
    _carried_by = ("field_name",)

    _followed_by = frozenset(
        ("field_name", "weight", "persona_ids", "company_id", "active")
    )

    group = fields.Selection(INFO_GROUPS, required=True, default="basic")
    weight = fields.Integer(
        default=1,
        help="How much this fact counts beside the others in the completeness.",
    )
    field_name = fields.Char(
        string="Field",
        required=True,
        help="A field of the lead, one of your own (x_...) or a property of the sales team.",
    )
    lead_model = fields.Char(
        compute="_compute_lead_model", export_string_translation=False
    )
    persona_ids = fields.Many2many(
        "crm.persona",
        string="Personas",
        help="Expected of leads of these personas only. Empty: of all leads.",
    )
    scope = fields.Json(compute="_compute_scope", export_string_translation=False)
    domain = fields.Char(compute="_compute_domain", store=True)

    _field_name_company_uniq = models.UniqueIndex(
        "(field_name, COALESCE(company_id, 0)) WHERE active",
        "This fact is already in the list of expected information.",
    )
    _check_weight = models.Constraint(
        "CHECK (weight > 0)", "The weight of an information item must be at least 1."
    )

    # === COMPUTE METHODS === #

    def _compute_lead_model(self):
        self.lead_model = "crm.lead"

    @api.depends("persona_ids")
    def _compute_scope(self):
        """Say as a domain of which leads the fact is expected."""
        for item in self:
            personas = item.persona_ids
            item.scope = [("persona_id", "in", personas.ids)] if personas else []

    @api.depends("field_name")
    def _compute_domain(self):
        for item in self:
            item.domain = repr([(item.field_name, "!=", False)])

    # === CONSTRAINT METHODS === #

    @api.constrains("field_name")
    def _check_field_name(self):
        Lead = self.env["crm.lead"]
        for item in self:
            name, _dot, rest = item.field_name.partition(".")
            field = Lead._fields.get(name)
            if not field:
                raise ValidationError(
                    self.env._("A lead has no field named %s.", item.field_name)
                )
            if rest and field.type != "properties":
                raise ValidationError(
                    self.env._(
                        "%s is not a field of the lead itself. Choose one without a path.",
                        item.field_name,
                    )
                )
            item._validate_domain(repr([(item.field_name, "!=", False)]))

    # === RULES === #

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "persona_ids"]

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "group", "weight", "field_name", "scope"]

    @api.model
    def _rule_domains(self, row):
        """Return when the fact is known, and when it is expected.

        :rtype: list[Domain]
        """
        known, name = row.domain, row.values["field_name"]
        field = self.env["crm.lead"]._fields.get(name)
        if field and field.type == "html":
            known &= Domain(name, "not in", NOTHING)
        return [known, Domain(row.values["scope"] or [])]
