"""Hand-made traces and judgements in short, for the tests of evaluation."""

from collections.abc import Iterable, Sequence

from triage.evaluate import Evaluation, EvaluationResult, Rate, SourceMetrics
from triage.records import (
    Evidence,
    Findings,
    Human,
    Proposal,
    SourceKind,
    Step,
    Trace,
    Validity,
    Word,
)

LETTERS = {
    "N": Word.NECESSARY,
    "R": Word.REDUNDANT,
    "X": Word.INCORRECT,
    "I": Word.INCOMPLETE,
    "C": Word.CORRECT,
}
CLEAN = -1


def trace(
    count: int, first: int | None = None, words: str | None = None, domain: str = "math"
) -> Trace:
    """`first` is the human first error, CLEAN for known to be right; `words` a letter a step."""
    human = Human(
        first_error=None if first == CLEAN else first,
        first_error_known=first is not None,
        step_labels=None if words is None else tuple(LETTERS.get(letter) for letter in words),
    )
    steps = tuple(Step(index=i, text=f"step {i}") for i in range(count))
    return Trace(id="t", problem="p", group="g", steps=steps, human=human, domain=domain)


def words_of(letters: str, source: str = "judge") -> list[Proposal]:
    """What a source says, a letter a step: v and i give a validity alone, `-` nothing at all."""
    validities = {"v": Validity.VALID, "C": Validity.VALID, "i": Validity.INVALID}
    return [
        Proposal(
            step=i,
            source=source,
            label=LETTERS[letter].label if letter in LETTERS else None,
            validity=validities.get(letter),
        )
        for i, letter in enumerate(letters)
        if letter != "-"
    ]


def scores_of(scores: Sequence[float]) -> list[Proposal]:
    return [
        Proposal(
            step=i,
            source="scorer",
            kind=SourceKind.SCORER,
            validity=Validity.VALID if score >= 0.5 else Validity.INVALID,
            evidence=Evidence(p_valid=score),
        )
        for i, score in enumerate(scores)
    ]


def evaluate(pairs: Iterable[tuple[Trace, Iterable[Proposal]]]) -> EvaluationResult:
    evaluation = Evaluation()
    for one, proposals in pairs:
        evaluation.add(one, Findings(proposals=tuple(proposals)))
    return evaluation.result()


def overall(result: EvaluationResult, source: str = "judge") -> SourceMetrics:
    (found,) = (it for it in result.sources if it.source == source and it.domain is None)
    return found


def counts(rate: Rate | None) -> tuple[int, int]:
    assert rate is not None
    assert rate.share == (rate.count / rate.of if rate.of else None)
    return rate.count, rate.of
