# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Cut facts into bands that differ in how often leads are won.

A fact of many leads is a list of values, None where it is empty; emptiness is a band of its
own. A number becomes ranges, anything else becomes its frequent values and the rest.
"""

from collections import Counter
from math import comb, erfc, exp, floor, gamma, log, log10, sqrt
from typing import NamedTuple

# From here on two shares differ by more than chance: chi square, 1 degree of freedom, 5 %.
CHI_SQUARE = 3.84


class Band(NamedTuple):
    """One band: its kind is "empty", "range", "values", "rest" or "known"."""

    kind: str
    values: tuple  # range: (from, up to but without), None for open; values: the values
    n: int
    won: int


def evidence(n, won, total, total_won, prior=10):
    """Return the weight of evidence of a band, shrunk towards 0 where it is small.

    It is the logarithm of the band's odds of winning against the odds of all leads, as if
    ``prior`` more leads with the odds of all had been in the band (Good 1950).

    >>> round(evidence(100, 50, 1000, 200), 2), round(evidence(4, 2, 1000, 200), 2)
    (1.28, 0.47)
    >>> evidence(0, 0, 1000, 200)
    0.0
    """
    rate = min(max(total_won / total, 1e-6), 1 - 1e-6)
    return log((won + prior * rate) / (n - won + prior * (1 - rate))) - log(
        rate / (1 - rate)
    )


def information(bands):
    """Return the information value of bands: how much they tell about winning, 0 nothing.

    >>> information([Band("range", (None, 1), 10, 5), Band("range", (1, None), 10, 5)])
    0.0
    """
    total, total_won = sum(b.n for b in bands), sum(b.won for b in bands)
    if not total_won or total_won == total:
        return 0.0
    return sum(
        (b.won / total_won - (b.n - b.won) / (total - total_won))
        * evidence(b.n, b.won, total, total_won)
        for b in bands
    )


def by_chance(bands, tries=1):
    """Return how likely bands that differ that much are where nothing tells anything.

    The chi square of the bands. Ranges were cut where they differ most, of 20: what the best
    of many cuts shows by chance is counted against them.

    :param int tries: how many facts were looked at.

    >>> by_chance([Band("values", ("a",), 50, 35), Band("rest", ("a",), 50, 15)]) < 0.001
    True
    >>> round(by_chance([Band("values", ("a",), 50, 28), Band("rest", ("a",), 50, 22)]), 2)
    0.23
    >>> by_chance([Band("range", (None, 1), 50, 32), Band("range", (1, None), 50, 18)], 30)
    1.0
    """
    total, won = sum(b.n for b in bands), sum(b.won for b in bands)
    if not 0 < won < total or len(bands) < 2:
        return 1.0
    rate = won / total
    chi = sum((b.won - b.n * rate) ** 2 / (b.n * rate * (1 - rate)) for b in bands)
    ranges = sum(band.kind == "range" for band in bands)
    cuts = comb(19, min(ranges - 1, 9)) if ranges > 1 else 1
    return min(1.0, exceeded(chi, len(bands) - 1) * cuts * tries)


def exceeded(chi, freedom):
    """Return how often chance makes a chi square greater than one.

    >>> round(exceeded(3.84, 1), 3), round(exceeded(5.99, 2), 3), round(exceeded(18.3, 10), 3)
    (0.05, 0.05, 0.05)
    """
    if chi > 1400:
        return 0.0
    half, odd = chi / 2, freedom % 2
    tail = erfc(sqrt(half)) if odd else exp(-half)
    for step in range(1 if odd else 2, freedom, 2):
        tail += half ** (step / 2) * exp(-half) / gamma(step / 2 + 1)
    return tail


def category_bands(values, outcomes, least=30, most=12):
    """Return the bands of a fact that is a choice or a text.

    :param values: hashable values, None for empty.
    :param least: values that fewer leads have are pooled as the rest.
    :param most: at most so many values have a band of their own.

    >>> values = ["a"] * 3 + ["b"] * 2 + ["c", None]
    >>> for band in category_bands(values, [1, 1, 0, 0, 0, 1, 0], least=2): print(band)
    Band(kind='empty', values=(), n=1, won=0)
    Band(kind='values', values=('a',), n=3, won=2)
    Band(kind='values', values=('b',), n=2, won=0)
    Band(kind='rest', values=('a', 'b'), n=1, won=1)

    Texts that are all different tell no more than that there is one:

    >>> category_bands(["x", "y", None], [1, 0, 0], least=2)[1]
    Band(kind='known', values=(), n=2, won=1)
    """
    count, won = (
        Counter(values),
        Counter(v for v, o in zip(values, outcomes, strict=True) if o),
    )
    frequent = [v for v, n in count.most_common() if v is not None and n >= least][
        :most
    ]
    bands = [Band("values", (v,), count[v], won[v]) for v in frequent]
    rest = [v for v in count if v is not None and v not in set(frequent)]
    if rest:
        n, wins = sum(count[v] for v in rest), sum(won[v] for v in rest)
        bands.append(Band("rest" if frequent else "known", tuple(frequent), n, wins))
    return [*_empty(count, won), *bands]


def number_bands(values, outcomes, least=30, most=6):
    """Return the bands of a fact that is a number: ranges that differ, rising where they do.

    Up to 20 ranges of equal size are merged as long as two neighbours do not differ by
    more than chance. Where that costs little, the bands are made monotone: the more, the
    better (or the worse) throughout, which is what people can believe.

    >>> values = [None] * 50 + list(range(1, 201))
    >>> outcomes = [0] * 50 + [0] * 100 + [1] * 100
    >>> for band in number_bands(values, outcomes): print(band)
    Band(kind='empty', values=(), n=50, won=0)
    Band(kind='range', values=(None, 100), n=99, won=0)
    Band(kind='range', values=(100, None), n=101, won=100)
    """
    pairs = list(zip(values, outcomes, strict=True))
    count = Counter("known" if v is not None else None for v in values)
    won = Counter("known" if v is not None else None for v, outcome in pairs if outcome)
    known = sorted((v, bool(outcome)) for v, outcome in pairs if v is not None)
    cuts = []
    if known:
        cuts = _cuts(sorted({known[len(known) * i // 20][0] for i in range(1, 20)}))
    cells = _cells(known, cuts)
    _merge(cells, lambda left, right: min(left[1], right[1]) < least, 1)
    free = [list(cell) for cell in cells]
    _merge(free, lambda left, right: _chi(left, right) < CHI_SQUARE, most)
    monotone = _monotone(cells)
    _merge(monotone, lambda left, right: _chi(left, right) < CHI_SQUARE, most)
    chosen = free
    if information(_ranges(monotone)) >= 0.85 * information(_ranges(free)):
        chosen = monotone
    return [*_empty(count, won), *_ranges(chosen)]


def band_of(bands, value):
    """Return the index of the band that a value is in, or None.

    >>> bands = [Band("empty", (), 0, 0), Band("range", (None, 5), 0, 0),
    ...          Band("range", (5, None), 0, 0)]
    >>> [band_of(bands, value) for value in (None, 4, 5)]
    [0, 1, 2]
    >>> band_of([Band("values", ("a",), 0, 0), Band("rest", ("a",), 0, 0)], "z")
    1
    """
    for index, band in enumerate(bands):
        if (value is None) != (band.kind == "empty"):
            continue
        if band.kind in ("empty", "known"):
            return index
        if band.kind == "range":
            low, high = band.values
            if (low is None or value >= low) and (high is None or value < high):
                return index
        elif (value in band.values) == (band.kind == "values"):
            return index
    return None


def within(band, values):
    """Return a band that ends not far beyond what was learned from: of more nothing is known.

    An open end is drawn where the range of the values would end if it were twice as wide.

    >>> within(Band("range", (100, None), 5, 3), [20, 500, None]).values
    (100, 980)
    >>> within(Band("range", (None, 2013), 5, 3), [2001, 2024]).values
    (1980, 2013)
    >>> within(Band("range", (None, 100), 5, 3), [20, 500]).values
    (None, 100)
    """
    known = [value for value in values if value is not None]
    if band.kind != "range" or not known or min(known) == max(known):
        return band
    (low, high), room = band.values, max(known) - min(known)
    if high is None:
        high = _readable(max(known) + room, room)
    if low is None and min(known) - room > 0:
        low = _readable(min(known) - room, room)
    return band._replace(values=(low, high))


def _empty(count, won):
    return [Band("empty", (), count[None], won[None])] if count[None] else []


def _cuts(values):
    """Return where to cut: readable numbers that keep neighbours apart.

    >>> _cuts([2011, 2012, 2013]), _cuts([101234, 102345, 103456]), _cuts([12, 397.25, 4123])
    ([2011, 2012, 2013], [101000, 102000, 103000], [12, 400, 4100])
    """
    gaps = [right - left for left, right in zip(values, values[1:], strict=False)]
    near = [
        min(gaps[max(0, place - 1) : place + 1], default=0)
        for place in range(len(values))
    ]
    return sorted(set(map(_readable, values, near)))


def _readable(number, gap=0):
    """Return a number with two leading digits: people read "400", not "397.25".

    :param gap: to the nearest other number: as many digits as it takes to tell them apart.

    >>> [_readable(number) for number in (397.25, 0.0234, 7, 0, -1234)]
    [400, 0.023, 7, 0, -1200]
    """
    if not number:
        return 0
    digits = 1 - floor(log10(abs(number)))
    if gap:
        digits = max(digits, -floor(log10(gap)))
    rounded = round(number, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _cells(known, cuts):
    """Return a cell [lowest value, n, won] for each stretch between cuts that has values."""
    cells, index = [], 0
    for value, outcome in known:
        while index < len(cuts) and value >= cuts[index]:
            index += 1
        low = cuts[index - 1] if index else None
        if not cells or cells[-1][0] != low:
            cells.append([low, 0, 0])
        cells[-1][1] += 1
        cells[-1][2] += outcome
    return cells


def _chi(left, right):
    """Return how much the shares of two cells differ, as a chi square.

    >>> _chi([0, 10, 5], [1, 10, 5]), round(_chi([0, 10, 0], [1, 10, 10]), 1)
    (0.0, 20.0)
    """
    n, won = left[1] + right[1], left[2] + right[2]
    if not won or won == n:
        return 0.0
    rate = won / n
    return sum(
        (w - k * rate) ** 2 / (k * rate * (1 - rate)) for _low, k, w in (left, right)
    )


def _merge(cells, alike, most):
    """Merge neighbours, the most alike first, while they are alike or too many (in place)."""
    while len(cells) > 1:
        pairs = [
            (_chi(cells[i], cells[i + 1]), i)
            for i in range(len(cells) - 1)
            if (most > 1 and len(cells) > most) or alike(cells[i], cells[i + 1])
        ]
        if not pairs:
            return
        _chi_square, i = min(pairs)
        _low, n, won = cells.pop(i + 1)
        cells[i][1] += n
        cells[i][2] += won


def _monotone(cells):
    """Return the cells merged so that shares only rise, or only fall: whatever tells more.

    Pool adjacent violators (Ayer et al. 1955).

    >>> _monotone([[None, 10, 1], [1, 10, 5], [2, 10, 3], [3, 10, 9]])
    [[None, 10, 1], [1, 20, 8], [3, 10, 9]]
    """
    candidates = []
    for sign in (1, -1):
        pooled = []
        for cell in cells:
            pooled.append(list(cell))
            while len(pooled) > 1 and sign * _rate(pooled[-2]) >= sign * _rate(
                pooled[-1]
            ):
                _low, n, won = pooled.pop()
                pooled[-1][1] += n
                pooled[-1][2] += won
        candidates.append(pooled)
    return max(candidates, key=lambda pooled: information(_ranges(pooled)))


def _rate(cell):
    return cell[2] / cell[1]


def _ranges(cells):
    lows = [cell[0] for cell in cells[1:]]
    bounds = zip([None, *lows], [*lows, None], strict=True) if cells else ()
    return [
        Band("range", bound, n, won)
        for bound, (_low, n, won) in zip(bounds, cells, strict=True)
    ]
