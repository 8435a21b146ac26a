"""A table of nominal ratings, in the form that every coefficient is computed from."""

from collections.abc import Hashable, Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

MISSING = -1
"""The code of a rating that was not given."""

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


class Ratings:
    """Who rated what how: a matrix of items by raters, with gaps.

    Attributes:
        categories: The ratings that occur, in a fixed order; codes index into it.
        raters: The raters' names, in the order of the columns.
        codes: Items by raters, `MISSING` where a rater was silent.
        clusters: For each item, the index of what it was drawn with (its trace); intervals
            resample clusters, because the steps of one trace are no independent items.
    """

    def __init__(
        self,
        codes: Codes,
        categories: tuple[Hashable, ...],
        raters: tuple[str, ...],
        clusters: Codes | None = None,
    ) -> None:
        self.codes = codes
        self.categories = categories
        self.raters = raters
        self.clusters = np.arange(len(codes)) if clusters is None else clusters

    @classmethod
    def of(
        cls,
        ratings: Iterable[tuple[Hashable, str, Hashable]],
        cluster: Iterable[tuple[Hashable, Hashable]] = (),
    ) -> Self:
        """Lay out single ratings (item, rater, category); a rater's last one on an item counts.

        Args:
            cluster: Pairs of an item and what it was drawn with; items left out stand alone.
        """
        last = {(item, rater): category for item, rater, category in ratings}
        items = {item: row for row, item in enumerate(dict.fromkeys(item for item, _ in last))}
        raters = {name: at for at, name in enumerate(sorted({name for _, name in last}))}
        categories = tuple(sorted(set(last.values()), key=str))
        code = {category: at for at, category in enumerate(categories)}
        codes = np.full((len(items), len(raters)), MISSING, dtype=np.int64)
        for (item, rater), category in last.items():
            codes[items[item], raters[rater]] = code[category]
        together: dict[Hashable, Hashable] = dict(cluster)
        names = [together.get(item, ("alone", item)) for item in items]
        number = {name: at for at, name in enumerate(dict.fromkeys(names))}
        clusters = np.array([number[name] for name in names], dtype=np.int64)
        return cls(codes, categories, tuple(raters), clusters)

    @property
    def items(self) -> int:
        """How many items somebody rated."""
        return int((self.codes != MISSING).any(axis=1).sum())

    @property
    def pairable(self) -> int:
        """How many items at least two raters rated: only these tell about agreement."""
        return int(((self.codes != MISSING).sum(axis=1) >= 2).sum())

    def counts(self) -> Floats:
        """Items by categories: how many raters chose which."""
        chosen = self.codes[:, :, None] == np.arange(len(self.categories))[None, None, :]
        counts: Floats = chosen.sum(axis=1).astype(np.float64)
        return counts

    def one_against_rest(self, category: Hashable) -> "Ratings":
        """The same ratings as yes or no to one category."""
        if category in self.categories:
            wanted = self.categories.index(category)
            codes = np.where(self.codes == MISSING, MISSING, (self.codes == wanted) * 1)
        else:
            codes = np.where(self.codes == MISSING, MISSING, 0)
        return Ratings(codes, (False, True), self.raters, self.clusters)

    def between(self, first: str, second: str) -> "Ratings":
        """The two raters' columns, on the items that both rated."""
        columns = [self.raters.index(first), self.raters.index(second)]
        codes = self.codes[:, columns]
        both = (codes != MISSING).all(axis=1)
        return Ratings(codes[both], self.categories, (first, second), self.clusters[both])

    def against_others(self, rater: str) -> "Ratings":
        """One rater beside every other: a row for each other rating of an item that he rated."""
        mine = self.codes[:, self.raters.index(rater)]
        rows: list[Codes] = []
        clusters: list[Codes] = []
        for at, name in enumerate(self.raters):
            both = (mine != MISSING) & (self.codes[:, at] != MISSING)
            if name != rater and both.any():
                rows.append(np.stack([mine[both], self.codes[both, at]], axis=1))
                clusters.append(self.clusters[both])
        codes = np.concatenate(rows) if rows else np.empty((0, 2), dtype=np.int64)
        of = np.concatenate(clusters) if clusters else np.empty(0, dtype=np.int64)
        return Ratings(codes, self.categories, (rater, "others"), of)
