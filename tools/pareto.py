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
    ordered = sorted((max(0, one) for one in amounts), reverse=True)
    total = sum(ordered)
    return sum(ordered[: best_count(len(ordered), share)]) / total if total else None


def curve(amounts, points=10):
    """Return the curve: pairs of a share of all, the best first, and what they bring.

    >>> curve([3, 1], 2)
    [(0.0, 0.0), (0.5, 0.75), (1.0, 1.0)]
    >>> curve([])
    []
    """
    if not sum(max(0, one) for one in amounts):
        return []
    steps = (number / points for number in range(1, points + 1))
    return [(0.0, 0.0), *((step, share_of_best(amounts, step)) for step in steps)]
