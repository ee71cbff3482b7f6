# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Odoo's predictive lead scoring, for comparison: naive Bayes over values, nothing else.

Odoo counts how often leads with a value were won and lost, 0.1 added to each count, and
multiplies the shares. Empty values, and values never seen, say nothing.
"""

from collections import defaultdict
from math import exp, log


def frequencies(facts, outcomes):
    """Count the won and the lost leads of each value of each fact.

    :param dict facts: one list of values per name, None for empty.
    :return: the counts, to be given to :func:`probabilities`.

    >>> frequencies({"city": ["A", "A", None]}, [True, False, True])["fields"]["city"]["A"]
    [1.1, 1.1]
    """
    fields = {}
    for name, values in facts.items():
        counts = fields[name] = defaultdict(lambda: [0.1, 0.1])
        for value, outcome in zip(values, outcomes, strict=True):
            if value is not None:
                counts[value][0 if outcome else 1] += 1
    won = sum(map(bool, outcomes))
    return {"fields": fields, "won": won, "lost": len(outcomes) - won}


def probabilities(counts, facts):
    """Return the probability of winning of each lead.

    >>> counts = frequencies({"city": ["A"] * 10 + ["B"] * 10}, [True] * 10 + [False] * 10)
    >>> [round(p, 2) for p in probabilities(counts, {"city": ["A", "B", None, "C"]})]
    [0.99, 0.01, 0.5, 0.5]
    >>> probabilities(frequencies({"city": ["A"]}, [True]), {"city": ["A"]})
    [1.0]
    """
    size = len(next(iter(facts.values()), []))
    won, lost = counts["won"], counts["lost"]
    if not won or not lost:
        return [1.0 if won else 0.0] * size
    logits = [log(won / lost)] * size
    for name, values in facts.items():
        table = counts["fields"].get(name, {})
        all_won = sum(pair[0] for pair in table.values())
        all_lost = sum(pair[1] for pair in table.values())
        for index, value in enumerate(values):
            if value is not None and value in table:
                pair = table[value]
                logits[index] += log(pair[0] / all_won) - log(pair[1] / all_lost)
    return [1 / (1 + exp(-max(-700, min(700, logit)))) for logit in logits]
