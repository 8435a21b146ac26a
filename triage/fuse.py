"""Turns everything that sources said of a step into one distribution over the four labels."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from triage.records import (
    LABELS,
    Findings,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)

Distribution = Mapping[Label, float]

PRIOR: Final[Distribution] = {
    Label.NECESSARY: 0.76,
    Label.REDUNDANT: 0.095,
    Label.INCORRECT: 0.089,
    Label.INCOMPLETE: 0.056,
}
"""Shares of the labels among steps nobody has judged; spreads what a judge leaves open."""

_UNSTATED: Final = 0.85
"""What a judgement without a confidence is taken to be worth."""
_LEAST: Final = 0.5
_MOST: Final = 0.97
"""Stated confidences are kept within these: sure judges are wrong more often than they say."""


class FusedStep(NamedTuple):
    """What the machine makes of a step.

    Attributes:
        distribution: Probability of each label; None where nobody judged the step.
        label: The likeliest label; None where sources judged validity only.
        risk: Predicted probability in [0, 1] that the label (or validity) is wrong.
    """

    distribution: Distribution | None
    label: Label | None
    validity: Validity | None
    risk: float

    @property
    def invalidity(self) -> float:
        """Probability that the step is invalid, by the prior where nobody judged it."""
        shares = self.distribution or PRIOR
        return sum(shares[label] for label in LABELS if label.validity is Validity.INVALID)


NOBODY: Final = FusedStep(None, None, None, 1.0)


def fuse(trace: Trace, findings: Findings) -> tuple[FusedStep, ...]:
    """Fuse the proposals of every step: judges are pooled, a checker's refutation goes on top.

    The pool is linear, so a judge that is unsure counts for less. Evidence without a judgement,
    such as a supported claim, moves nothing.
    """
    by_step: dict[int, list[Proposal]] = {}
    for proposal in findings.proposals:
        if proposal.label or proposal.validity:
            by_step.setdefault(proposal.step, []).append(proposal)
    return tuple(_fuse_step(by_step.get(step.index, ())) for step in trace.steps)


def _fuse_step(proposals: Iterable[Proposal]) -> FusedStep:
    opinions = [p for p in proposals if not _refutes(p)]
    refutations = [p for p in proposals if _refutes(p)]
    if not opinions and not refutations:
        return NOBODY
    shares = _pool(opinions) if opinions else dict(PRIOR)
    if refutations:
        # checkers that compute the same thing err together: the surest counts, not their number
        weight = max(_UNSTATED if p.confidence is None else p.confidence for p in refutations)
        shares = {label: share * (1 - weight) for label, share in shares.items()}
        shares[Label.INCORRECT] += weight
    valid = sum(share for label, share in shares.items() if label.validity is Validity.VALID)
    validity = Validity.VALID if valid >= 1 - valid else Validity.INVALID
    if not any(p.label for p in (*opinions, *refutations)):
        return FusedStep(shares, None, validity, min(valid, 1 - valid))
    label = max(LABELS, key=lambda one: shares[one])
    return FusedStep(shares, label, label.validity, 1 - shares[label])


def _refutes(proposal: Proposal) -> bool:
    return proposal.kind is SourceKind.CHECKER and proposal.label is Label.INCORRECT


def _labels_of(validity: Validity | None) -> set[Label]:
    return {label for label in LABELS if label.validity is validity}


def _pool(opinions: list[Proposal]) -> dict[Label, float]:
    spread = [_spread(opinion) for opinion in opinions]
    return {label: sum(one[label] for one in spread) / len(spread) for label in LABELS}


def _spread(opinion: Proposal) -> dict[Label, float]:
    """One source's distribution: its confidence on what it said, the rest by the prior."""
    named = {opinion.label} if opinion.label else _labels_of(opinion.validity)
    stated = opinion.evidence.p_valid if opinion.kind is SourceKind.SCORER else None
    worth = opinion.confidence if opinion.confidence is not None else _UNSTATED
    worth = min(max(worth, _LEAST), _MOST) if stated is None else worth
    inside = sum(PRIOR[label] for label in named)
    return {
        label: PRIOR[label] * (worth / inside if label in named else (1 - worth) / (1 - inside))
        for label in LABELS
    }
