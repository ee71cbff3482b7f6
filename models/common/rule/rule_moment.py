# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Conditions that say something else at another moment: "created in the last 7 days"."""

from odoo.fields import Domain

from ....tools.moments import is_moment, moment

DATES = ("date", "datetime")
ANY = ("any", "not any", "any!", "not any!")


def depends_on_time(domain):
    """Tell whether a domain speaks of "today" or its like, also inside ``any``."""
    return any(_is_of_time(condition) for condition in domain.iter_conditions())


def at_moment(model, domain, now):
    """Return a domain in which "today" and its like are those of a moment, in UTC.

    :param model: that the domain is about, in the context of rules.
    :param datetime now: the moment.
    """
    return domain.map_conditions(lambda part: _condition_at(model, part, now))


def _is_of_time(condition):
    value = condition.value
    if condition.operator in ANY and isinstance(value, (list, tuple)):
        value = Domain(value)
    if isinstance(value, Domain):
        return depends_on_time(value)
    values = value if _is_many(value) else [value]
    return any(is_moment(item) for item in values)


def _condition_at(model, condition, now):
    field, comodel = _end_of(model, condition.field_expr)
    value = condition.value
    if condition.operator in ANY and comodel is not None:
        value = at_moment(comodel, Domain(value), now)
    elif field is not None and field.type in DATES:
        env = model.env
        start = int(env["res.lang"]._get_data(code=env.user.lang).week_start or 1) - 1

        def read(item):
            return moment(item, now, start) if is_moment(item) else item

        value = [read(item) for item in value] if _is_many(value) else read(value)
    else:
        return condition
    return Domain(condition.field_expr, condition.operator, value)


def _end_of(model, path):
    """Return the field that a path ends at, and the model that it points at, or None."""
    field = comodel = None
    for name in path.split("."):
        if field is not None and comodel is None:
            break  # a part of a value, as the month of a date
        field = (model if comodel is None else comodel)._fields.get(name)
        if field is None:
            return None, None
        comodel = model.env[field.comodel_name] if field.relational else None
    return field, comodel


def _is_many(value):
    return not isinstance(value, (str, bytes)) and hasattr(value, "__iter__")
