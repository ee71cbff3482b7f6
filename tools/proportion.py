# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a share of few cases can and cannot say.

Where 3 of 5 leads were won, the true share may well be 25 % or 90 %. The interval says so:

>>> [round(bound, 2) for bound in wilson_interval(3, 5)]
[0.23, 0.88]
>>> [round(bound, 2) for bound in wilson_interval(300, 500)]
[0.56, 0.64]

It stays between 0 and 1, also at the ends, and knows nothing from nothing:

>>> [round(bound, 2) for bound in wilson_interval(0, 20)]
[0.0, 0.16]
>>> [round(bound, 2) for bound in wilson_interval(20, 20)]
[0.84, 1.0]
>>> wilson_interval(0, 0)
(0.0, 1.0)
"""

from math import sqrt

# The 97.5th percentile of the normal distribution: a two-sided interval of 95 %.
Z_95 = 1.959964


def wilson_interval(hits, cases, z=Z_95):
    """Return the score interval of a proportion (Wilson, 1927).

    :param int hits: how many of the cases had the property.
    :param int cases: how many cases there were.
    :param float z: quantile of the normal distribution.
    :return: lower and upper bound, from 0 to 1.
    :rtype: tuple[float, float]
    :raise ValueError: where hits is not between 0 and cases.
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} of {cases} is not a proportion")
    if not cases:
        return (0.0, 1.0)
    share = hits / cases
    scale = 1 + z * z / cases
    centre = share + z * z / (2 * cases)
    spread = z * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return (max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def differ(hits_a, cases_a, hits_b, cases_b, z=Z_95):
    """Tell whether two shares differ by more than chance.

    >>> differ(30, 100, 40, 100), differ(300, 1000, 400, 1000), differ(1, 1, 0, 1)
    (False, True, False)
    >>> differ(0, 0, 5, 5)
    False
    """
    if not cases_a or not cases_b:
        return False
    rate = (hits_a + hits_b) / (cases_a + cases_b)
    if not 0 < rate < 1:
        return False
    error = sqrt(rate * (1 - rate) * (1 / cases_a + 1 / cases_b))
    return abs(hits_a / cases_a - hits_b / cases_b) > z * error
