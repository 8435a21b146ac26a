"""Turns everything that sources said of a step into one distribution over the four labels."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from triage.deciding.opinions import Opinion, opinions
from triage.records import (
    LABELS,
    AnswerVerdict,
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

_ANSWER_ODDS: Final[Mapping[AnswerVerdict, float]] = {
    AnswerVerdict.RIGHT: 0.5,
    AnswerVerdict.WRONG: 2.5,
    AnswerVerdict.UNKNOWN: 1.0,
}
"""What the final answer's verdict does to the odds that a step of its trace is invalid."""


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
        return shares[Label.INCORRECT] + shares[Label.INCOMPLETE]

    def given(self, answer: AnswerVerdict) -> "FusedStep":
        """The same label with its risk once it is known how the trace's final answer stands.

        It orders steps for certificates. It raises no doubt of its own: a trace whose answer and
        steps contradict each other is asked about for that, one step at a time.
        """
        if self.distribution is None:
            return self
        odds = _ANSWER_ODDS[answer]
        total = self.invalidity * odds + 1.0 - self.invalidity
        shares = {
            label: share * (odds if label.validity is Validity.INVALID else 1.0) / total
            for label, share in self.distribution.items()
        }
        sure = (1.0 - self.risk) * (odds if self.validity is Validity.INVALID else 1.0) / total
        return self._replace(distribution=shares, risk=min(max(1.0 - sure, 0.0), 1.0))


NOBODY: Final = FusedStep(None, None, None, 1.0)


def fuse(trace: Trace, findings: Findings) -> tuple[FusedStep, ...]:
    """Fuse the proposals of every step: judges are pooled, a checker's refutation goes on top.

    The pool is linear, so a judge that is unsure counts for less, and one whose samples differ
    counts by the share of each: its self-consistency is its weight. Every judge has one voice,
    however often it was asked. Evidence without a judgement, such as a supported claim, moves
    nothing.
    """
    by_step: dict[int, list[Proposal]] = {}
    for proposal in findings.proposals:
        by_step.setdefault(proposal.step, []).append(proposal)
    return tuple(_fuse_step(opinions(by_step.get(step.index, ()))) for step in trace.steps)


def _fuse_step(said: list[Opinion]) -> FusedStep:
    voices = [opinion for opinion in said if not _refutes(opinion)]
    refutations = [opinion for opinion in said if _refutes(opinion)]
    if not said:
        return NOBODY
    shares = _mean(opinion_shares(voice) for voice in voices) if voices else dict(PRIOR)
    if refutations:
        # checkers that compute the same thing err together: the surest counts, not their number
        weight = max(_stated(sample) for one in refutations for sample in one.samples)
        shares = {label: share * (1 - weight) for label, share in shares.items()}
        shares[Label.INCORRECT] += weight
    return fused_of(shares, named=any(opinion.label for opinion in said))


def fused_of(shares: Distribution, *, named: bool) -> FusedStep:
    """What a distribution comes to.

    Args:
        named: Whether any source named a label; where none did, only validity is claimed.
    """
    valid = shares[Label.NECESSARY] + shares[Label.REDUNDANT]
    validity = Validity.VALID if valid >= 1 - valid else Validity.INVALID
    if not named:
        return FusedStep(shares, None, validity, min(max(min(valid, 1 - valid), 0.0), 1.0))
    label = max(LABELS, key=shares.__getitem__)
    return FusedStep(shares, label, label.validity, min(max(1 - shares[label], 0.0), 1.0))


def opinion_shares(opinion: Opinion) -> Distribution:
    """One source's distribution: the mean of its samples, so that unstable ones spread."""
    if len(opinion.samples) == 1:
        return _sample_shares(opinion.samples[0])
    return _mean(_sample_shares(sample) for sample in opinion.samples)


def _refutes(opinion: Opinion) -> bool:
    return opinion.kind is SourceKind.CHECKER and opinion.label is Label.INCORRECT


_NAMED: Final[Mapping[Label | Validity | None, frozenset[Label]]] = {
    **{label: frozenset((label,)) for label in LABELS},
    **{
        validity: frozenset(label for label in LABELS if label.validity is validity)
        for validity in (*Validity, None)
    },
}
"""The labels that a judgement leaves possible."""


def _mean(distributions: Iterable[Distribution]) -> dict[Label, float]:
    first, *rest = distributions
    if not rest:
        return dict(first)
    count = 1 + len(rest)
    return {label: sum([one[label] for one in rest], first[label]) / count for label in LABELS}


def _stated(proposal: Proposal) -> float:
    return _UNSTATED if proposal.confidence is None else proposal.confidence


def _sample_shares(sample: Proposal) -> Distribution:
    """A reply's confidence on what it said, the rest by the prior; its votes, where it has any."""
    if votes := sample.evidence.votes:
        cast = sum(votes.values())
        if cast > 0:
            return _mean_by(
                {label: share / cast for label, share in votes.items()},
                {label: _spread(_NAMED[label], _kept(sample)) for label in votes},
            )
    named = _NAMED[sample.label or sample.validity]
    scored = sample.kind is SourceKind.SCORER and sample.evidence.p_valid is not None
    return _spread(named, _stated(sample) if scored else _kept(sample))


def _kept(sample: Proposal) -> float:
    stated = sample.confidence
    if stated is None:
        return _UNSTATED
    return min(max(stated, _LEAST), _MOST)


def _mean_by(
    weights: Distribution, distributions: Mapping[Label, Distribution]
) -> dict[Label, float]:
    return {
        label: sum(weights[vote] * one[label] for vote, one in distributions.items())
        for label in LABELS
    }


@lru_cache(maxsize=4096)
def _spread(named: frozenset[Label], worth: float) -> Distribution:
    inside = sum(PRIOR[label] for label in named)
    return {
        label: PRIOR[label] * (worth / inside if label in named else (1 - worth) / (1 - inside))
        for label in LABELS
    }
