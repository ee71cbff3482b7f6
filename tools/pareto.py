# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What the best share of customers brings (Pareto): few causes, most of the effect.

>>> amounts = [50, 30, 5, 5, 2, 2, 2, 2, 1, 1]
>>> best_count(10, 0.2), share_of_best(amounts, 0.2)
(2, 0.8)

The ratio is not fixed: where all are alike, the best fifth brings a fifth.

>>> share_of_best([10] * 10, 0.2)
0.2
>>> share_of_best([], 0.2), share_of_best([0, 0], 0.2)
(None, None)
"""

import math


def best_count(count, share):
    """Return how many are the best share of so many: at least one, rounded up.

    >>> best_count(0, 0.2), best_count(1, 0.2), best_count(11, 0.2), best_count(15, 0.2)
    (0, 1, 3, 3)
    """
    return min(count, math.ceil(round(count * share, 9)))


def share_of_best(amounts, share):
    """Return which share of the sum the best ones bring; None where there is no sum.

    :param amounts: numbers; what is below zero counts as zero.
    :param float share: how many of them are the best, 0 to 1.
    """
    (found,) = _shares_of_best(amounts, [share])
    return found


def curve(amounts, points=10):
    """Return the curve: pairs of a share of all, the best first, and what they bring.

    >>> curve([3, 1], 2)
    [(0.0, 0.0), (0.5, 0.75), (1.0, 1.0)]
    >>> curve([])
    []
    """
    steps = [number / points for number in range(1, points + 1)]
    found = _shares_of_best(amounts, steps)
    if found[-1] is None:
        return []
    return [(0.0, 0.0), *zip(steps, found, strict=True)]


def _shares_of_best(amounts, shares):
    """Return the same for several shares: the amounts are put in order once."""
    ordered = sorted([one if one > 0 else 0 for one in amounts], reverse=True)
    total = sum(ordered)
    if not total:
        return [None] * len(shares)
    count = len(ordered)
    return [sum(ordered[: best_count(count, share)]) / total for share in shares]
