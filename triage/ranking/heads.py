"""Fitted predictors as plain numbers: what was trained elsewhere is applied without its library."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from triage.ranking.dawid_skene import Floats
from triage.records import Record


class Linear(Record):
    """A logistic regression on standardised features."""

    kind: Literal["logistic"] = "logistic"
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def predict(self, rows: Floats) -> Floats:
        """Probability for each row."""
        weights = np.array(self.weights) / np.array(self.scales)
        return _sigmoid(rows @ weights + self.bias - float(np.array(self.means) @ weights))


class Tree(Record):
    """A regression tree as parallel tuples of its nodes; leaves have `feature` -1."""

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class Trees(Record):
    """Gradient-boosted trees: log-odds are the start and the sum of the trees' leaves."""

    kind: Literal["boosted"] = "boosted"
    start: float
    depth: int
    trees: tuple[Tree, ...]

    def predict(self, rows: Floats) -> Floats:
        """Probability for each row."""
        total = np.full(len(rows), self.start)
        each = np.arange(len(rows))
        for tree in self.trees:
            feature, threshold = np.array(tree.feature), np.array(tree.threshold)
            left, right = np.array(tree.left), np.array(tree.right)
            at = np.zeros(len(rows), dtype=np.int64)
            for _ in range(self.depth):
                inner = feature[at] >= 0
                # trained on single precision, so compared in it
                low = rows[each, feature[at]].astype(np.float32) <= threshold[at]
                at = np.where(inner, np.where(low, left[at], right[at]), at)
            total += np.array(tree.value)[at]
        return _sigmoid(total)


Head = Annotated[Linear | Trees, Field(discriminator="kind")]


def _sigmoid(log_odds: Floats) -> Floats:
    inside: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return inside
