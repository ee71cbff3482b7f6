# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Whether somebody picks the best leads and lets the others wait.

>>> judge((18, 30), (2, 30), (6, 60))
'flag'

Late with all of them alike is late, and no picking; nor is what the whole team does.

>>> judge((18, 30), (16, 30), (6, 60)), judge((18, 30), (2, 30), (34, 60))
('fine', 'fine')

A few leads say nothing.

>>> judge((9, 12), (0, 30), (6, 60)), judge((18, 30), (2, 30), (1, 10))
('few', 'few')
>>> judge((0, 0), (0, 0), (0, 0))
'few'
"""

import math

from .proportion import wilson_interval

# From so many cases on each side a share is judged.
FEWEST = 20
# How sure an interval is: 95 of 100.
Z = 1.96
# The nearest to 1 that a correlation is taken for: at 1 there is no interval.
LAST = 0.9999


def judge(own, other_side, others):
    """Return what two shares of a person say: ``few``, ``flag`` or ``fine``.

    Each a pair: how many, of how many.

    :param own: where he would pick (late at a low grade, say); flagged where it is clearly above
        ``other_side`` (late at a high grade) and above ``others`` (the rest of the team).
    """
    if min(own[1], other_side[1], others[1]) < FEWEST:
        return "few"
    from_own = wilson_interval(*own)[0]
    apart = all(from_own > wilson_interval(*side)[1] for side in (other_side, others))
    return "flag" if apart else "fine"


def rank_interval(ranks, n):
    """Return between what a rank correlation likely is, by Fisher's transformation.

    :param float ranks: the correlation, -1 to 1.
    :param int n: of how many cases, more than 3.

    >>> [round(end, 2) for end in rank_interval(-0.5, 40)]
    [-0.7, -0.22]
    >>> rank_interval(-1.0, 40)[1] < -0.99
    True
    """
    middle = math.atanh(max(-LAST, min(LAST, ranks)))
    half = Z / math.sqrt(n - 3)
    return math.tanh(middle - half), math.tanh(middle + half)


def judge_ranks(own, others):
    """Return what the connection of amount and delay says: ``few``, ``flag`` or ``fine``.

    :param own: the rank correlation of a person, and of how many leads; ``others``: of the rest
        of the team. Flagged where it is clearly below 0, and below that of the others.

    >>> judge_ranks((-0.8, 40), (0.0, 60)), judge_ranks((-0.8, 40), (-0.7, 60))
    ('flag', 'fine')
    >>> judge_ranks((-0.2, 40), (0.1, 60)), judge_ranks((-0.9, 12), (0.0, 60))
    ('fine', 'few')

    Where all amounts are the same there is nothing to compare.

    >>> judge_ranks((None, 40), (0.0, 60))
    'few'
    """
    if min(own[1], others[1]) < FEWEST or None in (own[0], others[0]):
        return "few"
    high = rank_interval(*own)[1]
    return "flag" if high < min(0, rank_interval(*others)[0]) else "fine"
