"""The predictors a ranker is chosen from, fitted by scikit-learn and kept as plain numbers."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.errors import MissingExtraError
from triage.ranking.dawid_skene import Floats
from triage.ranking.heads import Linear, Tree, Trees

BOOSTED_FROM: Final = 2000
"""Fewest labels at which trees are tried: below, they learn the labels by heart."""
_TREES: Final = 80
_DEPTH: Final = 3
Classes = NDArray[np.int64]


class Candidate(NamedTuple):
    """A way to fit a head."""

    name: str
    fit: Callable[[Floats, Classes, int], Linear | Trees]


def candidates(labels: int) -> list[Candidate]:
    """What is worth trying with so many labels."""
    tried = [Candidate(f"logistic, C {c:g}", _logistic(c)) for c in (0.01, 0.05, 0.25)]
    return [*tried, Candidate("boosted trees", _boosted)] if labels >= BOOSTED_FROM else tried


def folds(wrong: Classes, groups: Classes, seed: int) -> list[tuple[Classes, Classes]]:
    """Five folds that never part the traces of one problem."""
    selection = _sklearn("model_selection")
    splitter = selection.StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=seed)
    return list(splitter.split(wrong, wrong, groups))


def _logistic(c: float) -> Callable[[Floats, Classes, int], Linear]:
    def fit(rows: Floats, classes: Classes, _seed: int) -> Linear:
        means, scales = rows.mean(axis=0), rows.std(axis=0)
        # a column that does not vary tells nothing, now or later
        idle = scales < 1e-9
        scales[idle] = 1.0
        scaled = np.where(idle, 0.0, (rows - means) / scales)
        model = _sklearn("linear_model").LogisticRegression(C=c, max_iter=2000)
        model.fit(scaled, classes)
        return Linear(
            means=tuple(means.tolist()),
            scales=tuple(scales.tolist()),
            weights=tuple(np.where(idle, 0.0, model.coef_[0]).tolist()),
            bias=float(model.intercept_[0]),
        )

    return fit


def _boosted(rows: Floats, classes: Classes, seed: int) -> Trees:
    model = _sklearn("ensemble").GradientBoostingClassifier(
        n_estimators=_TREES, max_depth=_DEPTH, learning_rate=0.08, subsample=0.6,
        min_samples_leaf=20, max_features=0.5, random_state=seed,
    )  # fmt: skip
    model.fit(rows, classes)
    share = float(classes.mean())
    return Trees(
        start=float(np.log(share / (1 - share))),
        depth=_DEPTH,
        trees=tuple(_tree(one.tree_, model.learning_rate) for one in model.estimators_[:, 0]),
    )


def _tree(tree: Any, rate: float) -> Tree:
    leaf = tree.children_left < 0
    return Tree(
        feature=tuple(int(one) for one in np.where(leaf, -1, tree.feature)),
        threshold=tuple(np.where(leaf, 0.0, tree.threshold).tolist()),
        left=tuple(int(one) for one in np.where(leaf, 0, tree.children_left)),
        right=tuple(int(one) for one in np.where(leaf, 0, tree.children_right)),
        value=tuple((rate * tree.value[:, 0, 0]).tolist()),
    )


def _sklearn(module: str) -> Any:
    # takes a second to import, which only fitting pays
    import importlib

    try:
        return importlib.import_module(f"sklearn.{module}")
    except ModuleNotFoundError as why:
        raise MissingExtraError("fitting a ranker", "ranking") from why
