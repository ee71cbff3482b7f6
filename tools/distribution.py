# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who is next: the arithmetic of handing out leads. Plain numbers in, an index out."""

from functools import lru_cache
from math import gcd


@lru_cache(maxsize=256)
def weighted_cycle(weights):
    """Return a whole cycle of turns in which each person comes up as often as their weight.

    Turns are spread evenly (Webster's method: the k-th turn of a person with weight w stands
    at (k + 1/2) / w), so that nobody gets a row of leads one after the other.

    :param tuple[int] weights: one weight per person, 0 for those who get nothing.
    :return: indexes of the persons, as many as the weights sum up to once they are reduced.

    >>> weighted_cycle((2, 1))
    (0, 1, 0)
    >>> weighted_cycle((4, 2, 2))
    (0, 1, 2, 0)
    >>> weighted_cycle((0, 5))
    (1,)
    >>> weighted_cycle((0, 0))
    ()
    """
    divisor = gcd(*weights) or 1
    slots = [
        ((2 * turn + 1) / (weight // divisor), index)
        for index, weight in enumerate(weights)
        for turn in range(weight // divisor)
    ]
    return tuple(index for _position, index in sorted(slots))


def by_weighted_turn(turn, weights):
    """Return whose turn it is when some people get more than others.

    :param int turn: a number that grows by one with each lead.
    :param weights: one whole number per person, none negative.
    :return: the index of the person, or None where all weights are 0.

    >>> [by_weighted_turn(turn, (3, 1)) for turn in range(8)]
    [0, 0, 1, 0, 0, 0, 1, 0]
    >>> by_weighted_turn(7, (0, 0)) is None
    True
    """
    cycle = weighted_cycle(tuple(weights))
    return cycle[turn % len(cycle)] if cycle else None


def by_least(loads, turn):
    """Return who has the least to do; those with equally little take turns.

    :param loads: one number per person.
    :param int turn: a number that grows by one with each lead.
    :return: the index of the person.

    >>> by_least([3, 1, 2], 0)
    1
    >>> [by_least([1, 2, 1], turn) for turn in range(3)]
    [0, 2, 0]
    """
    least = min(loads)
    ties = [index for index, load in enumerate(loads) if load == least]
    return ties[turn % len(ties)]


def smoothed_rate(wins, total, prior, strength):
    """Return a success rate that few cases cannot carry away.

    The mean of a Beta distribution whose prior is the team's rate, with the weight of
    ``strength`` cases.

    :param wins: deals won by the person.
    :param total: deals closed by the person.
    :param prior: the rate of all, 0 to 1.
    :param strength: how many cases the prior is worth.

    >>> smoothed_rate(0, 0, 0.25, 10)
    0.25
    >>> smoothed_rate(1, 1, 0.25, 9)
    0.325
    >>> round(smoothed_rate(50, 100, 0.25, 10), 3)
    0.477
    """
    return (wins + prior * strength) / (total + strength) if total + strength else prior
