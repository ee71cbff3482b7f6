# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Logistic regression over yes-or-no facts, in plain Python.

Leads have few facts each, and many leads have the same ones: working on what is there makes
thousands of leads a matter of a second, without any library.
"""

from collections import Counter
from math import exp


def fit(rows, outcomes, width, penalty=1.0, rounds=25):
    """Return the weights that tell best which leads were won.

    Newton's method on the log likelihood, less ``penalty`` / 2 times the sum of the squared
    weights (ridge; the intercept is free): weights of rare facts are drawn towards 0.

    :param rows: the numbers of the facts that each lead has, each 0 to ``width`` - 1.
    :param outcomes: true for won.
    :param int width: how many facts there are.
    :return: the intercept, and one weight per fact, in logarithms of odds.

    >>> rows = [(0,)] * 100 + [()] * 100
    >>> intercept, weights = fit(rows, [1] * 80 + [0] * 20 + [1] * 20 + [0] * 80, 1, 0.01)
    >>> round(intercept, 2), round(weights[0], 2)
    (-1.38, 2.77)
    >>> intercept, weights = fit(rows, [True] * 200, 1)
    >>> intercept > 0
    True
    >>> fit([], [], 0)
    (0.0, [])
    """
    patterns = Counter(
        (tuple(sorted(row)), bool(o)) for row, o in zip(rows, outcomes, strict=True)
    )
    groups = {}
    for (row, outcome), count in patterns.items():
        group = groups.setdefault((*row, width), [0, 0])
        group[0] += count
        group[1] += count if outcome else 0
    # The last weight is the intercept. A little of the penalty keeps it finite when all
    # leads were won, or all were lost.
    penalties = [penalty] * width + [1e-3]
    weights = [0.0] * (width + 1)
    for _round in range(rounds if groups else 0):
        step = _newton_step(groups, weights, penalties)
        weights = [
            weight + change for weight, change in zip(weights, step, strict=True)
        ]
        if max(map(abs, step)) < 1e-6:
            break
    return weights[-1], weights[:-1]


def _newton_step(groups, weights, penalties):
    """Return how much each weight should change."""
    size = len(weights)
    gradient = [-p * w for p, w in zip(penalties, weights, strict=True)]
    hessian = [[0.0] * size for _row in range(size)]
    for index, penalty in enumerate(penalties):
        hessian[index][index] = penalty
    for facts, (count, won) in groups.items():
        odds = max(-30.0, min(30.0, sum(weights[fact] for fact in facts)))
        chance = 1 / (1 + exp(-odds))
        slope, curvature = won - count * chance, count * chance * (1 - chance)
        for position, fact in enumerate(facts):
            gradient[fact] += slope
            row = hessian[fact]
            for other in facts[: position + 1]:
                row[other] += curvature
    step = solve(hessian, gradient)
    largest = max(map(abs, step))
    return step if largest <= 4 else [change * 4 / largest for change in step]


def solve(matrix, vector):
    """Solve a system of equations with a symmetric positive matrix (Cholesky).

    :param matrix: rows; only the lower triangle is read.

    >>> [round(x, 6) for x in solve([[4.0, 0.0], [2.0, 3.0]], [8.0, 13.0])]
    [-0.25, 4.5]
    """
    size = len(vector)
    lower = [[0.0] * size for _row in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(map(float.__mul__, lower[i][:j], lower[j][:j]))
            lower[i][j] = max(rest, 1e-12) ** 0.5 if i == j else rest / lower[j][j]
    forward = []
    for i in range(size):
        forward.append(
            (vector[i] - sum(map(float.__mul__, lower[i][:i], forward))) / lower[i][i]
        )
    result = [0.0] * size
    for i in reversed(range(size)):
        known = sum(lower[k][i] * result[k] for k in range(i + 1, size))
        result[i] = (forward[i] - known) / lower[i][i]
    return result
