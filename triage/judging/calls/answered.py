"""What is known about a question: the best that all replies to it come to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from triage.judging.questions.answers import Judged, StepAnswer
from triage.judging.questions.question import Question

_FINAL: Final = frozenset({"refusal"})
"""Problems that asking again does not mend: kept as they are."""


@dataclass(frozen=True)
class Answered:
    """What is known about a question after asking.

    Attributes:
        judged: For every step of the question an answer, or why there is none.
        tokens: The reply's tokens with their log-probabilities, where the model gives them.
        cost_nano: What all replies to the question cost, whenever they were bought.
    """

    judged: Judged
    text: str = ""
    tokens: tuple[tuple[str, float], ...] = ()
    cost_nano: int = 0
    model: str | None = None


def best_of(question: Question, rows: Iterable[Mapping[str, Any]]) -> Answered:
    """What is known from the stored replies to a question, oldest first."""
    best = Answered({})
    for row in rows:
        best = better(best, question, row)
    return best


def better(best: Answered, question: Question, row: Mapping[str, Any]) -> Answered:
    """What is known with one more reply; an answer that was good stays."""
    judged = dict(question.read(row["text"], row["finish"]))
    kept = {n: a for n, a in best.judged.items() if isinstance(a, StepAnswer)}
    new = any(isinstance(a, StepAnswer) and n not in kept for n, a in judged.items())
    total = best.cost_nano + row["cost_nano"]
    if kept and not new:
        return replace(best, cost_nano=total)
    tokens = tuple(map(tuple, json.loads(row["tokens"]))) if row["tokens"] else ()
    return Answered(judged | kept, row["text"], tokens, total, row["model"])


def is_settled(best: Answered, question: Question) -> bool:
    """Whether every step has an answer, or a problem that asking again does not mend."""
    return len(best.judged) == len(question.expected.steps) and all(
        isinstance(answer, StepAnswer) or answer.code in _FINAL for answer in best.judged.values()
    )
