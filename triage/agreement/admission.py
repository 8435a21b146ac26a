"""The calibration round: an expert joins a domain's queue only above an agreement with gold."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from triage.agreement.measures import DEFAULT, Estimate, Resampling, cohen_kappa
from triage.agreement.ratings import Ratings
from triage.agreement.verdicts import GivenVerdict
from triage.records import DecidedBy, Label, Mode, Record, Validity


class GoldLabel(NamedTuple):
    """What is known to be right of a step: a label, or where only that is known, its validity."""

    trace_id: str
    step: int
    truth: Label | Validity


class Admission(Record):
    """How one expert stands in one domain.

    Attributes:
        steps: Gold steps of the domain that the expert judged blind.
        agreement: Share of them on which the expert said what gold says; None without any.
        kappa: Agreement beyond chance on those whose gold is a label.
        admitted: None while there are too few steps to tell.
    """

    expert: str
    domain: str
    steps: int
    agree: int
    agreement: float | None
    kappa: Estimate
    admitted: bool | None


def admit(
    given: Sequence[GivenVerdict],
    gold: Iterable[GoldLabel],
    *,
    above: float,
    least: int,
    how: Resampling = DEFAULT,
) -> tuple[Admission, ...]:
    """Hold every expert's last blind verdicts against gold, domain by domain.

    Gold is what the caller hands in, and above it what an adjudicator resolved; an adjudicator's
    own verdict is no proof of the same person's skill and is left out.

    Args:
        above: Least share in [0, 1] of the gold steps that the expert must get right.
        least: Fewest gold steps on which that is said at all.
    """
    truths: dict[tuple[str, int], Label | Validity] = {
        (one.trace_id, one.step): one.truth for one in gold
    }
    resolved_by: dict[tuple[str, int], str] = {}
    last: dict[tuple[str, str, tuple[str, int]], Label] = {}
    for verdict, domain in given:
        step = (verdict.trace_id, verdict.step)
        if verdict.by is DecidedBy.ADJUDICATOR:
            truths[step], resolved_by[step] = verdict.label, verdict.expert
        elif verdict.mode is Mode.BLIND:
            last[verdict.expert, domain, step] = verdict.label
    judged: dict[tuple[str, str], list[tuple[tuple[str, int], Label, Label | Validity]]] = {}
    for (expert, domain, step), label in last.items():
        of_expert = judged.setdefault((expert, domain), [])
        if step in truths and resolved_by.get(step) != expert:
            of_expert.append((step, label, truths[step]))
    return tuple(
        _admission(expert, domain, judged[expert, domain], above, least, how)
        for expert, domain in sorted(judged)
    )


def _admission(
    expert: str,
    domain: str,
    judged: Sequence[tuple[tuple[str, int], Label, Label | Validity]],
    above: float,
    least: int,
    how: Resampling,
) -> Admission:
    agree = sum(truth in (label, label.validity) for _, label, truth in judged)
    share = agree / len(judged) if judged else None
    labelled = [one for one in judged if isinstance(one[2], Label)]
    ratings = Ratings.of(
        [(step, "expert", label.value) for step, label, _ in labelled]
        + [(step, "gold", truth.value) for step, _, truth in labelled],
        ((step, step[0]) for step, _, _ in labelled),
    )
    return Admission(
        expert=expert,
        domain=domain,
        steps=len(judged),
        agree=agree,
        agreement=share,
        kappa=cohen_kappa(ratings, how),
        admitted=None if share is None or len(judged) < least else share >= above,
    )
