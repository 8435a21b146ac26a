"""What a ranker sees of a step, as a row of numbers without gaps."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from triage.deciding.alternatives import answer_support
from triage.deciding.case import Case
from triage.deciding.fuse import PRIOR, Distribution, FusedStep, opinion_shares
from triage.deciding.opinions import Opinion, opinions
from triage.ranking.dawid_skene import DawidSkene, Floats
from triage.records import (
    AnswerVerdict,
    ClaimVerdict,
    Label,
    Proposal,
    Record,
    SourceKind,
    Validity,
)

GENERAL: Final = (
    "fused invalid", "fused risk", "fused redundant", "nobody judged", "share invalid",
    "judges", "split", "unstable", "refuted", "supported", "suspected", "answer right",
    "answer wrong", "last", "last, answer right", "last, answer wrong", "first", "place",
    "length", "elsewhere", "worst elsewhere", "worst before", "others agree", "others differ",
    "Dawid-Skene",
)  # fmt: skip
_MOST: Final = 4.0
"""Log-odds are kept within this: a probability of .98 says no less than one of .9999."""
_LOWEST: Final = 1 / (1 + math.exp(_MOST))


class FeatureSpace(Record):
    """Which columns there are: the general ones, two for each source, one for each domain.

    A source or domain that was not there when the ranker was trained has no column; a source that
    is silent on a step is 0 there.
    """

    sources: tuple[str, ...]
    domains: tuple[str, ...]
    dawid_skene: DawidSkene

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        per_source = [f"{what} {s}" for s in self.sources for what in ("invalid:", "redundant:")]
        return (*GENERAL, *per_source, *(f"domain: {one}" for one in self.domains))

    def table(self, cases: Sequence[Case]) -> "Table":
        """One row for every step of every case, in order."""
        place = {source: at for at, source in enumerate(self.sources)}
        rows: list[list[float]] = []
        votes: list[list[float]] = []
        kinds: list[list[float]] = []
        for case in cases:
            self._add(case, rows, votes, kinds, place)
        table = np.array(rows, dtype=np.float64).reshape(-1, len(self.names))
        said = np.array(votes, dtype=np.float64).reshape(-1, len(self.sources))
        table[:, GENERAL.index("Dawid-Skene")] = self.dawid_skene.log_odds(said, self.sources)
        of_kind = np.array(kinds, dtype=np.float64).reshape(-1, 1 + len(self.sources))
        return Table(table, of_kind)

    def _add(
        self,
        case: Case,
        rows: list[list[float]],
        votes: list[list[float]],
        kinds: list[list[float]],
        place: dict[str, int],
    ) -> None:
        right, wrong, same, other = _of_trace(case)
        domain = [float(case.trace.domain == one) for one in self.domains]
        invalid = [step.invalidity for step in case.cold]
        count, total, before = len(invalid), sum(invalid), 0.0
        worst = sorted([0.0, *invalid])[-2:]
        for at, proposals in enumerate(case.by_step()):
            held = opinions(proposals)
            last = float(at == count - 1)
            by_source = [0.0] * (2 * len(self.sources))
            vote = [math.nan] * len(self.sources)
            kind = [_kind(case.cold[at].distribution or PRIOR), *([0.0] * len(self.sources))]
            for one in held:
                column = place.get(one.source)
                if column is not None:
                    shares = opinion_shares(one)
                    bad = shares[Label.INCORRECT] + shares[Label.INCOMPLETE]
                    by_source[2 * column] = log_odds(bad)
                    by_source[2 * column + 1] = log_odds(shares[Label.REDUNDANT]) + 2
                    kind[1 + column] = _kind(shares)
                    if one.validity is not None:
                        vote[column] = float(one.validity is Validity.INVALID)
            rows.append(
                [
                    *_of_step(case.cold[at], invalid[at], proposals, held),
                    right,
                    wrong,
                    last,
                    last * right,
                    last * wrong,
                    float(at == 0),
                    (at + 1) / count,
                    math.log(count),
                    (total - invalid[at]) / max(count - 1, 1),
                    worst[0] if invalid[at] == worst[1] else worst[1],
                    before,
                    same,
                    other,
                    0.0,
                    *by_source,
                    *domain,
                ]
            )
            votes.append(vote)
            kinds.append(kind)
            before = max(before, invalid[at])


class Table(NamedTuple):
    """Features of steps.

    Attributes:
        rows: What every head sees.
        kinds: What only the head sees that tells the invalid labels apart: for the fused opinion
            and each source, how far it leans towards `incomplete`.
    """

    rows: Floats
    kinds: Floats

    @property
    def both(self) -> Floats:
        """All columns."""
        return np.hstack([self.rows, self.kinds])


def _kind(shares: Distribution) -> float:
    bad = shares[Label.INCORRECT] + shares[Label.INCOMPLETE]
    return log_odds(shares[Label.INCOMPLETE] / bad) if bad > 0 else 0.0


def log_odds(share: float) -> float:
    """Log-odds of a share, kept within bounds."""
    if share <= _LOWEST:
        return -_MOST
    return _MOST if share >= 1 - _LOWEST else math.log(share / (1 - share))


def _of_trace(case: Case) -> tuple[float, float, float, float]:
    """Answer right, answer wrong, others agree, others differ; 0 where it is not known."""
    support = answer_support(case.trace, case.alternatives)
    return (
        float(case.answer is AnswerVerdict.RIGHT),
        float(case.answer is AnswerVerdict.WRONG),
        0.0 if support is None else support,
        0.0 if support is None else 1.0 - support,
    )


def _of_step(
    cold: FusedStep, invalid: float, proposals: Sequence[Proposal], held: Sequence[Opinion]
) -> list[float]:
    """The first columns: what was said of the step itself."""
    shares = cold.distribution or PRIOR
    judges = [one for one in held if one.kind is not SourceKind.CHECKER and one.validity]
    against = sum(one.validity is Validity.INVALID for one in judges)
    share = against / len(judges) if judges else 0.0
    verdicts = {claim.verdict for one in proposals for claim in one.evidence.claims}
    refuted = any(one.kind is SourceKind.CHECKER and one.label is Label.INCORRECT for one in held)
    return [
        log_odds(invalid),
        cold.risk,
        shares[Label.REDUNDANT],
        float(cold.distribution is None),
        share,
        min(len(judges), 10) / 10,
        share * (1 - share),
        sum(one.unstable for one in held) / max(len(held), 1),
        float(refuted),
        float(ClaimVerdict.SUPPORTED in verdicts),
        float(ClaimVerdict.CONFLICT in verdicts or ClaimVerdict.SOFT in verdicts),
    ]
