"""Traces and findings for tests of fusion, made from a few words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from triage.deciding.case import Case
from triage.ranking import Example
from triage.records import (
    AnswerVerdict,
    Evidence,
    Findings,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)


def trace(steps: int, name: str = "t", **more: Any) -> Trace:
    texts = [{"index": i, "text": f"step {i}"} for i in range(steps)]
    body = {"id": name, "problem": "p", "group": name, "steps": texts}
    return Trace.model_validate(body | more)


def said(source: str, *words: str | None, confidence: float | None = 0.9) -> list[Proposal]:
    """One judge's words on the steps from the first on; None is silence."""
    return [
        Proposal(step=i, source=source, confidence=confidence, label=Label(word),
                 validity=Label(word).validity)
        for i, word in enumerate(words) if word
    ]  # fmt: skip


def scored(source: str, *scores: float) -> list[Proposal]:
    return [
        Proposal(step=i, source=source, kind=SourceKind.SCORER, confidence=max(p, 1 - p),
                 validity=Validity.VALID if p >= 0.5 else Validity.INVALID,
                 evidence=Evidence(p_valid=p))
        for i, p in enumerate(scores)
    ]  # fmt: skip


def findings(*proposals: Sequence[Proposal]) -> Findings:
    return Findings(proposals=tuple(p for group in proposals for p in group))


def examples(
    traces: int, seed: int = 0, *, redundant: bool = False, bad: float = 0.15
) -> list[Example]:
    """Labelled traces of five steps, two to a problem, with three judges of unequal worth.

    One judge is nearly always right, one guesses, and a scorer helps; wrong answers come from
    traces with wrong steps.
    """
    random = np.random.default_rng(seed)
    made = []
    for number in range(traces):
        invalid = random.random(5) < bad
        needless = (random.random(5) < 0.2) & ~invalid & redundant
        labels = [
            Label.INCORRECT if i else Label.REDUNDANT if r else Label.NECESSARY
            for i, r in zip(invalid, needless, strict=True)
        ]
        one = trace(5, f"t{number}", group=f"g{number // 2}", domain="logic")
        good = [(label if random.random() < 0.93 else _other(label)).value for label in labels]
        guess = [("incorrect" if random.random() < 0.4 else "necessary") for _ in labels]
        scores = np.clip(np.where(invalid, 0.35, 0.65) + random.normal(0, 0.2, 5), 0.01, 0.99)
        found = findings(said("good", *good), said("guess", *guess), scored("prm", *scores))
        answer = AnswerVerdict.WRONG if invalid.any() else AnswerVerdict.RIGHT
        case = Case.of(one, found)._replace(answer=answer)
        made.append(Example(case, tuple(label.validity for label in labels), tuple(labels)))
    return made


def _other(label: Label) -> Label:
    return Label.NECESSARY if label is Label.INCORRECT else Label.INCORRECT
