# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Experiments: who gets which variant, how many cases it takes, and what came of it.

Each variant is compared with the control, once, at the planned end. Who looks every day and
stops when it looks good is wrong far more often than he believes: so there is no verdict before.
"""

import hashlib
import math
from statistics import NormalDist
from typing import NamedTuple

from .proportion import wilson_interval

# How sure a verdict is, and how likely a real difference of the planned size is seen.
LEVEL, POWER = 0.95, 0.8
# A split as uneven as this comes by chance once in so many experiments: it is broken.
BROKEN = 0.001
NORMAL = NormalDist()


def share(salt, key):
    """Return a number in [0, 1) that belongs to a key: always the same, and like drawn by lot.

    :param str salt: of the experiment, so that two experiments split differently.
    :param key: whatever is assigned, the id of a lead.

    >>> share("a", 1) == share("a", 1), share("a", 1) == share("b", 1)
    (True, False)
    >>> 0.48 < sum(share("a", key) for key in range(10_000)) / 10_000 < 0.52
    True
    """
    digest = hashlib.sha256(f"{salt}:{key}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def assign(salt, key, weights):
    """Return the place of the variant that a key belongs to.

    :param weights: of the variants, none negative, at least one above 0.

    >>> [sum(assign("a", key, [1, 3]) == place for key in range(8000)) for place in (0, 1)]
    [2027, 5973]
    >>> {assign("a", key, [0, 1]) for key in range(50)}
    {1}
    """
    left = share(salt, key) * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return max(place for place, weight in enumerate(weights) if weight > 0)


def compare(hits_a, n_a, hits_b, n_b, level=LEVEL):
    """Compare two shares: the second one with the first one.

    The z of the two-proportion test with a pooled variance, and the interval of the difference
    by Newcombe (1998), from the Wilson intervals of both.

    :return: difference, low, high, z and p (two-sided).

    >>> found = compare(30, 200, 48, 200)
    >>> [round(100 * found[name], 1) for name in ("difference", "low", "high")]
    [9.0, 1.2, 16.7]
    >>> round(found["z"], 2), round(found["p"], 3)
    (2.27, 0.023)
    >>> compare(0, 0, 3, 9)
    >>> compare(5, 5, 9, 9)["z"]
    0.0
    """
    if not n_a or not n_b:
        return None
    a, b = hits_a / n_a, hits_b / n_b
    z_level = NORMAL.inv_cdf(0.5 + level / 2)
    low_a, high_a = wilson_interval(hits_a, n_a, z_level)
    low_b, high_b = wilson_interval(hits_b, n_b, z_level)
    pooled = (hits_a + hits_b) / (n_a + n_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    z = (b - a) / error if error else 0.0
    return {
        "difference": b - a,
        "low": b - a - math.hypot(b - low_b, high_a - a),
        "high": b - a + math.hypot(high_b - b, a - low_a),
        "z": z,
        "p": 2 * (1 - NORMAL.cdf(abs(z))),
    }


def sample_size(base, effect, level=LEVEL, power=POWER):
    """Return how many cases each variant needs to see a difference of so much.

    :param float base: the share without it, between 0 and 1.
    :param float effect: the difference, above or below 0.
    :raise ValueError: where there is no such difference between two shares.

    >>> sample_size(0.10, 0.05), sample_size(0.20, 0.10), sample_size(0.30, 0.10)
    (686, 293, 356)
    >>> sample_size(0.10, 0.05, level=0.975) > 686
    True
    >>> sample_size(0.95, 0.10)
    Traceback (most recent call last):
    ...
    ValueError: no such shares: 0.95 and 1.05
    """
    other = base + effect
    if not effect or not 0 <= base <= 1 or not 0 <= other <= 1:
        raise ValueError(f"no such shares: {base:g} and {other:g}")
    mean = (base + other) / 2
    z_level, z_power = NORMAL.inv_cdf(0.5 + level / 2), NORMAL.inv_cdf(power)
    spread = math.sqrt(2 * mean * (1 - mean))
    spreads = math.sqrt(base * (1 - base) + other * (1 - other))
    return max(1, round((z_level * spread + z_power * spreads) ** 2 / effect**2))


def split_p(counts, weights):
    """Return how likely a split is at least as uneven as this one, by chance.

    By the chi-square test against the weights.

    >>> split_p([500, 500], [1, 1])
    1.0
    >>> split_p([500, 600], [1, 1]) < 0.005, split_p([500, 600], [5, 6])
    (True, 1.0)
    >>> round(split_p([10, 20, 30], [1, 1, 1]), 4)
    0.0067
    >>> split_p([0, 0], [1, 1]), split_p([1, 5], [0, 1])
    (1.0, 0.0)
    """
    total, weight = sum(counts), sum(weights)
    if any(count and not part for count, part in zip(counts, weights, strict=True)):
        return 0.0
    parts = [
        (count, total * part / weight)
        for count, part in zip(counts, weights, strict=True)
        if part
    ]
    if not total or len(parts) < 2:
        return 1.0
    chi = sum((count - expected) ** 2 / expected for count, expected in parts)
    return _chi_square(chi, len(parts) - 1)


def _chi_square(x, freedom):
    """Return the upper tail of the chi-square distribution, for whole degrees of freedom.

    >>> round(_chi_square(3.841, 1), 3), round(_chi_square(5.991, 2), 3)
    (0.05, 0.05)
    >>> round(_chi_square(7.815, 3), 3)
    0.05
    """
    half = x / 2
    tail, at = (math.exp(-half), 2) if freedom % 2 == 0 else (math.erfc(half**0.5), 1)
    while at < freedom:
        tail += half ** (at / 2) * math.exp(-half) / math.gamma(at / 2 + 1)
        at += 2
    return tail


class Group(NamedTuple):
    """What came of one variant."""

    hits: int
    n: int
    weight: float = 1.0


def verdict(groups, needed, is_over):
    """Return what an experiment says: a code, the place of a variant, and the comparison.

    The first group is the control. Where there are several variants each comparison is so much
    stricter that all together are as sure as one.

    :param groups: at least two :class:`Group`, of cases whose outcome is known.
    :param int needed: how many cases each variant was to have.
    :param bool is_over: whether the planned end is there; before it there is no verdict.
    :return: ``early``, ``few``, ``broken``, ``same``, ``better`` or ``worse``; for the last two
        the place of the best variant, or of the worst one.
    :rtype: tuple

    >>> control = Group(30, 200)
    >>> verdict([control, Group(48, 200)], 200, is_over=False)[0]
    'early'
    >>> code, place, found = verdict([control, Group(48, 200)], 200, is_over=True)
    >>> code, place, round(found["difference"], 2)
    ('better', 1, 0.09)
    >>> verdict([control, Group(38, 200)], 200, is_over=True)[0]
    'same'
    >>> verdict([control, Group(12, 200)], 200, is_over=True)[0]
    'worse'
    >>> verdict([Group(3, 20), Group(9, 20)], 200, is_over=True)[0]
    'few'
    >>> verdict([Group(45, 300), Group(48, 200)], 200, is_over=True)[0]
    'broken'

    The same 24 percent, the best of three, is no longer sure.

    >>> others = [Group(30, 200), Group(28, 200)]
    >>> verdict([control, Group(48, 200), *others], 200, is_over=True)[0]
    'same'
    """
    if not is_over:
        return "early", None, None
    counts, weights = [one.n for one in groups], [one.weight for one in groups]
    if split_p(counts, weights) < BROKEN:
        return "broken", None, None
    if min(counts) < needed:
        return "few", None, None
    first, level = groups[0], 1 - (1 - LEVEL) / (len(groups) - 1)
    found = {
        place: compare(first.hits, first.n, one.hits, one.n, level)
        for place, one in enumerate(groups)
        if place
    }
    best = max(found, key=lambda place: found[place]["difference"])
    sure = {place for place, one in found.items() if one["p"] < 1 - level}
    if best in sure and found[best]["difference"] > 0:
        return "better", best, found[best]
    worst = min(found, key=lambda place: found[place]["difference"])
    if worst in sure and len(sure) == len(found):
        return "worse", worst, found[worst]
    return "same", None, found[best]
