"""The coefficients as functions of sums over items, so that a resample is a matrix product.

Each coefficient is `value(sums)` of `terms(ratings)` summed over items: the bootstrap weighs the
items' terms and never counts ratings again. Values are NaN where a coefficient is not defined.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from triage.agreement.ratings import Floats, Ratings


class Coefficient(NamedTuple):
    """A measure of agreement.

    Attributes:
        terms: Items by summands.
        value: Resamples by sums, to a value each.
    """

    terms: Callable[[Ratings], Floats]
    value: Callable[[Floats], Floats]


def _agreeing(ratings: Ratings) -> Floats:
    """Per item: the share of its pairs of ratings that agree, and whether it has a pair."""
    counts = ratings.counts()
    total = counts.sum(axis=1)
    pairs = total * (total - 1)
    agree = (counts * (counts - 1)).sum(axis=1)
    share = np.divide(agree, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return np.stack([share, (pairs > 0).astype(np.float64)], axis=1)


def _agreeing_and_shares(ratings: Ratings, least: int) -> Floats:
    """Also the share of an item's ratings in each category, if it has at least so many ratings."""
    counts = ratings.counts()
    total = counts.sum(axis=1, keepdims=True)
    counted = total >= least
    shares = np.divide(counts, total, out=np.zeros_like(counts), where=counted)
    return np.concatenate([_agreeing(ratings), counted.astype(np.float64), shares], axis=1)


def _coincidences(ratings: Ratings) -> Floats:
    """Per item with a pair: its agreeing coincidences, and its ratings in each category."""
    counts = ratings.counts()
    total = counts.sum(axis=1)
    paired = total > 1
    agree = (counts * (counts - 1)).sum(axis=1)
    weighed = np.divide(agree, total - 1, out=np.zeros_like(total), where=paired)
    return np.concatenate([weighed[:, None], counts * paired[:, None]], axis=1)


def _cross_table(ratings: Ratings) -> Floats:
    """Per item: the cell of the two raters' cross table that it falls into, row by row."""
    size = len(ratings.categories)
    if len(ratings.raters) != 2:
        return np.zeros((len(ratings.codes), size * size))
    first, second = ratings.codes[:, 0], ratings.codes[:, 1]
    both = (first >= 0) & (second >= 0)
    cells = np.where(both, first * size + second, -1)
    table: Floats = (cells[:, None] == np.arange(size * size)[None, :]).astype(np.float64)
    return table


def _ratio(above: Floats, below: Floats) -> Floats:
    undefined = np.full_like(above, np.nan)
    # a chance agreement of one, but for rounding, leaves nothing to compare with
    return np.divide(above, below, out=undefined, where=below > 1e-12)


def _beyond_chance(observed: Floats, chance: Floats) -> Floats:
    return _ratio(observed - chance, 1.0 - chance)


def _percent(sums: Floats) -> Floats:
    return _ratio(sums[:, 0], sums[:, 1])


def _fleiss(sums: Floats) -> Floats:
    shares = sums[:, 3:] / np.maximum(sums[:, 2:3], 1.0)
    return _beyond_chance(_percent(sums), (shares**2).sum(axis=1))


def _gwet(sums: Floats) -> Floats:
    shares = sums[:, 3:] / np.maximum(sums[:, 2:3], 1.0)
    used = (shares > 0).sum(axis=1)
    spread = (shares * (1.0 - shares)).sum(axis=1)
    value = _beyond_chance(_percent(sums), spread / max(sums.shape[1] - 4, 1))
    return np.where(used > 1, value, np.nan)


def _krippendorff(sums: Floats) -> Floats:
    agree, margins = sums[:, 0], sums[:, 1:]
    total = margins.sum(axis=1)
    alike = (margins * (margins - 1)).sum(axis=1)
    expected = _ratio(total * (total - 1) - alike, total * (total - 1))
    return 1.0 - _ratio(_ratio(total - agree, total), expected)


def _cohen(sums: Floats) -> Floats:
    size = int(np.sqrt(sums.shape[1]))
    table = sums.reshape(-1, size, size)
    total = table.sum(axis=(1, 2))
    same = np.einsum("bii->b", table)
    chance = (table.sum(axis=1) * table.sum(axis=2)).sum(axis=1)
    return _beyond_chance(_ratio(same, total), _ratio(chance, total * total))


PERCENT = Coefficient(_agreeing, _percent)
FLEISS = Coefficient(partial(_agreeing_and_shares, least=2), _fleiss)
GWET = Coefficient(partial(_agreeing_and_shares, least=1), _gwet)
KRIPPENDORFF = Coefficient(_coincidences, _krippendorff)
COHEN = Coefficient(_cross_table, _cohen)
