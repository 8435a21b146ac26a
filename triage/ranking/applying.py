"""Applies a ranker: what the machine makes of each step, with what labels have taught it."""

from collections.abc import Sequence

from triage.case import Case
from triage.fuse import FusedStep, fused_of
from triage.ranking.dawid_skene import Floats
from triage.ranking.model import Ranker
from triage.records import Label


def rank(ranker: Ranker, case: Case) -> tuple[FusedStep, ...]:
    """The fused steps of one trace."""
    (ranked,) = rank_all(ranker, [case])
    return ranked


def rank_all(ranker: Ranker, cases: Sequence[Case]) -> list[tuple[FusedStep, ...]]:
    """The fused steps of many traces at once.

    A step that nobody judged stays unjudged: no model stands in for a source.
    """
    rows = ranker.space.rows(cases)
    invalid = ranker.validity.predict(rows)
    redundant = None if ranker.necessity is None else ranker.necessity.predict(rows)
    ranked, start = [], 0
    for case in cases:
        end = start + len(case.cold)
        needless = None if redundant is None else redundant[start:end]
        ranked.append(blended(case, invalid[start:end], needless))
        start = end
    return ranked


def blended(case: Case, invalid: Floats, redundant: Floats | None) -> tuple[FusedStep, ...]:
    """The heads' probabilities as distributions over the four labels.

    Between `incorrect` and `incomplete`, and without a necessity head between the valid labels,
    the cold start's proportions are kept.
    """
    return tuple(
        _blend(cold, float(invalid[at]), None if redundant is None else float(redundant[at]))
        for at, cold in enumerate(case.cold)
    )


def _blend(cold: FusedStep, invalid: float, redundant: float | None) -> FusedStep:
    shares = cold.distribution
    if shares is None:
        return cold
    wrong = shares[Label.INCORRECT] + shares[Label.INCOMPLETE]
    if redundant is None:
        redundant = shares[Label.REDUNDANT] / max(1.0 - wrong, 1e-9)
    incorrect = shares[Label.INCORRECT] / wrong if wrong > 0 else 0.5
    redundant = min(max(redundant, 0.0), 1.0)
    return fused_of(
        {
            Label.NECESSARY: (1 - invalid) * (1 - redundant),
            Label.REDUNDANT: (1 - invalid) * redundant,
            Label.INCORRECT: invalid * incorrect,
            Label.INCOMPLETE: invalid * (1 - incorrect),
        },
        named=cold.label is not None,
    )
