"""A blind sample under the rules: what each drawn step has, lacks and needs. Knows no store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from triage.deciding.blind import Blind, Lacks, blind_label
from triage.guarantee import Plan, StreamPlan, second_labels
from triage.records import Standing, Verdict


class Sampled(NamedTuple):
    """A drawn step with all standing verdicts on it."""

    standing: Standing
    verdicts: Sequence[Verdict]
    blind: Blind


Sample = Mapping[int, Sampled]
"""The drawn steps by rank."""


def judge_sample(
    standings: Mapping[int, Standing],
    verdicts: Mapping[int, Sequence[Verdict]],
    plan: Plan | StreamPlan,
    seed: int,
    share: float,
) -> Sample:
    """Apply the rules of blind labelling to a draw.

    Which undisputed steps need a second label is known once every step has a first.

    Args:
        standings: The drawn steps, by rank.
        verdicts: What stands on them, by rank, in the order of the log.
        share: Share of the undisputed first labels that get a second one all the same.
    """
    first = {rank: _sampled(place, verdicts.get(rank, ())) for rank, place in standings.items()}
    differs = {
        rank: one.blind.differs for rank, one in first.items() if one.blind.differs is not None
    }
    if len(differs) < plan.labels:
        return first
    again = set(second_labels(plan, seed, differs, share=share))
    return {
        rank: _sampled(one.standing.model_copy(update={"second": rank in again}), one.verdicts)
        for rank, one in first.items()
    }


def lacking(sample: Sample) -> Counter[Lacks]:
    """How many steps lack what."""
    return Counter(one.blind.lacks for one in sample.values() if one.blind.lacks)


def _sampled(standing: Standing, verdicts: Sequence[Verdict]) -> Sampled:
    return Sampled(standing, verdicts, blind_label(standing, verdicts))
