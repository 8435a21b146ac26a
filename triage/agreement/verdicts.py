"""Experts' agreement from their verdicts: overall, by domain, label and expert."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from triage.agreement.measures import (
    DEFAULT,
    Estimate,
    Resampling,
    cohen_kappa,
    measure_all,
    percent_agreement,
)
from triage.agreement.ratings import Ratings
from triage.records import LABELS, DecidedBy, Mode, Record, Verdict


class GivenVerdict(NamedTuple):
    """A verdict with the domain of its trace."""

    verdict: Verdict
    domain: str


class Measured(Record):
    """Agreement on one set of steps.

    Attributes:
        steps: Steps with a verdict.
        shared: Steps with verdicts of at least two experts: only these tell about agreement.
        measures: `percent`, `krippendorff`, `fleiss`, `gwet_ac1`, and `cohen` for two experts.
    """

    experts: int
    steps: int
    shared: int
    measures: Mapping[str, Estimate]


class Pair(Record):
    """Two experts on the steps that both judged."""

    experts: tuple[str, str]
    shared: int
    percent: Estimate
    cohen: Estimate


class ModeReport(Record):
    """Agreement of the verdicts given in one mode.

    Attributes:
        labels: Each label against the other three.
        experts: Each expert against all others who judged the same steps, by Cohen's kappa.
    """

    mode: Mode
    verdicts: int
    overall: Measured
    domains: Mapping[str, Measured]
    labels: Mapping[str, Measured]
    experts: Mapping[str, Measured]
    pairs: tuple[Pair, ...]


class AgreementReport(Record):
    """Experts' agreement; blind and reveal-after verdicts are never mixed.

    Attributes:
        assisted: Verdicts that were left out because a prediction was on the screen.
        adjudications: Verdicts that were left out because they settle a dispute.
    """

    blind: ModeReport
    reveal_after: ModeReport
    assisted: int
    adjudications: int


def agreement_report(given: Sequence[GivenVerdict], how: Resampling = DEFAULT) -> AgreementReport:
    """Measure how far experts agree, from their last verdicts on each step.

    Args:
        given: Verdicts in the order they were given.
        how: Intervals resample traces, whose steps are judged together.
    """
    own = [one for one in given if one.verdict.by is not DecidedBy.ADJUDICATOR]
    return AgreementReport(
        blind=_in_mode(own, Mode.BLIND, how),
        reveal_after=_in_mode(own, Mode.REVEAL_AFTER, how),
        assisted=sum(one.verdict.mode is Mode.ASSISTED for one in own),
        adjudications=len(given) - len(own),
    )


def _in_mode(given: Iterable[GivenVerdict], mode: Mode, how: Resampling) -> ModeReport:
    chosen = [one for one in given if one.verdict.mode is mode]
    overall = _ratings(chosen)
    domains = sorted({one.domain for one in chosen})
    return ModeReport(
        mode=mode,
        verdicts=len(chosen),
        overall=_measured(overall, how),
        domains={
            domain: _measured(_ratings(one for one in chosen if one.domain == domain), how)
            for domain in domains
        },
        labels={
            label.value: _measured(overall.one_against_rest(label.value), how) for label in LABELS
        },
        experts={name: _one_expert(overall, name, how) for name in overall.raters},
        pairs=tuple(_pairs(overall, how)),
    )


def _ratings(given: Iterable[GivenVerdict]) -> Ratings:
    verdicts = [one.verdict for one in given]
    steps = [(v.trace_id, v.step) for v in verdicts]
    return Ratings.of(
        ((step, v.expert, v.label.value) for step, v in zip(steps, verdicts, strict=True)),
        ((step, step[0]) for step in steps),
    )


def _measured(ratings: Ratings, how: Resampling) -> Measured:
    return Measured(
        experts=len(ratings.raters),
        steps=ratings.items,
        shared=ratings.pairable,
        measures=measure_all(ratings, how),
    )


def _one_expert(ratings: Ratings, name: str, how: Resampling) -> Measured:
    column = ratings.codes[:, ratings.raters.index(name)] >= 0
    beside = ratings.against_others(name)
    shared = column & ((ratings.codes >= 0).sum(axis=1) >= 2)
    others = (ratings.codes[shared] >= 0).any(axis=0).sum()
    return Measured(
        experts=max(int(others), 1),
        steps=int(column.sum()),
        shared=int(shared.sum()),
        measures={
            "percent": percent_agreement(beside, how),
            "cohen": cohen_kappa(beside, how),
        },
    )


def _pairs(ratings: Ratings, how: Resampling) -> Iterable[Pair]:
    for first, second in combinations(ratings.raters, 2):
        both = ratings.between(first, second)
        if both.items:
            yield Pair(
                experts=(first, second),
                shared=both.items,
                percent=percent_agreement(both, how),
                cohen=cohen_kappa(both, how),
            )
