# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a condition says of the value of one field of a lead, whatever else the lead is."""

from ...common.rule.rule_moment import depends_on_time

# Of what stands behind a relation these ask nothing but which record it is.
COMPARED = ("=", "!=", "in", "not in")


def holds_alone(model, domain, name, value):
    """Tell whether a domain holds for each lead that has a value.

    :param model: crm.lead.
    :param str name: of the field.
    :return: None where it cannot be said without the lead: where the domain speaks of other
        fields, too, of what stands behind this one, or of the present.
    """
    field = model._fields[name]
    conditions = list(domain.iter_conditions())
    if depends_on_time(domain) or not all(
        condition.field_expr == name and (not field.relational or _is_of_ids(condition))
        for condition in conditions
    ):
        return None
    lead = model.new()
    set_value(lead, name, value)
    try:
        return bool(lead.filtered_domain(domain))
    except (ValueError, TypeError, NotImplementedError, AttributeError):
        return None


def set_value(lead, name, value):
    """Give a field of a lead in memory a value; of a list of many it is the only one."""
    is_many = lead._fields[name].type == "many2many"
    lead[name] = [value] if is_many else value


def _is_of_ids(condition):
    """Tell whether a condition on a relation only compares ids."""
    value = condition.value
    is_one = isinstance(value, (str, bytes)) or not hasattr(value, "__iter__")
    values = [value] if is_one else value
    return condition.operator in COMPARED and all(
        type(one) in (int, bool) for one in values
    )
