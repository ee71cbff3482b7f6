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
