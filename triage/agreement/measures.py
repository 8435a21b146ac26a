"""The measures of agreement with their bootstrap intervals.

Undefined is None and never 0: too few raters, no item that two rated, or a single category in
use, which leaves nothing that chance could have done otherwise.
"""

from typing import Final, NamedTuple

import numpy as np

from triage.agreement.ratings import Floats, Ratings
from triage.agreement.sums import COHEN, FLEISS, GWET, KRIPPENDORFF, PERCENT, Coefficient
from triage.records import Record

_BLOCK: Final = 4_000_000
"""Cells of a matrix of resampled weights that are held in memory at a time."""
_DEFINED: Final = 0.95
"""Least share of the resamples with a defined value for which an interval is given."""


class Resampling(NamedTuple):
    """How intervals are made; the same seed gives the same interval."""

    resamples: int = 1000
    seed: int = 0
    confidence: float = 0.95


DEFAULT: Final = Resampling()


class Estimate(Record):
    """A measure of agreement; None is undefined.

    Attributes:
        low: Lower end of the percentile bootstrap interval; None also where the resamples show no
            spread, or too many of them leave the measure undefined.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


def percent_agreement(ratings: Ratings, how: Resampling = DEFAULT) -> Estimate:
    """Mean share of the pairs of ratings of an item that agree, over items with such a pair."""
    return _estimate(PERCENT, ratings, how)


def cohen_kappa(ratings: Ratings, how: Resampling = DEFAULT) -> Estimate:
    """Kappa of exactly two raters on the items that both rated (Cohen 1960)."""
    return _estimate(COHEN, ratings, how)


def fleiss_kappa(ratings: Ratings, how: Resampling = DEFAULT) -> Estimate:
    """Kappa of several raters (Fleiss 1971).

    Over the items with at least two ratings. Where their numbers of ratings differ, the categories'
    shares are means of the items' shares.
    """
    return _estimate(FLEISS, ratings, how)


def krippendorff_alpha(ratings: Ratings, how: Resampling = DEFAULT) -> Estimate:
    """Alpha for nominal ratings with gaps (Krippendorff 2004, Content Analysis, ch. 11)."""
    return _estimate(KRIPPENDORFF, ratings, how)


def gwet_ac1(ratings: Ratings, how: Resampling = DEFAULT) -> Estimate:
    """AC1 (Gwet 2008), which stays meaningful where one category prevails.

    The number of categories is that of the categories in use; items with a single rating count
    for the categories' shares (Gwet 2014, Handbook of Inter-Rater Reliability, ch. 2).
    """
    return _estimate(GWET, ratings, how)


def measure_all(ratings: Ratings, how: Resampling = DEFAULT) -> dict[str, Estimate]:
    """Every measure by its name, Cohen's only where there are two raters."""
    measured = {
        "percent": percent_agreement(ratings, how),
        "krippendorff": krippendorff_alpha(ratings, how),
        "fleiss": fleiss_kappa(ratings, how),
        "gwet_ac1": gwet_ac1(ratings, how),
    }
    if len(ratings.raters) == 2:
        measured["cohen"] = cohen_kappa(ratings, how)
    return measured


def _estimate(coefficient: Coefficient, ratings: Ratings, how: Resampling) -> Estimate:
    if not ratings.codes.size:
        return Estimate(value=None)
    terms = coefficient.terms(ratings)
    (value,) = coefficient.value(terms.sum(axis=0, keepdims=True))
    if np.isnan(value):
        return Estimate(value=None)
    low, high = _interval(coefficient, _by_cluster(terms, ratings), how)
    return Estimate(value=float(value), low=low, high=high)


def _by_cluster(terms: Floats, ratings: Ratings) -> Floats:
    """The terms of items that were drawn together, summed; those without any are left out."""
    rated = (ratings.codes >= 0).any(axis=1)
    _, place = np.unique(ratings.clusters[rated], return_inverse=True)
    summed = np.zeros((int(place.max()) + 1, terms.shape[1]))
    np.add.at(summed, place, terms[rated])
    return summed


def _interval(
    coefficient: Coefficient, terms: Floats, how: Resampling
) -> tuple[float | None, float | None]:
    clusters = len(terms)
    random = np.random.default_rng(how.seed)
    values: list[Floats] = []
    left = how.resamples
    while left > 0:
        count = min(left, max(1, _BLOCK // clusters))
        weights = random.multinomial(clusters, np.full(clusters, 1 / clusters), size=count)
        values.append(coefficient.value(weights @ terms))
        left -= count
    found = np.concatenate(values) if values else np.empty(0)
    defined = found[~np.isnan(found)]
    if defined.size < _DEFINED * found.size or not defined.size or np.ptp(defined) < 1e-12:
        return None, None
    tail = (1 - how.confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
