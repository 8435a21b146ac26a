"""Fits the heads that tell two labels of one validity apart."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from triage.ranking.candidates import Classes, candidates
from triage.ranking.dawid_skene import Floats
from triage.ranking.heads import Linear, Trees
from triage.records import Label

LEAST_OF_A_KIND: Final = 10
"""Fewest labels of each of two classes that are told apart, and fewest problems."""
VALID: Final = (Label.NECESSARY, Label.REDUNDANT)
INVALID: Final = (Label.INCORRECT, Label.INCOMPLETE)


class SecondHead(NamedTuple):
    """A head, and what it predicts for problems that it was not fitted on; None without labels."""

    head: Linear | Trees | None
    unseen: Floats | None


def second_head(
    labels: Sequence[Label | None],
    pair: tuple[Label, Label],
    rows: Floats,
    parts: Sequence[tuple[Classes, Classes]],
    seed: int,
) -> SecondHead:
    """Fit the head that tells the second label of a pair from the first.

    Args:
        labels: What experts said of each step; None where they judged validity only.
        rows: Features of the steps.
        parts: Folds that never part the steps of a problem.
    """
    second = pair[1]
    known = np.array([one in pair for one in labels])
    classes = np.array([one is second for one in labels], dtype=np.int64)
    count = int(classes[known].sum())
    if min(count, int(known.sum()) - count) < LEAST_OF_A_KIND:
        return SecondHead(None, None)
    candidate = candidates(0)[1]
    unseen = np.empty(len(labels))
    for train, test in parts:
        used = train[known[train]]
        if len(np.unique(classes[used])) < 2:
            return SecondHead(None, None)
        unseen[test] = candidate.fit(rows[used], classes[used], seed).predict(rows[test])
    return SecondHead(candidate.fit(rows[known], classes[known], seed), unseen)
