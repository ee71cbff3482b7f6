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


def steps(domain, way=""):
    """Return what a domain reads of linked records: the ways there, and the fields read.

    A name that is looked for ("the campaign contains spring") reads the field ``display_name``
    of what the way leads to, if it leads to a record.

    :param domain: as for :func:`first_fields`, or a list as Odoo writes domains.
    :param str way: on which the domain itself is, from the first record.
    :return: pairs of a way, fields with dots between them, and the name of a field.
    :rtype: set[tuple[str, str]]

    >>> class Condition:
    ...     def __init__(self, path, operator="=", value=1):
    ...         self.field_expr, self.operator, self.value = path, operator, value
    >>> class Domain:
    ...     def iter_conditions(self):
    ...         yield Condition("partner_id.country_id.code")
    ...         yield Condition("partner_id", "any", ["|", ("ref", "=", 1), ("city", "=", 2)])
    ...         yield Condition("source_id", "ilike", "x")
    ...         yield Condition("city")
    >>> for step in sorted(steps(Domain())):
    ...     print(*step)
    partner_id city
    partner_id country_id
    partner_id ref
    partner_id.country_id code
    source_id display_name
    >>> sorted(steps([("a.b", "any", [("c", "any", [("d", "=", 1)])])]))
    [('a', 'b'), ('a.b', 'c'), ('a.b.c', 'd')]
    """
    found = set()
    for path, operator, value in _leaves(domain):
        path = f"{way}.{path}" if way else path
        parts = path.split(".")
        found |= {
            (".".join(parts[:place]), parts[place]) for place in range(1, len(parts))
        }
        if operator in ("any", "not any"):
            found |= steps(value, path)
        elif "like" in operator:
            found.add((path, "display_name"))
    return found


def _leaves(domain):
    """Yield path, operator and value of each condition."""
    if hasattr(domain, "iter_conditions"):
        for one in domain.iter_conditions():
            yield one.field_expr, one.operator, one.value
    elif isinstance(domain, (list, tuple)):
        for leaf in domain:
            if isinstance(leaf, (list, tuple)) and len(leaf) == 3:
                yield leaf
