"""What a ranker sees of a step, as a row of numbers without gaps."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from triage.alternatives import answer_support
from triage.fuse import PRIOR, opinion_shares
from triage.opinions import Opinion, opinions
from triage.ranking.case import Case
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

    def rows(self, cases: Sequence[Case]) -> Floats:
        """One row for every step of every case, in order."""
        place = {source: at for at, source in enumerate(self.sources)}
        steps = sum(len(case.trace.steps) for case in cases)
        rows = np.zeros((steps, len(self.names)))
        votes = np.full((steps, len(self.sources)), np.nan)
        start = 0
        for case in cases:
            self._fill(case, rows[start:], votes[start:], place)
            start += len(case.trace.steps)
        rows[:, GENERAL.index("Dawid-Skene")] = self.dawid_skene.log_odds(votes, self.sources)
        return rows

    def _fill(self, case: Case, rows: Floats, votes: Floats, place: dict[str, int]) -> None:
        trace, domains = case.trace, len(GENERAL) + 2 * len(self.sources)
        count = len(trace.steps)
        wholly = _of_trace(case)
        invalid = [step.invalidity for step in case.cold]
        total = sum(invalid)
        worst = sorted(invalid)[-2:]
        before = 0.0
        for at, proposals in enumerate(case.by_step()):
            row, held = rows[at], opinions(proposals)
            _of_step(row, case, at, proposals, held)
            row[11:13] = wholly[0], wholly[1]
            last = at == count - 1
            row[13:20] = (
                last,
                last * wholly[0],
                last * wholly[1],
                at == 0,
                (at + 1) / count,
                math.log(count),
                (total - invalid[at]) / max(count - 1, 1),
            )
            others = worst[0] if invalid[at] == worst[-1] else worst[-1]
            row[20:24] = others if count > 1 else 0.0, before, wholly[2], wholly[3]
            before = max(before, invalid[at])
            for opinion in held:
                column = place.get(opinion.source)
                if column is not None:
                    shares = opinion_shares(opinion)
                    bad = shares[Label.INCORRECT] + shares[Label.INCOMPLETE]
                    row[len(GENERAL) + 2 * column] = log_odds(bad)
                    row[len(GENERAL) + 2 * column + 1] = log_odds(shares[Label.REDUNDANT]) + 2
                    if opinion.validity is not None:
                        votes[at, column] = opinion.validity is Validity.INVALID
            if trace.domain in self.domains:
                row[domains + self.domains.index(trace.domain)] = 1.0


def log_odds(share: float) -> float:
    """Log-odds of a share, kept within bounds."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return min(max(math.log(share / (1 - share)), -_MOST), _MOST)


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
    row: Floats, case: Case, at: int, proposals: Sequence[Proposal], held: Sequence[Opinion]
) -> None:
    cold = case.cold[at]
    shares = cold.distribution or PRIOR
    judges = [one for one in held if one.kind is not SourceKind.CHECKER and one.validity]
    against = sum(one.validity is Validity.INVALID for one in judges)
    share = against / len(judges) if judges else 0.0
    row[:8] = (
        log_odds(cold.invalidity),
        min(cold.risk, 1.0),
        shares[Label.REDUNDANT],
        cold.distribution is None,
        share,
        min(len(judges), 10) / 10,
        share * (1 - share),
        sum(one.unstable for one in held) / max(len(held), 1),
    )
    verdicts = {claim.verdict for one in proposals for claim in one.evidence.claims}
    row[8:11] = (
        any(one.kind is SourceKind.CHECKER and one.label is Label.INCORRECT for one in held),
        ClaimVerdict.SUPPORTED in verdicts,
        ClaimVerdict.CONFLICT in verdicts or ClaimVerdict.SOFT in verdicts,
    )
