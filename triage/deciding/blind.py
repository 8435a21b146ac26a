"""The rules of blind labelling: which verdicts count for a certificate, and what they amount to."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from triage.records import DecidedBy, Label, Mode, Standing, Verdict


class Lacks(StrEnum):
    """What a step still needs before it can certify."""

    FIRST = "a blind label"
    SECOND = "a second blind label"
    ADJUDICATION = "an adjudicator"


class Blind(NamedTuple):
    """What blind labels make of a step.

    Attributes:
        lacks: What is missing; None if the step is done.
        differs: Whether the first blind label differs from the machine's; None without one.
        wrong: Whether the machine's label is an error; None until the step is done.
        label: The label that decided it.
        experts: Those whose verdicts count.
    """

    lacks: Lacks | None
    differs: bool | None
    wrong: bool | None
    label: Label | None
    experts: tuple[str, ...]


def blind_label(standing: Standing, verdicts: Sequence[Verdict]) -> Blind:
    """Apply the rules to all standing verdicts on a step, in the order of the log.

    A first blind label that differs from the machine's needs a second one by another expert, as do
    those of the random share; where two differ, an adjudicator decides.
    """
    said = counting(standing, verdicts)
    parties = tuple(verdict.expert for verdict in said)
    if not said:
        return Blind(Lacks.FIRST, None, None, None, ())
    first = said[0].label
    differs = standing.is_wrong(first)
    opinions = {standing.is_wrong(verdict.label) for verdict in said}
    if len(said) < 2 and (differs or standing.second):
        return Blind(Lacks.SECOND, differs, None, None, parties)
    if len(opinions) == 1:
        return Blind(None, differs, differs, said[-1].label, parties)
    words = [
        verdict
        for verdict in verdicts
        if verdict.by is DecidedBy.ADJUDICATOR
        and verdict.expert in standing.experts
        and verdict.expert not in parties
    ]
    if not words:
        return Blind(Lacks.ADJUDICATION, differs, None, None, parties)
    last = words[-1]
    wrong = standing.is_wrong(last.label)
    return Blind(None, differs, wrong, last.label, (*parties, last.expert))


def counting(standing: Standing, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The blind verdicts that count: one for each expert, in the order in which they first spoke.

    An expert's later blind verdict replaces the earlier. After one that was not blind the expert
    has seen what the machine said, and nothing that follows counts.
    """
    found: dict[str, Verdict] = {}
    unblinded: set[str] = set()
    for verdict in verdicts:
        if verdict.by is not DecidedBy.EXPERT:
            continue
        if verdict.mode is not Mode.BLIND:
            unblinded.add(verdict.expert)
        elif verdict.expert not in unblinded and why_not(standing, verdict) is None:
            found[verdict.expert] = verdict
    return list(found.values())


def why_not(standing: Standing, verdict: Verdict) -> str | None:
    """Why a verdict does not count for a certificate; None if it does."""
    if verdict.by is DecidedBy.EXPERT and verdict.mode is not Mode.BLIND:
        return f"not blind but {verdict.mode.value}"
    if standing.since is None or verdict.at < standing.since:
        return "older than the draw"
    if verdict.expert not in standing.experts:
        return f"by {verdict.expert!r}, who has no credential for it or was revoked"
    return None
