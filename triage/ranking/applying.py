"""Applies a ranker: what the machine makes of each step, with what labels have taught it."""

from collections.abc import Sequence
from typing import NamedTuple

from triage.deciding.case import Case
from triage.deciding.fuse import FusedStep, fused_of
from triage.ranking.dawid_skene import Floats
from triage.ranking.model import Ranker
from triage.records import Label


class Heads(NamedTuple):
    """What the heads predict of some steps; None where there is no such head.

    Attributes:
        redundant: Probability of that for a valid step.
        incomplete: Probability of that for an invalid step.
    """

    invalid: Floats
    redundant: Floats | None
    incomplete: Floats | None

    def part(self, start: int, end: int) -> "Heads":
        """The same of a run of the steps."""
        here = slice(start, end)
        return Heads(
            self.invalid[here],
            None if self.redundant is None else self.redundant[here],
            None if self.incomplete is None else self.incomplete[here],
        )


def rank(ranker: Ranker, case: Case) -> tuple[FusedStep, ...]:
    """The fused steps of one trace."""
    (ranked,) = rank_all(ranker, [case])
    return ranked


def rank_all(ranker: Ranker, cases: Sequence[Case]) -> list[tuple[FusedStep, ...]]:
    """The fused steps of many traces at once.

    A step that nobody judged stays unjudged: no model stands in for a source.
    """
    table = ranker.space.table(cases)
    heads = Heads(
        ranker.validity.predict(table.rows),
        None if ranker.necessity is None else ranker.necessity.predict(table.rows),
        None if ranker.kind is None else ranker.kind.predict(table.both),
    )
    ranked, start = [], 0
    for case in cases:
        end = start + len(case.cold)
        ranked.append(blended(case, heads.part(start, end)))
        start = end
    return ranked


def blended(case: Case, heads: Heads) -> tuple[FusedStep, ...]:
    """The heads' probabilities as distributions over the four labels.

    Where a head is missing, the cold start's proportions are kept between the labels it would have
    told apart.
    """
    redundant = heads.redundant if heads.redundant is not None else [None] * len(case.cold)
    incomplete = heads.incomplete if heads.incomplete is not None else [None] * len(case.cold)
    return tuple(
        _blend(cold, float(invalid), needless, lacking)
        for cold, invalid, needless, lacking in zip(
            case.cold, heads.invalid, redundant, incomplete, strict=True
        )
    )


def _blend(
    cold: FusedStep, invalid: float, redundant: float | None, incomplete: float | None
) -> FusedStep:
    shares = cold.distribution
    if shares is None:
        return cold
    wrong = shares[Label.INCORRECT] + shares[Label.INCOMPLETE]
    if redundant is None:
        redundant = shares[Label.REDUNDANT] / max(1.0 - wrong, 1e-9)
    if incomplete is None:
        incomplete = shares[Label.INCOMPLETE] / wrong if wrong > 0 else 0.5
    redundant = min(max(float(redundant), 0.0), 1.0)
    incomplete = min(max(float(incomplete), 0.0), 1.0)
    return fused_of(
        {
            Label.NECESSARY: (1 - invalid) * (1 - redundant),
            Label.REDUNDANT: (1 - invalid) * redundant,
            Label.INCORRECT: invalid * (1 - incomplete),
            Label.INCOMPLETE: invalid * incomplete,
        },
        named=cold.label is not None,
    )
