# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Learn a scorecard: a few readable rules with whole points, from leads that are closed."""

from math import log, sqrt
from typing import NamedTuple

from .bands import (
    Band,
    band_of,
    by_chance,
    category_bands,
    information,
    number_bands,
)
from .logistic import fit
from .proportion import differ

# Ten points double the odds of winning.
POINTS_PER_LOGIT = 10 / log(2)
# Facts that tell less are noise.
LEAST_INFORMATION = 0.01
# What all facts together may show by chance: in one of a hundred histories that tell nothing.
CHANCE = 0.01
# Points that speak against what the leads of a band did alone are at least so many.
LEAST_AGAINST = 3
# For each rule there must be so many won and so many lost leads.
EVENTS_PER_RULE = 5


class Rule(NamedTuple):
    """Points for the leads whose fact is in a band."""

    name: str  # of the fact
    band: Band
    points: int


def learn(facts, outcomes, most=45, penalty=1.0):
    """Return the rules that tell best, together, which leads were won.

    A fact is used where chance would hardly make its bands differ that much, given how many
    facts were tried. Each fact is cut into bands; the band that most leads are in gives no
    points, and the weights of the others are found jointly, so that two facts that say the
    same do not count twice. Then the least useful bands are dropped until they make ``most``
    rules: bands of one fact that are worth the same make one.

    :param dict facts: by name, a pair: "number" or "category", and one value per lead,
        None for empty. Numbers must be finite.
    :param outcomes: true for won, one per lead.
    :return: rules, the most useful first.
    :rtype: list[Rule]

    >>> size = [1] * 50 + [100] * 50
    >>> won = [False] * 45 + [True] * 10 + [True] * 45
    >>> [(rule.band.values, rule.points) for rule in learn({"size": ("number", size)}, won)]
    [((100, None), 57)]
    >>> learn({"size": ("number", size)}, [True] * 100)
    []
    """
    least = max(20, len(outcomes) // 200)
    bands = _told(_bands(facts, outcomes, least), len(facts))
    features = [
        (name, index)
        for name, found in bands.items()
        for index in range(len(found))
        if found[index].n >= least and _leans(found, index)
    ]
    places = {
        name: [band_of(found, value) for value in facts[name][1]]
        for name, found in bands.items()
    }
    rarer = min(sum(map(bool, outcomes)), sum(not outcome for outcome in outcomes))
    most = min(most, max(1, rarer // EVENTS_PER_RULE))
    while features:
        weights = _weigh(features, places, outcomes, penalty)
        useful = _by_use(features, bands, weights, len(outcomes))
        kept = [
            feature
            for feature in useful
            if _is_believable(weights[feature], _leans(bands[feature[0]], feature[1]))
        ]
        if len(kept) == len(features):
            rules = _pooled(_rules(kept, bands, weights))
            if len(rules) <= most:
                return rules
            # A few at a time: what is dropped changes what the others are worth.
            kept = kept[: len(kept) - max(1, (len(rules) - most) // 2)]
        features = kept
    return []


def _rules(features, bands, weights):
    """Return the rules of features, in their order."""
    return [
        Rule(name, bands[name][index], round(weights[name, index] * POINTS_PER_LOGIT))
        for name, index in features
    ]


def _bands(facts, outcomes, least):
    """Return the bands of each fact that tells anything, by its name."""
    bands = {}
    for name, (kind, values) in facts.items():
        cut = number_bands if kind == "number" else category_bands
        found = cut(values, outcomes, least)
        if len(found) > 1 and information(found) >= LEAST_INFORMATION:
            bands[name] = found
    return bands


def _told(bands, tries):
    """Return the facts whose bands chance would hardly make (Holm 1979).

    :param dict bands: by name of the fact.
    :param int tries: how many facts were tried.

    >>> told = [Band("values", ("a",), 50, 40), Band("rest", ("a",), 50, 10)]
    >>> noise = [Band("values", ("a",), 50, 30), Band("rest", ("a",), 50, 20)]
    >>> list(_told({"noise": noise, "told": told}, 30))
    ['told']
    """
    chances = {name: by_chance(found) for name, found in bands.items()}
    kept = set()
    for rank, name in enumerate(sorted(bands, key=chances.get)):
        if chances[name] * (tries - rank) > CHANCE:
            break
        kept.add(name)
    return {name: found for name, found in bands.items() if name in kept}


def _pooled(rules, near=2):
    """Return the rules, those on values of one fact that give about the same points as one.

    >>> _pooled([Rule("city", Band("values", ("A",), 30, 9), 8),
    ...          Rule("city", Band("values", ("B",), 10, 3), 6)])
    [Rule(name='city', band=Band(kind='values', values=('A', 'B'), n=40, won=12), points=8)]
    """
    result = []
    for rule in rules:
        for place, other in enumerate(result):
            alike = (
                other.name == rule.name
                and other.band.kind == rule.band.kind == "values"
            )
            if alike and abs(other.points - rule.points) <= near:
                n = other.band.n + rule.band.n
                points = (other.points * other.band.n + rule.points * rule.band.n) / n
                values = (*other.band.values, *rule.band.values)
                band = Band("values", values, n, other.band.won + rule.band.won)
                result[place] = Rule(rule.name, band, round(points))
                break
        else:
            result.append(rule)
    return result


def _reference(bands):
    """Return the index of the band that gives no points: the one most leads are in."""
    return max(range(len(bands)), key=lambda index: bands[index].n)


def _is_believable(weight, leans):
    """Tell whether a weight makes points that people can believe.

    A band that is better than most may well cost points beside others that say the same; a
    few of them are nothing but noise.

    >>> [_is_believable(weight, 1) for weight in (0.01, 0.1, -0.1, -0.5)]
    [False, True, False, True]
    """
    points = round(weight * POINTS_PER_LOGIT)
    return bool(points) and (points * leans > 0 or abs(points) >= LEAST_AGAINST)


def _leans(bands, index):
    """Return 1 or -1 where a band is better or worse than the one that gives no points.

    0 where it may be so by chance.

    >>> bands = [Band("empty", (), 50, 10), Band("known", (), 100, 50)]
    >>> _leans(bands, 0), _leans(bands, 1)
    (-1, 0)
    """
    band, other = bands[index], bands[_reference(bands)]
    if not differ(band.won, band.n, other.won, other.n):
        return 0
    return 1 if band.won * other.n > other.won * band.n else -1


def _weigh(features, places, outcomes, penalty):
    """Return the joint weight of each feature, a pair of a name and the index of a band."""
    numbers = {feature: number for number, feature in enumerate(features)}
    names = {name for name, _index in features}
    rows = [[] for _outcome in outcomes]
    for name in names:
        for row, index in zip(rows, places[name], strict=True):
            number = numbers.get((name, index))
            if number is not None:
                row.append(number)
    _intercept, weights = fit(rows, outcomes, len(features), penalty)
    return dict(zip(features, weights, strict=True))


def _by_use(features, bands, weights, total):
    """Return the features, those that separate most leads first."""

    def use(feature):
        share = bands[feature[0]][feature[1]].n / total
        return abs(weights[feature]) * sqrt(share * (1 - share))

    return sorted(features, key=use, reverse=True)
