# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Conditions that nobody can meet at the same time.

Conditions are (name, operator, value), all of which must hold. What is found is the first
name for which no value is left:

>>> contradiction([("size", ">", 10), ("size", "<", 5)])
'size'
>>> contradiction([("size", ">=", 5), ("size", "<=", 5)]) is None
True
>>> contradiction([("size", ">", 5), ("size", "<=", 5)])
'size'
>>> contradiction([("country", "=", "SA"), ("country", "in", ["AE", "SA"])]) is None
True
>>> contradiction([("country", "in", ["SA"]), ("city", "=", "Mecca"), ("country", "=", "BE")])
'country'
>>> contradiction([("country", "=", "SA"), ("country", "!=", "SA")])
'country'
>>> contradiction([("size", "in", [1, 2]), ("size", ">", 5)])
'size'
>>> contradiction([("phone", "=", False), ("phone", "!=", False)])
'phone'

What cannot be compared, and operators that are not known here, prove nothing:

>>> contradiction([("name", "ilike", "a"), ("name", "=", "b"), ("size", ">", "x")]) is None
True
>>> contradiction([("size", ">", 5), ("size", "<", "many"), ("day", ">", "today")]) is None
True
"""

import operator

ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def contradiction(conditions):
    """Return the name of which the conditions allow no value, or None.

    :param conditions: triples of name, operator and value; single values or collections.
    :rtype: str or None
    """
    by_name = {}
    for name, compare, value in conditions:
        by_name.setdefault(name, []).append((compare, value))
    return next((name for name, tests in by_name.items() if not _possible(tests)), None)


def _possible(tests):
    allowed, excluded, bounds = None, set(), []
    for compare, value in tests:
        if compare in ORDER:
            bounds.append((compare, value))
        elif compare in ("=", "in", "!=", "not in"):
            values = (
                set(value)
                if isinstance(value, (list, tuple, set, frozenset))
                else {value}
            )
            if compare in ("=", "in"):
                allowed = values if allowed is None else allowed & values
            else:
                excluded |= values
    if allowed is not None:
        return any(
            value not in excluded and all(_holds(value, *bound) for bound in bounds)
            for value in allowed
        )
    return _interval_possible(bounds)


def _holds(value, compare, limit):
    try:
        return ORDER[compare](value, limit)
    except TypeError:
        return True


def _interval_possible(bounds):
    """Tell whether some number lies within all the bounds."""
    numbers = [
        (compare, limit) for compare, limit in bounds if isinstance(limit, (int, float))
    ]
    low = max((limit for compare, limit in numbers if compare[0] == ">"), default=None)
    high = min((limit for compare, limit in numbers if compare[0] == "<"), default=None)
    if low is None or high is None or low < high:
        return True
    return low == high and not {(">", low), ("<", high)} & set(numbers)
