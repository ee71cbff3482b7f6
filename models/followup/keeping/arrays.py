# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Many rows as the arguments of one statement: a list for each column."""

from odoo.tools import SQL

# What needs no quotes in an array. The driver would write each value for itself: that takes
# longer than the database does.
PLAIN = {"int", "bigint", "float8", "timestamp"}
ARRAY = {
    "int": SQL("int[]"),
    "bigint": SQL("bigint[]"),
    "float8": SQL("float8[]"),
    "timestamp": SQL("timestamp[]"),
    "varchar": SQL("varchar[]"),
    "text": SQL("text[]"),
    "boolean": SQL("boolean[]"),
}


def ids(numbers):
    """Return ids as one array, to be given to ``ANY()``.

    :rtype: SQL

    >>> ids([7, 8]).params
    ('{7,8}',)
    """
    return SQL("%s::int[]", f"{{{','.join(map(str, numbers))}}}")


def columns(types, rows):
    """Return rows as arrays, to be given to ``unnest()``.

    :param types: the type of each column, one of ARRAY.
    :param rows: sequences of values; None is NULL.
    :rtype: SQL
    """
    arrays = []
    for kind, values in zip(types, zip(*rows, strict=True), strict=True):
        array = _array(values) if kind in PLAIN else list(values)
        arrays.append(SQL("%s::%s", array, ARRAY[kind]))
    return SQL(", ").join(arrays)


def _array(values):
    """Return values as the text of an array.

    >>> from datetime import datetime
    >>> _array([1, None, 0.25])
    '{1,NULL,0.25}'
    >>> _array([datetime(2026, 3, 2, 8, 0), None])
    '{2026-03-02T08:00:00,NULL}'
    """
    words = (
        "NULL"
        if one is None
        else one.isoformat()
        if hasattr(one, "isoformat")
        else repr(one)
        for one in values
    )
    return f"{{{','.join(words)}}}"
