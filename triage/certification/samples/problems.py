"""Says what keeps a sample from being signed, and what to do about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from triage.certification.samples.sample import Sample, Sampled
from triage.deciding.blind import Lacks, why_not

_SHOWN: Final = 3


def problems(sample: Sample, labels: int, *, named: bool = True) -> Iterator[str]:
    """Name every rule that a sample breaks and every label that it lacks, in a line each.

    Args:
        labels: How many steps the plan draws.
        named: Whether to name steps: who is told may not learn which were drawn.
    """

    def places(found: Sequence[Sampled]) -> str:
        return f" ({_places(found)})" if named else ""

    lacks: dict[Lacks, list[Sampled]] = {lack: [] for lack in Lacks}
    for one in sample.values():
        if one.blind.lacks:
            lacks[one.blind.lacks].append(one)
    silent = [one for one in lacks[Lacks.FIRST] if not one.verdicts]
    if silent:
        yield (
            f"{len(silent)} of {labels} drawn steps have no label: every one must be labelled, "
            "they are in the queue (triage queue next, or import)"
        )
    for why, found in sorted(_uncounted(lacks[Lacks.FIRST]).items()):
        yield (
            f"{len(found)} drawn steps have only labels that do not count, {why}"
            f"{places(found)}: a credentialed expert who has not seen the machine's label must "
            "label them blind, they are in the queue"
        )
    if found := lacks[Lacks.SECOND]:
        yield (
            f"{len(found)} drawn steps need a second blind label by another expert"
            f"{places(found)}: they are in the queue"
        )
    if found := lacks[Lacks.ADJUDICATION]:
        yield (
            f"on {len(found)} drawn steps experts differ{places(found)}: `triage queue list "
            "--state split` shows them, `triage queue resolve` ends them"
        )


def _uncounted(unlabelled: Iterable[Sampled]) -> dict[str, list[Sampled]]:
    found = defaultdict(list)
    for one in unlabelled:
        if one.verdicts:
            told = [why for why in (why_not(one.standing, v) for v in one.verdicts) if why]
            found[told[-1] if told else "given after a prediction was seen"].append(one)
    return found


def _places(found: Sequence[Sampled]) -> str:
    said = [one.verdicts[0] for one in found[:_SHOWN]]
    shown = ", ".join(f"{one.trace_id!r} step {one.step}" for one in said)
    return shown + (", ..." if len(found) > _SHOWN else "")
