"""Fits a ranker and the displayed probabilities, and says what is used and why."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from triage.calibration import (
    CalibrationReport,
    area_under_risk_coverage,
    calibration_report,
    fit_curve,
)
from triage.deciding.case import Case
from triage.deciding.fuse import FusedStep
from triage.ranking.applying import Heads, blended
from triage.ranking.candidates import Candidate, Classes, candidates, folds
from triage.ranking.dawid_skene import DawidSkene, Floats
from triage.ranking.features import FeatureSpace
from triage.ranking.model import Model, Ranker
from triage.ranking.second import INVALID, LEAST_OF_A_KIND, VALID, second_head
from triage.records import Label, Record, Validity

LEAST_LABELS: Final = 200
"""Fewest labelled steps, of any origin, from which a ranker is learnt."""
_LEAST_SEEN: Final = 20
"""Labelled steps on which a source must have spoken to get a column of its own."""


class Example(NamedTuple):
    """A case with what experts said of its steps; None where nobody did."""

    case: Case
    validity: tuple[Validity | None, ...]
    labels: tuple[Label | None, ...]


class Tried(Record):
    """A way to rank, measured on problems that it was not fitted on; lower orders better."""

    name: str
    aurc: float


class Fitted(Record):
    """A model, with how it was chosen and how honest it is on problems it has not seen."""

    model: Model
    tried: tuple[Tried, ...]
    before: CalibrationReport
    after: CalibrationReport


class _Sample(NamedTuple):
    """The labelled steps: their rows and classes, and where they stand."""

    rows: Floats
    both: Floats
    wrong: Classes
    groups: Classes
    at: list[tuple[int, int]]


def fit_model(examples: Sequence[Example], seed: int = 0) -> Fitted:
    """Learn from labelled steps; with too few of them the cold start is kept.

    The ranker is chosen by cross-validation that never parts a problem's traces, by the area under
    the risk-coverage curve. The same examples and seed give the same model.
    """
    at = _labelled(examples)
    cold = [examples[i].case.cold[step].given(examples[i].case.answer) for i, step in at]
    why = _too_little(examples, at)
    if why is not None:
        return _finished(None, why, examples, at, cold, ())
    space = _space(examples, at)
    sample = _sample(space, examples, at)
    parts = folds(sample.wrong, sample.groups, seed)
    tried = [Tried(name="cold start", aurc=_aurc(cold, examples, at))]
    best: tuple[float, Candidate, Floats] | None = None
    for candidate in candidates(len(at)):
        unseen = _out_of_fold(candidate, sample.rows, sample.wrong, parts, seed)
        aurc = area_under_risk_coverage(
            np.minimum(unseen, 1 - unseen), ((unseen >= 0.5) != sample.wrong).astype(np.float64)
        )
        tried.append(Tried(name=candidate.name, aurc=aurc))
        if best is None or aurc < best[0]:
            best = (aurc, candidate, unseen)
    if best is None or best[0] >= tried[0].aurc:
        why = f"cold start: it orders {len(at):,} labelled steps better than what they teach"
        return _finished(None, why, examples, at, cold, tried)
    _, chosen, unseen = best
    labels = [examples[i].labels[step] for i, step in at]
    necessity = second_head(labels, VALID, sample.rows, parts, seed)
    kind = second_head(labels, INVALID, sample.both, parts, seed)
    ranker = Ranker(
        space=space,
        validity=chosen.fit(sample.rows, sample.wrong, seed),
        necessity=necessity.head,
        kind=kind.head,
    )
    why = f"{chosen.name}, fitted on {len(at):,} labelled steps: orders unseen problems best"
    fused = _fused(examples, at, Heads(unseen, necessity.unseen, kind.unseen))
    return _finished(ranker, why, examples, at, fused, tried)


def _labelled(examples: Sequence[Example]) -> list[tuple[int, int]]:
    """Steps with a label whose validity the machine claims something about."""
    return [
        (i, step)
        for i, example in enumerate(examples)
        for step, validity in enumerate(example.validity)
        if validity is not None and example.case.cold[step].distribution is not None
    ]


def _too_little(examples: Sequence[Example], at: Sequence[tuple[int, int]]) -> str | None:
    if len(at) < LEAST_LABELS:
        return f"cold start: {len(at):,} labelled steps, a ranker needs {LEAST_LABELS}"
    invalid = sum(examples[i].validity[step] is Validity.INVALID for i, step in at)
    for count, kind in ((invalid, "invalid"), (len(at) - invalid, "valid")):
        if count < LEAST_OF_A_KIND:
            return (
                f"cold start: {count} of the labelled steps are {kind}, "
                f"a ranker needs {LEAST_OF_A_KIND}"
            )
    groups = len({examples[i].case.trace.group for i, _ in at})
    if groups < LEAST_OF_A_KIND:
        return f"cold start: labels on {groups} problems, a ranker needs {LEAST_OF_A_KIND}"
    return None


def _space(examples: Sequence[Example], at: Sequence[tuple[int, int]]) -> FeatureSpace:
    spoken: dict[str, int] = {}
    domains: dict[str, int] = {}
    votes: list[dict[str, float]] = []
    labelled = set(at)
    for i, example in enumerate(examples):
        for step, held in enumerate(example.case.opinions()):
            known = (i, step) in labelled
            for one in held if known else ():
                spoken[one.source] = spoken.get(one.source, 0) + 1
            votes.append(
                {one.source: float(one.validity is Validity.INVALID) for one in held
                 if one.validity is not None}
            )  # fmt: skip
            if known:
                domain = example.case.trace.domain
                domains[domain] = domains.get(domain, 0) + 1
    sources = tuple(sorted(name for name, count in spoken.items() if count >= _LEAST_SEEN))
    table = np.array([[row.get(name, np.nan) for name in sources] for row in votes])
    return FeatureSpace(
        sources=sources,
        domains=tuple(sorted(name for name, count in domains.items() if count >= _LEAST_SEEN)),
        dawid_skene=DawidSkene.fit(table.reshape(len(votes), len(sources)), sources),
    )


def _sample(space: FeatureSpace, examples: Sequence[Example], at: list[tuple[int, int]]) -> _Sample:
    table = space.table([example.case for example in examples])
    starts = np.cumsum([0, *(len(example.case.cold) for example in examples)])
    number = {name: i for i, name in enumerate(dict.fromkeys(_group(e) for e in examples))}
    used = [int(starts[i]) + step for i, step in at]
    return _Sample(
        rows=table.rows[used],
        both=table.both[used],
        wrong=np.array(
            [examples[i].validity[s] is Validity.INVALID for i, s in at], dtype=np.int64
        ),
        groups=np.array([number[_group(examples[i])] for i, _ in at], dtype=np.int64),
        at=at,
    )


def _group(example: Example) -> str:
    return example.case.trace.group


def _out_of_fold(
    candidate: Candidate,
    rows: Floats,
    classes: Classes,
    parts: Sequence[tuple[Classes, Classes]],
    seed: int,
) -> Floats:
    unseen = np.full(len(classes), float(classes.mean()))
    for train, test in parts:
        if len(np.unique(classes[train])) == 2:
            unseen[test] = candidate.fit(rows[train], classes[train], seed).predict(rows[test])
    return unseen


def _fused(
    examples: Sequence[Example],
    at: Sequence[tuple[int, int]],
    heads: Heads,
) -> list[FusedStep]:
    found: list[FusedStep] = []
    for place, (i, step) in enumerate(at):
        case = examples[i].case
        one = case._replace(cold=(case.cold[step],))
        found += blended(one, heads.part(place, place + 1))
    return found


def _right(fused: FusedStep, example: Example, step: int) -> bool:
    label = example.labels[step]
    if label is not None and fused.label is not None:
        return fused.label is label
    return fused.validity is example.validity[step]


def _aurc(
    fused: Sequence[FusedStep], examples: Sequence[Example], at: Sequence[tuple[int, int]]
) -> float:
    wrong = [
        one.validity is not examples[i].validity[step]
        for one, (i, step) in zip(fused, at, strict=True)
    ]
    invalid = np.array([one.invalidity for one in fused])
    return area_under_risk_coverage(
        np.minimum(invalid, 1 - invalid), np.array(wrong, dtype=np.float64)
    )


def _finished(
    ranker: Ranker | None,
    why: str,
    examples: Sequence[Example],
    at: Sequence[tuple[int, int]],
    fused: Sequence[FusedStep],
    tried: Sequence[Tried],
) -> Fitted:
    right = [_right(one, examples[i], step) for one, (i, step) in zip(fused, at, strict=True)]
    sure = [1 - one.risk for one in fused]
    display = fit_curve(sure, right)
    honest = _cross_fitted(sure, right, [_group(examples[i]) for i, _ in at])
    return Fitted(
        model=Model(ranker=ranker, display=display, labels=len(at), why=why),
        tried=tuple(tried),
        before=calibration_report(sure, right),
        after=calibration_report(honest, right, [1 - one for one in sure]),
    )


def _cross_fitted(sure: list[float], right: list[bool], groups: list[str]) -> list[float]:
    """What would be displayed for problems that the curve was not fitted on."""
    number = {name: at for at, name in enumerate(sorted(set(groups)))}
    bounds = np.linspace(0, len(number), 6).astype(int)
    displayed = list(sure)
    for low, high in pairwise(bounds):
        inside = [low <= number[group] < high for group in groups]
        curve = fit_curve(
            [p for p, skip in zip(sure, inside, strict=True) if not skip],
            [hit for hit, skip in zip(right, inside, strict=True) if not skip],
        )
        for at, here in enumerate(inside):
            if here and curve is not None:
                displayed[at] = curve.display(sure[at])
    return displayed
