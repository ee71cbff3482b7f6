# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Finds values in what forms and webhooks send, by a path that people can write.

A path names the way through objects by points; places of lists are numbers from 0, a leading
``$.`` is allowed. Keys that have points themselves are found as they are:

>>> find({"fields": {"email": {"value": "a@b.example"}}}, "fields.email.value")
'a@b.example'
>>> find({"RESPONSE": [{"NAME": "Asha"}]}, "$.RESPONSE[0].NAME"), find({"1.3": "Ana"}, "1.3")
('Asha', 'Ana')
>>> find({"a": 1}, "b.c") is None
True

Lists of named values, as Google and Meta send them, are read by their names:

>>> find({"user_column_data": [{"column_id": "EMAIL", "string_value": "a@b.example"}]},
...      "user_column_data.EMAIL")
'a@b.example'
>>> find({"field_data": [{"name": "full_name", "values": ["Ana"]}]}, "field_data.full_name")
'Ana'

What there is, as paths:

>>> list(leaves({"a": {"b": 1, "c": ["x", "y"]}, "d": None, "e": [{"name": "q", "value": "z"}]}))
[('a.b', 1), ('a.c', ['x', 'y']), ('d', None), ('e.q', 'z')]

Too deep, or with characters that no database takes:

>>> depth({"a": [{"b": 1}]}), without_nul({"a\\x00": ["b\\x00"]})
(3, {'a': ['b']})
"""

import re

# By which keys lists of named values tell the name, and the value.
NAMES = ("column_id", "name", "key", "field", "label", "column_name", "question")
VALUES = ("string_value", "values", "value", "answer", "text")
# Deeper than any form is.
MOST_DEPTH = 20
MOST_LEAVES = 1000


def find(data, path):
    """Return what is at a path, or None.

    :param data: objects, lists and plain values, as of JSON.
    :param str path: see the module.
    """
    path = re.sub(r"\[[\"']?([^\]\"']*)[\"']?\]", r".\1", (path or "").strip())
    steps = [step for step in path.removeprefix("$").strip(".").split(".") if step]
    return _unwrap(_walk(data, steps))


def _walk(data, steps):
    if not steps:
        return data
    # The longest key first: keys may have points themselves.
    for size in range(len(steps), 0, -1):
        key = ".".join(steps[:size])
        found = _step(data, key)
        if found is not None:
            return _walk(found, steps[size:])
    return None


def _step(data, key):
    if isinstance(data, dict):
        if key in data:
            return data[key]
        folded = key.casefold()
        return next((v for k, v in data.items() if str(k).casefold() == folded), None)
    if isinstance(data, list):
        place = whole(key)
        if place is not None:
            return data[place] if place < len(data) else None
        return next((value for name, value in _named(data) if name == key), None)
    return None


def whole(text):
    """Return a number of plain digits; None where a text is something else, or far too long.

    >>> whole("12"), whole(7), whole("²"), whole("٣"), whole("9" * 5000), whole(""), whole("-1")
    (12, 7, None, None, None, None, None)
    """
    text = str(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _named(items):
    """Yield the names and values of a list of named values; nothing where it is none."""
    for item in items:
        if not isinstance(item, dict):
            return
        name = next((item[key] for key in NAMES if item.get(key)), None)
        value_key = next((key for key in VALUES if key in item), None)
        if name is None or value_key is None or isinstance(name, (dict, list)):
            return
        yield str(name), _unwrap(item[value_key])


def _unwrap(value):
    """Return the only value of a list."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict):
        return value[0]
    return value


def leaves(data, prefix=""):
    """Yield (path, value) of all plain values, and of lists of plain values.

    :param data: as of :func:`find`; at most MOST_LEAVES are named.
    """
    for number, leaf in enumerate(_leaves(data, prefix)):
        if number >= MOST_LEAVES:
            return
        yield leaf


def _leaves(data, prefix):
    if isinstance(data, dict):
        pairs = data.items()
    elif isinstance(data, list):
        if not any(isinstance(item, (dict, list)) for item in data):
            yield prefix, _unwrap(data)
            return
        named = list(_named(data))
        pairs = named if len(named) == len(data) else enumerate(data)
    else:
        yield prefix, data
        return
    for key, value in pairs:
        yield from _leaves(value, f"{prefix}.{key}" if prefix else str(key))


def depth(data):
    """Return how many levels of objects and lists there are; at most one more than allowed."""
    level, layer = 0, [data]
    while layer and level <= MOST_DEPTH:
        level += any(isinstance(item, (dict, list)) for item in layer)
        inner = []
        for item in layer:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        layer = inner
    return level


def without_nul(data):
    """Return the data without the character that PostgreSQL takes in no text."""
    if isinstance(data, str):
        # Half a surrogate pair, as broken JSON has it, is no character either.
        return data.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(data, dict):
        return {without_nul(str(k)): without_nul(v) for k, v in data.items()}
    if isinstance(data, list):
        return [without_nul(item) for item in data]
    return data
