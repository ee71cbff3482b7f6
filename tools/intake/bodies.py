# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Reads the body of a delivery: JSON, or a form; and tells what is neither.

>>> parse('{"name": "Ana"}'), parse("name=Ana&tag=a&tag=b"), parse("[1, 2")
({'name': 'Ana'}, {'name': 'Ana', 'tag': ['a', 'b']}, None)
>>> parse({"name": "A\\x00na"}), parse("Hello"), parse("")
({'name': 'Ana'}, None, None)

Numbers that JSON does not know, and what is deeper than any form, are refused:

>>> parse('{"a": NaN}'), parse("[" * 5000 + "]" * 5000)
(None, None)
>>> parse("&".join(["a=1"] * 1001)), parse('{"a": ' + "1" * 5000 + "}")
(None, None)
>>> too_deep(parse("[" * 30 + "]" * 30)), too_deep({"a": [1]})
(True, False)
"""

import json
from urllib.parse import parse_qs

from .paths import MOST_DEPTH, depth, without_nul

# No form has more.
MOST_FIELDS = 1000


def parse(body, kind=None):
    """Return a body as objects, lists and plain values; None where it is neither.

    :param body: text, or what is JSON already.
    :param str kind: "json" or "form", where the sender says so; None: whatever fits.
    """
    if not isinstance(body, (str, bytes)):
        return without_nul(body) if isinstance(body, (dict, list)) else None
    if isinstance(body, bytes):
        body = body.decode("utf-8-sig", "replace")
    body = body.strip()
    if not body:
        return None
    if kind != "form":
        try:
            found = json.loads(body, parse_constant=_refuse)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, (dict, list)):
            return found if depth(found) > MOST_DEPTH else without_nul(found)
        if kind == "json":
            return None
    if "=" not in body or (kind != "form" and any(char in body for char in "\n<{")):
        return None
    try:
        pairs = parse_qs(
            body, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"
        )
    except ValueError:
        return None
    return without_nul({k: v if len(v) > 1 else v[0] for k, v in pairs.items()}) or None


def _refuse(constant):
    raise ValueError(constant)


def too_deep(data):
    """Tell whether data are nested deeper than any form is."""
    return depth(data) > MOST_DEPTH


def in_lines(body):
    """Return a body with one value a line, for people to read; as it is where it is no JSON.

    >>> print(in_lines('{"name": "Çelik", "ask": ["price"]}'))
    {
      "name": "Çelik",
      "ask": [
        "price"
      ]
    }
    >>> in_lines("name=Amal")
    'name=Amal'
    """
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
