"""What each source said of each step of a trace, brought to one answer a step."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from triage.records import Findings, Label, Proposal, SourceKind, StepDecision, Trace, Validity

_Answer = TypeVar("_Answer", Label, Validity)

OTHER_DOMAIN: Final = "domain"
"""Why a plugin abstains from traces that are not its business."""


class Said(NamedTuple):
    """One source on one step; nothing at all is what silence leaves.

    Attributes:
        evidence: Whether there is a proposal of any kind.
        scored: Whether all there is comes from a scorer, which cannot name a label.
    """

    label: Label | None = None
    validity: Validity | None = None
    p_valid: float | None = None
    evidence: bool = False
    scored: bool = False
    abstained: bool = False
    failed: bool = False


class SourceOnTrace(NamedTuple):
    """One source on one trace, an entry a step."""

    steps: tuple[Said, ...]
    saw_reference: bool = False


def sources_on(trace: Trace, findings: Findings) -> dict[str, SourceOnTrace]:
    """What every source that takes part said, by its name.

    A source takes part if it proposed, failed, or abstained for another reason than the domain.
    """
    count = len(trace.steps)
    proposals: dict[str, dict[int, list[Proposal]]] = {}
    abstained: dict[str, set[int]] = {}
    failed: dict[str, set[int]] = {}
    informed = {judgement.source for judgement in trace.proposals if judgement.saw_reference}
    for proposal in findings.proposals:
        if proposal.step < count:
            of_source = proposals.setdefault(proposal.source, {})
            of_source.setdefault(proposal.step, []).append(proposal)
            if proposal.saw_reference:
                informed.add(proposal.source)
    for abstention in findings.abstentions:
        if abstention.why != OTHER_DOMAIN:
            abstained.setdefault(abstention.source, set()).add(abstention.step)
    for failure in findings.failures:
        failed.setdefault(failure.source, set()).add(failure.step)
    return {
        source: SourceOnTrace(
            steps=tuple(
                _one_answer(proposals.get(source, {}).get(step, ()))._replace(
                    abstained=step in abstained.get(source, ()),
                    failed=step in failed.get(source, ()),
                )
                for step in range(count)
            ),
            saw_reference=source in informed,
        )
        for source in sorted({*proposals, *abstained, *failed})
    }


def validity_of(judged: StepDecision | Proposal) -> Validity | None:
    """The validity that was given, or that the given label implies."""
    return judged.label.validity if judged.label is not None else judged.validity


def machine_on(trace: Trace, decisions: Iterable[StepDecision]) -> SourceOnTrace:
    """The house's own fused answer, in the form of a source."""
    steps = [Said()] * len(trace.steps)
    for decision in decisions:
        validity = validity_of(decision)
        steps[decision.step] = Said(
            label=decision.label, validity=validity, evidence=validity is not None
        )
    return SourceOnTrace(steps=tuple(steps))


def _one_answer(proposals: Sequence[Proposal]) -> Said:
    """Several proposals of one source: the most frequent answer, none at a tie; the mean score."""
    if not proposals:
        return Said()
    validities = (validity_of(proposal) for proposal in proposals)
    validity = _most_frequent(given for given in validities if given is not None)
    label = _most_frequent(
        p.label for p in proposals if p.label is not None and p.label.validity is validity
    )
    scores = [p.evidence.p_valid for p in proposals if p.evidence.p_valid is not None]
    return Said(
        label=label,
        validity=validity,
        p_valid=sum(scores) / len(scores) if scores else None,
        evidence=True,
        scored=all(proposal.kind is SourceKind.SCORER for proposal in proposals),
    )


def _most_frequent(values: Iterable[_Answer]) -> _Answer | None:
    ranked = Counter(values).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
