# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What counts as a conversion, and until when: in SQL, over ``unit`` and its ``lead``.

``unit`` has the columns lead_id and entered_on; a window begins when a lead enters.
"""

from typing import NamedTuple

from odoo.tools import SQL

from ...common import contacts


class Conversion(NamedTuple):
    """One action that counts as a conversion."""

    code: str
    name: str
    days: int  # the window


CONVERSIONS = [
    Conversion("answered", "The lead answers within 14 days", 14),
    Conversion("meeting", "A meeting takes place within 30 days", 30),
    Conversion("qualified", "Qualified within 30 days", 30),
    Conversion("customer", "Customer within 90 days", 90),
]
DAYS = {one.code: one.days for one in CONVERSIONS}


def is_hit(code):
    """Return the condition that a lead converted within its window."""
    until = SQL("unit.entered_on + make_interval(days => %s)", DAYS[code])
    if code == "answered":
        return _touched(
            until, SQL("%s AND one.direction = 'in'", contacts.contact("one"))
        )
    if code == "meeting":
        return _touched(until, SQL("one.kind = 'meeting' AND one.outcome = 'held'"))
    if code == "qualified":
        # As it is known when the window is over.
        return SQL("COALESCE(lead.qualification_state = 'passed', FALSE)")
    return SQL(
        "COALESCE(lead.won_status = 'won' AND lead.date_closed <= %s, FALSE)", until
    )


def is_harm(env):
    """Return the condition that what no variant may make worse has happened to a lead.

    It wants no more messages, or was dropped without anybody having tried to reach it.
    """
    return SQL(
        "(EXISTS (SELECT FROM crm_touchpoint AS one WHERE one.lead_id = lead.id"
        " AND one.kind = 'unsubscribe' AND one.occurred_on >= unit.entered_on)"
        " OR (lead.won_status = 'lost' AND NOT EXISTS (SELECT FROM crm_touchpoint AS one"
        " WHERE one.lead_id = lead.id AND %s)))",
        contacts.judged(env, "is_reach", "one"),
    )


def _touched(until, condition):
    return SQL(
        "EXISTS (SELECT FROM crm_touchpoint AS one WHERE one.lead_id = lead.id"
        " AND one.occurred_on >= unit.entered_on AND one.occurred_on <= %s AND %s)",
        until,
        condition,
    )
