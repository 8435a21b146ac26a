"""A judge's samples of one step become one proposal, an abstention or a failure."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from triage.judging.bookkeeping.money import NANO
from triage.judging.bookkeeping.purse import MoneyLimitError
from triage.judging.calls.answered import Answered
from triage.judging.questions.answers import Problem, StepAnswer
from triage.judging.questions.question import Question
from triage.providers.errors import PendingError, ProviderError
from triage.records import (
    LABELS,
    Abstention,
    Evidence,
    Failure,
    Label,
    Outcome,
    Proposal,
    SourceKind,
)

Sample = Answered | ProviderError | MoneyLimitError
_LABEL_VALUE: Final = re.compile(r'"label"\s*:\s*"([a-z]+)"')


def opine(question: Question, step: int, samples: Sequence[Sample], version: str) -> Outcome:
    """What a judge says of a step, all its samples together.

    The share of samples with the winning label is the confidence. Where the model gives
    log-probabilities, a sample counts for its label with the probability it was written with, and
    the rest goes to the others evenly. One sample without them has no confidence, and so has the
    only one that is left of several: what a model says of its own certainty is kept as a feature
    only.
    """
    judge, source = question.judge, question.source
    good, problems = _sorted_out(samples, step)
    if waits := [one for one in samples if isinstance(one, PendingError)]:
        # some samples may be there, but all of them make the opinion
        return Failure(step=step, source=source, why=waits[0].code, detail=str(waits[0]))
    if not good:
        code, detail = problems[0]
        return Failure(step=step, source=source, why=code, detail=detail[:500] or None)
    votes = Counter(answer.label for answer, _ in good)
    label, most = votes.most_common(1)[0]
    if list(votes.values()).count(most) > 1:
        said = ", ".join(f"{word} {count}" for word, count in votes.items())
        return Abstention(step=step, source=source, why=f"samples-split: {said}")
    best = next(answer for answer, _ in good if answer.label is label)
    inherits = sum(answer.inherits_error for answer, _ in good) * 2 > len(good)
    spent = sum(sample.cost_nano for sample in samples if isinstance(sample, Answered))
    models = [s.model for s in samples if isinstance(s, Answered) and s.model]
    return Proposal(
        step=step,
        source=source,
        version=version,
        kind=SourceKind.JUDGE,
        label=label,
        validity=label.validity,
        confidence=_confidence(good, label),
        inherits_error=inherits,
        evidence=Evidence(
            rationale=best.rationale,
            quotes=best.quotes,
            votes={word: count / len(good) for word, count in votes.items()},
            extra={
                "error_kind": best.error_kind,
                "said_confidence": sum(a.confidence for a, _ in good) / len(good),
                "samples": len(good),
                "failed_samples": [code for code, _ in problems],
                **({"severity": best.severity} if best.severity else {}),
                **_read(question, best),
            },
        ),
        model=models[0] if models else judge.model,
        prompt=question.prompt.name,
        cost_usd=spent / NANO,
        saw_reference=judge.see == "reference",
    )


def _read(question: Question, best: StepAnswer) -> dict[str, JsonValue]:
    """Which passages the judge was shown, and what it cites of them."""
    passages = question.expected.passages
    if not passages:
        return {}
    return {
        "passages": list(passages),
        "citations": [
            {"passage": one.passage, "quote": one.quote, "source": passages[one.passage].source}
            for one in best.citations
        ],
    }


def _sorted_out(
    samples: Sequence[Sample], step: int
) -> tuple[list[tuple[StepAnswer, float | None]], list[tuple[str, str]]]:
    """The answers, each with the probability of its label, and why the others are none."""
    good: list[tuple[StepAnswer, float | None]] = []
    problems: list[tuple[str, str]] = []
    for sample in samples:
        if not isinstance(sample, Answered):
            problems.append((sample.code, str(sample)))
            continue
        match sample.judged.get(step):
            case StepAnswer() as answer:
                good.append((answer, label_probability(sample.text, sample.tokens)))
            case Problem(code, detail):
                problems.append((code, detail))
            case None:
                problems.append(("missing-step", f"step {step} was left out"))
    return good, problems


def _confidence(good: Sequence[tuple[StepAnswer, float | None]], label: Label) -> float | None:
    if len(good) == 1 and good[0][1] is None:
        return None
    others = len(LABELS) - 1
    total = 0.0
    for answer, p in good:
        sure = 1.0 if p is None else p
        total += sure if answer.label is label else (1.0 - sure) / others
    return min(1.0, total / len(good))


def label_probability(text: str, tokens: Sequence[tuple[str, float]]) -> float | None:
    """The probability with which the one label in the text was written; None if it is not known.

    It is the product over the tokens that the label's word touches.
    """
    found = _LABEL_VALUE.findall(text)
    if not tokens or len(found) != 1 or "".join(token for token, _ in tokens) != text:
        return None
    match = _LABEL_VALUE.search(text)
    assert match is not None  # noqa: S101 - one was found above
    start, end = match.span(1)
    at, total = 0, 0.0
    for token, logprob in tokens:
        if at < end and at + len(token) > start:
            total += logprob
        at += len(token)
    return min(1.0, math.exp(total))
