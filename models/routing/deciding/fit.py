# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How well people did with leads like this one."""

from ....tools import distribution

# How many closed deals the average of all is worth beside those of a person.
STRENGTH = 10


def fit(history, user_ids, traits):
    """Return how well each person fits a lead.

    For each trait of the lead (industry, language, country, size of the deal, product,
    segment) the share of won among the closed leads of a person with that trait, drawn
    towards the share of all where he has had few: the mean of a Beta distribution
    (``tools.distribution.smoothed_rate``). The fit of a person is the mean over the traits. A
    lead that says nothing about itself is compared by the totals.

    :param dict history: ``{(dimension, value): {user id: (closed, won)}}``; the key ``None``
        holds the totals.
    :param user_ids: the persons to compare.
    :param traits: (dimension, value) pairs of the lead.
    :return: (rate 0 to 1, number of similar closed leads) of each person, in their order.

    >>> medicine = ("industry", 5)
    >>> history = {None: {1: (20, 10), 2: (20, 10)}, medicine: {2: (10, 9)}}
    >>> fit(history, [1, 2], {medicine})
    [(0.5, 0), (0.7, 10)]
    >>> fit(history, [1, 2], {("industry", 6)})
    [(0.5, 0), (0.5, 0)]
    >>> fit(history, [1, 2], set())
    [(0.5, 20), (0.5, 20)]
    >>> fit({None: {}}, [1], {medicine})
    [(0.0, 0)]
    """
    totals = [history[None].get(user_id, (0, 0)) for user_id in user_ids]
    closed = sum(count for count, _won in totals)
    prior = sum(won for _count, won in totals) / closed if closed else 0.0
    dimensions = [history.get(trait, {}) for trait in sorted(traits)] or [history[None]]
    result = []
    for user_id in user_ids:
        cases = [dimension.get(user_id, (0, 0)) for dimension in dimensions]
        rates = [
            distribution.smoothed_rate(won, count, prior, STRENGTH)
            for count, won in cases
        ]
        result.append((sum(rates) / len(rates), max(count for count, _won in cases)))
    return result
