"""What each source thinks of a step: its samples taken together as one opinion."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from triage.records import Label, Proposal, SourceKind, Validity

_SAMPLE: Final = re.compile(r"#\d+$")
"""A source that was listed twice: `name` and `name#2` are samples of one judge."""


class Opinion(NamedTuple):
    """One source on one step.

    Attributes:
        samples: Its proposals with a judgement, in order.
        validity: What most of its samples say; None at a tie.
        label: The most frequent label of that validity; None where none is named.
        said: All labels (or validities, where no label is named) that its samples gave.
    """

    source: str
    kind: SourceKind
    samples: tuple[Proposal, ...]
    validity: Validity | None
    label: Label | None
    said: frozenset[Label | Validity]

    @property
    def unstable(self) -> bool:
        """Whether the source contradicts itself."""
        return len(self.said) > 1


def judge_of(source: str) -> str:
    """The judge's name without the number of its sample."""
    return _SAMPLE.sub("", source)


def opinions(proposals: Iterable[Proposal]) -> list[Opinion]:
    """The opinions on one step; evidence without a judgement is none."""
    by_judge: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        if proposal.label or proposal.validity:
            by_judge.setdefault(judge_of(proposal.source), []).append(proposal)
    return [_opinion(judge, samples) for judge, samples in by_judge.items()]


def _opinion(judge: str, samples: Sequence[Proposal]) -> Opinion:
    only = samples[0]
    if len(samples) == 1 and not only.evidence.votes:
        word: Label | Validity | None = only.label or only.validity
        said_once = frozenset((word,)) if word is not None else frozenset()
        return Opinion(judge, only.kind, (only,), _validity(only), only.label, said_once)
    validities = [_validity(sample) for sample in samples]
    valid = validities.count(Validity.VALID)
    invalid = validities.count(Validity.INVALID)
    validity = None
    if valid != invalid:
        validity = Validity.VALID if valid > invalid else Validity.INVALID
    if only.kind is SourceKind.CHECKER and any(s.label is Label.INCORRECT for s in samples):
        # one refuted claim is enough, whatever else was checked
        validity = Validity.INVALID
    labels = [s.label for s in samples if s.label and s.label.validity is validity]
    said: set[Label | Validity] = set()
    for sample in samples:
        said |= {label for label, share in sample.evidence.votes.items() if share > 0}
        named: Label | Validity | None = sample.label or sample.validity
        if named is not None:
            said.add(named)
    if any(isinstance(one, Label) for one in said):
        # `valid` beside `necessary` is the same opinion said less exactly
        implied = {one.validity for one in said if isinstance(one, Label)}
        said = {one for one in said if isinstance(one, Label) or one not in implied}
    return Opinion(
        source=judge,
        kind=samples[0].kind,
        samples=tuple(samples),
        validity=validity,
        label=max(labels, key=labels.count) if labels else None,
        said=frozenset(said),
    )


def _validity(proposal: Proposal) -> Validity | None:
    return proposal.label.validity if proposal.label else proposal.validity
