# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What ``tools.contact`` says of one event, said to the database: for whoever counts many."""

from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.contact import FAILED, PASSIVE

EVENTS = "crm_touchpoint"


def by_person(alias=EVENTS):
    """Return the condition that a person did it, and not in vain.

    :param str alias: of the table of touchpoints.
    """
    return SQL(
        "(%s AND COALESCE(%s, '') <> ALL(%s))",
        SQL.identifier(alias, "is_human"),
        SQL.identifier(alias, "outcome"),
        sorted(FAILED),
    )


def contact(alias=EVENTS):
    """Return the condition that it was a contact with the lead, whichever way."""
    return SQL(
        "(%s AND %s IN ('in', 'out') AND %s <> ALL(%s))",
        by_person(alias),
        SQL.identifier(alias, "direction"),
        SQL.identifier(alias, "kind"),
        sorted(PASSIVE),
    )


def contact_domain():
    """Return the same as a domain, for what is a rule."""
    human = Domain("is_human", "=", True) & Domain("direction", "in", ["in", "out"])
    human &= Domain("kind", "not in", sorted(PASSIVE))
    return human & Domain("outcome", "not in", sorted(FAILED))


def judged(env, judge, alias=EVENTS):
    """Return the condition that a function of ``tools.contact`` says yes of an event.

    Of events by people only.

    :param str judge: is_landed, is_attempt, is_answer or is_reach.
    """
    names = (SQL.identifier(alias, name) for name in ("kind", "direction", "outcome"))
    return SQL(
        "(%s AND concat_ws(',', %s, %s, COALESCE(%s, '')) = ANY(%s))",
        SQL.identifier(alias, "is_human"),
        *names,
        env["crm.touchpoint"]._judged(judge),
    )
