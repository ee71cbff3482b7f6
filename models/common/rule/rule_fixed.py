# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which conditions make the same SQL at any moment, so that it can be kept."""

from odoo import models
from odoo.fields import Domain

from .rule_meaning import is_listed

# By type of the field, the types of value.
VALUES = {
    "char": (str, bool),
    "text": (str, bool),
    "html": (str, bool),
    "selection": (str, bool),
    "boolean": (bool, int),
    "integer": (int, float, bool),
    "float": (int, float, bool),
    "monetary": (int, float, bool),
    "date": (bool,),
    "datetime": (bool,),
    "many2one": (int, bool),
    "many2many": (int, bool),
    "one2many": (bool,),
}
OPERATORS = frozenset(
    ("=", "!=", "in", "not in", "<", ">", "<=", ">=")
    + ("like", "ilike", "not like", "not ilike")
    + ("=like", "=ilike", "not =like", "not =ilike")
)


def is_fixed(model, domain):
    """Tell whether a domain makes the same SQL whenever it is turned into SQL.

    Not where it speaks of "today", or of what a search of Odoo's own finds.
    """
    return all(
        _is_fixed_condition(model, condition) for condition in domain.iter_conditions()
    )


def _is_fixed_condition(model, condition):
    if model._name == "crm.lead" and is_listed(condition):
        return True
    name, _dot, rest = condition.field_expr.partition(".")
    field, value = model._fields.get(name), condition.value
    if not field or field.company_dependent:
        return False
    if not field.store and not getattr(field, "rule_fixed", False):
        return False
    if field.relational:
        comodel = model.env[field.comodel_name]
        if type(comodel)._search is not models.BaseModel._search:
            return False  # the model decides what is found
        if rest:
            return is_fixed(comodel, Domain(rest, condition.operator, value))
        if isinstance(value, Domain):
            return is_fixed(comodel, value)
        if condition.operator in ("any", "not any"):
            return is_fixed(comodel, Domain(value))
    kinds = VALUES.get(field.type, ())
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return condition.operator in OPERATORS and all(
        item is None or isinstance(item, kinds) for item in values
    )
