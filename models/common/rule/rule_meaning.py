# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Where rules mean something else than a search of Odoo's: what is linked, what is unknown."""

from odoo.fields import Domain
from odoo.tools import OrderedSet


def linked(model, domain):
    """Return a domain that finds the same linked records in whatever way it asks for them.

    Odoo finds what a many2one and a list of ids point at, archived or not; so do rules that
    read a name, or go on along a path. Of records that point at the lead (planned
    activities, other leads of the contact) the archived ones are over: they are not looked at.
    """

    def seen(condition):
        field, inner = model._fields.get(condition.field_expr), condition.value
        if not field or not field.relational or not isinstance(inner, Domain):
            return condition
        comodel = model.env[field.comodel_name]
        inner, active = linked(comodel, inner), comodel._active_name
        if (
            field.type == "one2many"
            and active
            and field.context.get("active_test", True)
            and all(part.field_expr != active for part in inner.iter_conditions())
        ):
            inner &= Domain(active, "=", True)
        return Domain(condition.field_expr, condition.operator, inner)

    # Paths and names become conditions on the linked records.
    return domain.optimize(model).map_conditions(seen)


def known(leads, domain):
    """Return a domain in which a property that is not filled in is no number.

    The web client stores ``false`` for it, which Odoo's comparison takes for more than any
    number; and 0 is not told from it, as in fields that are numbers.
    """

    def filled_in(condition):
        name, dot, _rest = condition.field_expr.partition(".")
        field = leads._fields.get(name)
        if not dot or not field or field.type != "properties":
            return condition
        path = condition.field_expr
        filled = Domain(path, "!=", False)
        # Odoo takes a 0 in a list for false.
        zero = Domain(path, ">=", 0) & Domain(path, "<=", 0)
        if condition.operator in ("<", "<=", ">", ">="):
            return condition & filled
        value = condition.value
        values = (
            list(value)
            if isinstance(value, (list, tuple, set, OrderedSet))
            else [value]
        )
        if condition.operator in ("=", "in") and any(item is False for item in values):
            return condition | zero
        if condition.operator in ("!=", "not in") and any(
            item is False for item in values
        ):
            return condition & ~zero
        return condition

    return domain.map_conditions(filled_in)
