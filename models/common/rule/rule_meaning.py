# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Where rules are put in other words than a search of Odoo's: what is linked, unknown, listed."""

import json

from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet

# By field of a lead that says whether it is on a list: the list, its address, the lead's.
LISTS = {
    "is_blacklisted": ("mail.blacklist", "email", "email_normalized"),
    "phone_sanitized_blacklisted": ("phone.blacklist", "number", "phone_sanitized"),
}
YES, NO = ("=", "in"), ("!=", "not in")


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
    """Return a domain in which properties that are numbers are compared as numbers.

    One that is not filled in comes after nothing and before nothing, though the web client
    stores ``false`` for it, which Odoo's comparison takes for more than any number; in
    comparisons by equality it is 0, as in fields that are numbers. And 1 and 0 are numbers,
    which Odoo's search takes for "filled in" and "not filled in".
    """

    def compared(condition):
        name, dot, _rest = condition.field_expr.partition(".")
        field = leads._fields.get(name)
        if not dot or not field or field.type != "properties":
            return condition
        path, operator = condition.field_expr, condition.operator
        if operator in ("<", "<=", ">", ">="):
            return condition & Domain(path, "!=", False)
        values = _values(condition)
        if operator not in YES + NO or all(isinstance(item, str) for item in values):
            return condition
        found = _is_one_of(path, values)
        return found if operator in YES else ~found

    return domain.map_conditions(compared)


def _is_one_of(path, values):
    """Return a domain: the property is one of the values, or holds one of them."""
    others = [item for item in values if not _is_number(item)]
    numbers = {item for item in values if _is_number(item)}
    if any(item is False for item in others):
        numbers.add(0)  # not told from one that is not filled in
    found = [Domain(path, "in", others)] if others else []
    found += [Domain.custom(to_sql=_equals(path, number)) for number in numbers]
    if 0 in numbers:
        found.append(Domain(path, "=", False))
    return Domain.OR(found)


def _is_number(item):
    return isinstance(item, (int, float)) and not isinstance(item, bool)


def _equals(path, number):
    """Return what turns "the property is this number, or a list with it" into SQL."""

    def to_sql(model, alias, query):
        stored = model._field_to_sql(alias, path, query)
        return SQL(
            "COALESCE(%s = %s::jsonb OR %s @> %s::jsonb, FALSE)",
            stored,
            json.dumps(number),
            stored,
            json.dumps([number]),
        )

    return to_sql


def is_listed(condition):
    """Tell whether a condition on leads is one of those that :func:`listed` puts in own words."""
    return condition.field_expr in LISTS and condition.operator in YES + NO


def listed(domain):
    """Return a domain in which blacklists are asked about the lead, not about all leads.

    Odoo's own search looks through all leads first, each time, for one that is listed; of
    telephone numbers it even reads all that are. What is found is the same.
    """

    def asked(condition):
        if not is_listed(condition):
            return condition
        wanted = {bool(item) for item in _values(condition)}
        if condition.operator in NO:
            wanted = {True, False} - wanted
        if len(wanted) != 1:
            return Domain(bool(wanted))
        found = Domain.custom(to_sql=_on_list(*LISTS[condition.field_expr]))
        return found if True in wanted else ~found

    return domain.map_conditions(asked)


def _on_list(name, address, own):
    """Return what turns "the lead's address is on the list" into SQL."""

    def to_sql(model, alias, query):
        entries = model.env[name]
        return SQL(
            "EXISTS (SELECT FROM %s AS listed WHERE %s AND %s = %s)",
            SQL.identifier(entries._table),
            entries._field_to_sql("listed", "active"),
            entries._field_to_sql("listed", address),
            model._field_to_sql(alias, own, query),
        )

    return to_sql


def _values(condition):
    value = condition.value
    many = isinstance(value, (list, tuple, set, frozenset, OrderedSet))
    return list(value) if many else [value]
