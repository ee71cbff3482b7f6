# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What can be read off a domain without a database."""


def first_fields(domain):
    """Return the names of the fields with which the paths of a domain begin.

    They are the fields of the record itself; what a path leads to is another record's.

    :param domain: an ``odoo.fields.Domain``, or whatever has its ``iter_conditions()``.
    :rtype: frozenset[str]

    >>> class Condition:
    ...     def __init__(self, path): self.field_expr = path
    >>> class Domain:
    ...     def iter_conditions(self):
    ...         return map(Condition, ["name", "partner_id.country_id.code", "name"])
    >>> sorted(first_fields(Domain()))
    ['name', 'partner_id']
    """
    return frozenset(
        condition.field_expr.partition(".")[0] for condition in domain.iter_conditions()
    )


def next_fields(domain, name):
    """Return the fields of a linked record that a domain reads by a field.

    :param domain: as for :func:`first_fields`.
    :param str name: the field that leads to the linked record.
    :rtype: set[str]

    >>> class Condition:
    ...     def __init__(self, path, operator="=", value=1):
    ...         self.field_expr, self.operator, self.value = path, operator, value
    >>> class Domain:
    ...     def iter_conditions(self):
    ...         yield Condition("partner_id.country_id.code")
    ...         yield Condition("partner_id", "any", ["|", ("ref", "=", 1), ("city", "=", 2)])
    ...         yield Condition("city")
    >>> sorted(next_fields(Domain(), "partner_id"))
    ['city', 'country_id', 'ref']
    """
    found = set()
    for condition in domain.iter_conditions():
        first, _dot, rest = condition.field_expr.partition(".")
        if first != name:
            continue
        if rest:
            found.add(rest.partition(".")[0])
        elif condition.operator in ("any", "not any"):
            value = condition.value
            if hasattr(value, "iter_conditions"):
                found |= first_fields(value)
            else:
                found |= {
                    leaf[0].partition(".")[0]
                    for leaf in value
                    if isinstance(leaf, (list, tuple))
                }
    return found
