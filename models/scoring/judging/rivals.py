# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What other ways of scoring say of the same closed leads."""

from ....tools import naive_bayes
from ...common.field_kinds import OUTCOME, kind_of
from ..learning.facts import Facts


def odoo(leads, won):
    """Return what Odoo's method says of the leads: each half learned from the other."""
    names = [
        name
        for name in leads._pls_get_safe_fields()
        if leads._fields[name].store and kind_of(leads._fields[name]) != OUTCOME
    ]
    facts = {
        key: values
        for key, (_kind, values) in Facts(leads.env).read(leads, names).items()
    }
    result = [0.0] * len(won)
    for half in (0, 1):
        own = [place for place in range(len(won)) if place % 2 == half]
        other = [place for place in range(len(won)) if place % 2 != half]
        counts = naive_bayes.frequencies(
            {key: [values[place] for place in other] for key, values in facts.items()},
            [won[place] for place in other],
        )
        chances = naive_bayes.probabilities(
            counts,
            {key: [values[place] for place in own] for key, values in facts.items()},
        )
        for place, chance in zip(own, chances or [0.5] * len(own), strict=True):
            result[place] = chance
    return result


def live(card, leads):
    """Return the points of the live scorecard, or None where this one is it."""
    found = card.search(
        [("state", "=", "live"), ("company_id", "in", [card.company_id.id, False])],
        order="company_id",
        limit=1,
    )
    if not found or found == card:
        return None
    points = card.env["crm.score.engine"]._points(leads, found)
    return [points[lead_id] for lead_id in leads.ids]
