# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How well scores tell the won leads from the lost ones. Plain numbers in, plain numbers out.

Everywhere ``scores`` are numbers, the higher the better, and ``outcomes`` are true for won.
"""

from math import exp, log, sqrt


def auc(scores, outcomes):
    """Return the area under the ROC curve, and its standard error.

    The area is the chance that a won lead has more points than a lost one; equal points
    count half. 0.5 is a coin, 1 is perfect. The standard error is DeLong's (DeLong,
    DeLong, Clarke-Pearson 1988: "Comparing the areas under two or more correlated receiver
    operating characteristic curves").

    :return: (None, None) when there are no won or no lost leads.

    >>> auc([1, 2, 3, 4], [False, False, True, True])
    (1.0, 0.0)
    >>> auc([1, 1, 1, 1], [False, True, False, True])
    (0.5, 0.0)
    >>> area, error = auc([1, 3, 2, 4], [False, False, True, True])
    >>> area, round(error, 3)
    (0.75, 0.354)
    >>> auc([1, 2], [True, True])
    (None, None)
    """
    won = [score for score, outcome in zip(scores, outcomes, strict=True) if outcome]
    lost = [
        score for score, outcome in zip(scores, outcomes, strict=True) if not outcome
    ]
    if not won or not lost:
        return None, None
    ranks, own_won, own_lost = _midranks([*won, *lost]), _midranks(won), _midranks(lost)
    above = [
        (rank - own) / len(lost) for rank, own in zip(ranks, own_won, strict=False)
    ]
    below = [
        1 - (rank - own) / len(won)
        for rank, own in zip(ranks[len(won) :], own_lost, strict=True)
    ]
    variance = _variance(above) / len(won) + _variance(below) / len(lost)
    return sum(above) / len(won), sqrt(variance)


def interval(area, error, n_won, n_lost, z=1.96):
    """Return between what bounds the true area lies, with 95 % certainty.

    On the scale of odds, so that it stays between 0 and 1. Where few leads happen to be told
    apart perfectly, DeLong's error is 0, which they cannot warrant: then the error is the one
    (Hanley, McNeil 1982) of an area as if half a pair more had been wrong.

    >>> [round(bound, 2) for bound in interval(1.0, 0.0, 10, 10)]
    [0.69, 1.0]
    >>> [round(bound, 2) for bound in interval(0.7, 0.05, 50, 50)]
    [0.59, 0.78]
    >>> [round(bound, 2) for bound in interval(0.5, 0.0, 50, 50)]
    [0.39, 0.61]
    """
    least = min(n_won, n_lost)
    area_of = (area * least + 0.5) / (least + 1)
    alike = [area_of / (2 - area_of), 2 * area_of**2 / (1 + area_of)]
    variance = area_of * (1 - area_of) + sum(
        (n - 1) * (pairs - area_of**2)
        for n, pairs in zip((n_won, n_lost), alike, strict=True)
    )
    if not error:
        error = sqrt(max(variance, 0) / (n_won * n_lost))
    spread = exp(min(z * error / (area_of * (1 - area_of)), 100))
    odds = area_of / (1 - area_of)
    low, high = odds / spread, odds * spread
    return min(low / (1 + low), area), max(high / (1 + high), area)


def _ties(order, values):
    """Yield the indices of ``order`` in runs of equal values.

    >>> list(_ties([0, 2, 1], [10, 30, 10]))
    [[0, 2], [1]]
    >>> list(_ties([], []))
    []
    """
    run = []
    for index in order:
        if run and values[run[-1]] != values[index]:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _midranks(values):
    """Return the rank of each value from 1 on, equal values sharing the middle rank.

    >>> _midranks([10, 30, 10])
    [1.5, 3.0, 1.5]
    """
    ranks, before = [0.0] * len(values), 0
    order = sorted(range(len(values)), key=values.__getitem__)
    for members in _ties(order, values):
        for index in members:
            ranks[index] = before + (len(members) + 1) / 2
        before += len(members)
    return ranks


def follows(values):
    """Return how closely numbers that are nearly all different follow their order, 0 to 1.

    Spearman's rank correlation with the place; 0 where most numbers are shared, or unknown.

    >>> follows([10, 11, 15, 16]), follows([4, 3, 2, 1]), follows([1, 1, 1, 2])
    (1.0, 1.0, 0.0)
    >>> follows([3, None, None, None, None]), follows([])
    (0.0, 0.0)
    """
    known = [value for value in values if value is not None]
    if (
        len(known) < 4
        or len(set(known)) < 0.8 * len(known)
        or len(known) < len(values) / 2
    ):
        return 0.0
    middle = (len(known) + 1) / 2
    ranks = _midranks(known)
    both = sum((rank - middle) * (at + 1 - middle) for at, rank in enumerate(ranks))
    return abs(both) / (len(known) * (len(known) ** 2 - 1) / 12)


def in_turns(values, least=30):
    """Return how far values come one after the other, in stretches: 0 mixed, near 1 in turns.

    The share of the variance of the places that the values explain (eta squared). Looked at
    are values that are frequent, where they make up half of all.

    >>> round(in_turns(["a"] * 40 + ["b"] * 40 + ["c"] * 40 + ["d"] * 40), 2)
    0.94
    >>> round(in_turns(["a", "b", "c", "d"] * 40), 2), in_turns([1, 2, 3]), in_turns(["a"] * 90)
    (0.0, 0.0, 0.0)
    """
    places = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(place)
    groups = [found for found in places.values() if len(found) >= least]
    n = sum(map(len, groups))
    if len(groups) < 2 or n < len(values) / 2:
        return 0.0
    middle = sum(map(sum, groups)) / n
    total = sum((place - middle) ** 2 for found in groups for place in found)
    return sum(len(f) * (sum(f) / len(f) - middle) ** 2 for f in groups) / total


def _variance(values):
    """Return the sample variance, 0 for fewer than two values.

    >>> _variance([1, 2, 3])
    1.0
    """
    if len(values) < 2:
        return 0.0
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def capture(scores, gains, share):
    """Return the share of all gains that the best ``share`` of the leads holds.

    Leads with equal points are taken in equal parts, so that their order does not matter.

    :param gains: what each lead brought: 1 or 0 for won or lost, or its revenue.

    >>> capture([4, 3, 2, 1], [1, 0, 1, 0], 0.5)
    0.5
    >>> capture([1, 1, 1, 1], [1, 0, 1, 0], 0.5)
    0.5
    >>> capture([1, 2], [0, 0], 0.5)
    0.0
    """
    total = sum(gains)
    if not total:
        return 0.0
    room, held = share * len(gains), 0.0
    order = sorted(range(len(gains)), key=lambda index: -scores[index])
    for members in _ties(order, scores):
        part = min(1.0, room / len(members))
        held += part * sum(gains[index] for index in members)
        room -= len(members)
        if room <= 0:
            break
    return held / total


def possible(gains, share):
    """Return the most that the best ``share`` of the leads could hold: no score does better.

    >>> possible([1, 0, 0, 1], 0.25)
    0.5
    >>> possible([1, 0, 0, 0], 0.25)
    1.0
    """
    return capture(gains, gains, share)


def curve(scores, gains, steps=20):
    """Return the Pareto curve: rows of share of leads, share of gains, and what was possible.

    >>> curve([4, 3, 2, 1], [1, 0, 1, 0], steps=2)
    [(0.0, 0.0, 0.0), (0.5, 0.5, 1.0), (1.0, 1.0, 1.0)]
    """
    shares = [step / steps for step in range(steps + 1)]
    return [(s, capture(scores, gains, s), possible(gains, s)) for s in shares]


def thresholds(points, shares):
    """Return from how many points each grade begins, so that grades get the wanted shares.

    :param points: what leads have.
    :param shares: wanted share of each grade but the lowest, best grade first, summing to
        1 at most. A best grade that nobody is to have begins above all leads.
    :return: the thresholds, best grade first, whole numbers and each lower than the one
        before, even where all leads have the same points.

    >>> thresholds(range(1, 101), [0.1, 0.2])
    [91, 71]
    >>> thresholds([7, 7, 7], [0.1, 0.2, 0.3])
    [7, 6, 5]
    >>> thresholds([], [0.1, 0.2])
    [2, 1]
    >>> thresholds(range(1, 101), [0, 0, 0.2])
    [102, 101, 81]
    """
    ranked = sorted(points, reverse=True)
    unwanted = sum(not any(shares[: place + 1]) for place in range(len(shares)))
    result, done = [], 0.0
    for share in shares:
        done += share
        if not ranked:
            wanted = len(shares) - len(result)
        elif not done:
            wanted = int(ranked[0] // 1) + unwanted - len(result)
        else:
            wanted = int(ranked[max(0, round(done * len(ranked)) - 1)] // 1)
        if result and wanted >= result[-1]:
            wanted = result[-1] - 1
        result.append(wanted)
    return result


def stability(before, after):
    """Return the population stability index of two counts by group: 0 where shares agree.

    Below 0.1 nothing moved, from 0.2 on something did, as the usual reading has it. Groups
    count as having half a lead more, so that an empty one is no infinity.

    :param dict before: numbers by group.
    :param dict after: numbers by group.

    >>> stability({1: 50, 5: 50}, {1: 500, 5: 500}) < 0.001
    True
    >>> round(stability({1: 90, 5: 10}, {1: 50, 5: 50}), 2)
    0.85
    >>> stability({}, {1: 3})
    0.0
    """
    groups = before.keys() | after.keys()
    if not sum(before.values()) or not sum(after.values()):
        return 0.0
    old_total = sum(before.values()) + len(groups) / 2
    new_total = sum(after.values()) + len(groups) / 2
    index = 0.0
    for group in groups:
        old = (before.get(group, 0) + 0.5) / old_total
        new = (after.get(group, 0) + 0.5) / new_total
        index += (new - old) * log(new / old)
    return index
