# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain


class CrmRuleFileMixin(models.AbstractModel):
    """A rule that may come from a file: what it names by number is another record here.

    Such a rule is taken, switched off, with the reason: somebody has to choose the records.
    """

    _name = "crm.rule.file.mixin"
    _inherit = ["crm.carried.mixin"]
    _description = "Rule that may come from a file"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("import_file"):
            vals_list = [self._from_file(vals) for vals in vals_list]
        return super().create(vals_list)

    @api.model
    def _from_file(self, vals):
        """Return the values of a rule from a file, maybe of another database."""
        if not vals.get("domain") or not self._names_ids(vals["domain"]):
            return vals
        reason = self.env._(
            "The condition came from a file and names records by their number, which may be"
            " another one here. Choose the records, then activate the rule."
        )
        return {**vals, "active": False, "broken_reason": reason}

    @api.model
    def _names_ids(self, text):
        """Tell whether a condition names records by their ids."""
        try:
            domain = self._parse_domain(text)
        except (ValueError, SyntaxError, TypeError):
            return False  # refused when it is saved
        return self._domain_names_ids(self.env["crm.lead"], domain)

    @api.model
    def _domain_names_ids(self, model, domain):
        for condition in domain.iter_conditions():
            field, comodel, value = None, model, condition.value
            for name in condition.field_expr.split("."):
                field = comodel._fields.get(name)
                if not field or not field.relational:
                    break
                comodel = self.env[field.comodel_name]
            if condition.operator in ("any", "not any"):
                if self._domain_names_ids(comodel, Domain(value)):
                    return True
                continue
            is_many = hasattr(value, "__iter__") and not isinstance(value, str)
            is_record = field and (field.relational or field.name == "id")
            if is_record and any(
                type(v) is int for v in (value if is_many else [value])
            ):
                return True
        return False
