# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain

GRADES = [(str(grade), str(grade)) for grade in range(1, 6)]

# The conditions that the dialog knows: field of the dialog, path from the lead, operator.
LISTS = (
    ("country_ids", "country_id", "in"),
    ("state_ids", "state_id", "in"),
    ("industry_ids", "industry_id", "in"),
    ("product_ids", "product_ids", "in"),
    ("category_ids", "product_ids.categ_id", "child_of"),
    ("segment_ids", "segment_ids", "in"),
    ("tag_ids", "tag_ids", "in"),
    ("source_ids", "source_id", "in"),
    ("lang_ids", "lang_id", "in"),
)
RANGES = (
    ("zip_from", "zip", ">="),
    ("zip_to", "zip", "<="),
    ("grade_from", "lead_grade", ">="),
    ("grade_to", "lead_grade", "<="),
    ("value_from", "expected_revenue", ">="),
    ("value_to", "expected_revenue", "<="),
    ("size_from", "company_size", ">="),
    ("size_to", "company_size", "<="),
)


class CrmRoutingMatcher(models.TransientModel):
    """Ready-made conditions for a routing rule: where, what, how big, from where.

    Shows the conditions of the rule that it knows, and leaves the others as they are. What
    it writes is a domain like any other, and can be changed with Odoo's editor.
    """

    _name = "crm.routing.matcher"
    _description = "Conditions of a routing rule"

    rule_id = fields.Many2one(
        "crm.routing.rule", required=True, readonly=True, ondelete="cascade"
    )
    rest = fields.Char(readonly=True, export_string_translation=False)
    domain = fields.Char(string="Matching Leads", compute="_compute_domain")
    country_ids = fields.Many2many("res.country", string="Countries")
    state_ids = fields.Many2many("res.country.state", string="States")
    zip_from = fields.Char(
        string="Zip Codes From", help="Zip codes are compared as texts: 10000 to 19999."
    )
    zip_to = fields.Char(string="Zip Codes To")
    industry_ids = fields.Many2many("res.partner.industry", string="Industries")
    product_ids = fields.Many2many("product.template", string="Products")
    category_ids = fields.Many2many("product.category", string="Product Categories")
    segment_ids = fields.Many2many("crm.segment", string="Segments")
    tag_ids = fields.Many2many(
        "crm.tag", string="Tags", help="What the lead is about: its use case, say."
    )
    source_ids = fields.Many2many("utm.source", string="Sources")
    lang_ids = fields.Many2many("res.lang", string="Languages")
    grade_from = fields.Selection(GRADES)
    grade_to = fields.Selection(GRADES)
    value_from = fields.Float(string="Deal Value From")
    value_to = fields.Float(string="Deal Value To")
    size_from = fields.Integer(string="Employees From")
    size_to = fields.Integer(string="Employees To")

    # === DEFAULT AND COMPUTE METHODS === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        rule = self.env["crm.routing.rule"].browse(values.get("rule_id"))
        return {**values, **self._read_domain(rule)}

    @api.depends("rest", *(name for name, _path, _operator in (*LISTS, *RANGES)))
    def _compute_domain(self):
        for wizard in self:
            wizard.domain = wizard._write_domain()

    # === ACTIONS === #

    def action_apply(self):
        """Write the conditions into the rule.

        :return: the action that closes the dialog.
        :rtype: dict
        """
        self.ensure_one()
        self.rule_id.domain = self._write_domain()
        return {"type": "ir.actions.act_window_close"}

    # === HELPERS === #

    @api.model
    def _read_domain(self, rule):
        """Return what a rule's domain says in the fields of the dialog; the rest as text.

        Only conditions that must all be met are taken apart.

        :rtype: dict
        """
        domain = rule._parse_domain(rule.domain)
        parts = [domain]
        if getattr(domain, "OPERATOR", "") == "&":
            parts = list(domain.children)
        values, rest = {}, []
        for part in parts:
            known = self._read_condition(part)
            # The same fact twice: the second stays as it is.
            if known and known[0] not in values:
                values[known[0]] = known[1]
            elif not part.is_true():
                rest.append(part)
        return {**values, "rest": repr(list(Domain.AND(rest))) if rest else False}

    @api.model
    def _read_condition(self, part):
        """Return the field of the dialog that a condition is about, with its value, or None."""
        if not hasattr(part, "field_expr"):
            return None
        if part.field_expr == "country_id.code" and part.operator == "in":
            found = self.env["res.country"].search([("code", "in", list(part.value))])
            return "country_ids", [(6, 0, found.ids)]
        for name, path, operator in LISTS:
            if (part.field_expr, part.operator) == (path, operator):
                ids = [part.value] if isinstance(part.value, int) else list(part.value)
                plain = all(type(value) is int for value in ids)
                return (name, [(6, 0, ids)]) if plain else None
        for name, path, operator in RANGES:
            if (part.field_expr, part.operator) == (path, operator):
                text = self._fields[name].type in ("char", "selection")
                return name, str(part.value) if text else part.value
        return None

    def _write_domain(self):
        """Return the domain that the dialog stands for, as text."""
        parts = [
            [(path, operator, self[name].ids)]
            for name, path, operator in LISTS
            if self[name]
        ]
        for name, path, operator in RANGES:
            value = self[name]
            if value:
                is_grade = path == "lead_grade"
                parts.append([(path, operator, int(value) if is_grade else value)])
        if self.rest:
            parts.append(list(self.rule_id._parse_domain(self.rest)))
        return repr(list(Domain.AND(parts))) if parts else "[]"
