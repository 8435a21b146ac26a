"""Checks one step: finds its claims and what becomes of each."""

import re
from typing import Final

from triage.records import ClaimVerdict
from triage_math import continuation, forms
from triage_math.claims import statement
from triage_math.claims.findings import Finding
from triage_math.claims.sentence import MAX_CHARS, Sentence, read, split
from triage_math.claims.state import State
from triage_math.equations import algebra
from triage_math.numbers import arithmetic, dimensions
from triage_math.parsing.relations import Relation

_SIGNS: Final = ("≈", "<", ">", "≤", "≥", "≡", "\\le", "\\ge", "\\approx", "\\equiv")
_ANSWERS: Final = ("nswer", "ption", "hoice")
_WORDS: Final = (
    "here ", "has ", "prime", "divisible", "multiple", "remainder", "factor", "divisor", "square",
    "GCD", "LCM", "gcd", "lcm", "cube", "rounded", "sum", "add", "total", "average", "mean",
    "product", "difference",
)  # fmt: skip
_PHRASES: Final = re.compile(
    r"here (?:are|is) \d|\bhas \d"
    r"|\b(?:(?:co)?prime|divisible|multiple|remainder|factors?|divisor|square|cube|rounded|GCD|LCM|gcd|lcm"
    r"|sums?|adds?|totals?|average|mean|product|difference)\b"
)
_NEW_CASE: Final = re.compile(
    r"\bcase (?:\d|[ivx]+\b|[a-d]\b|where\b|when\b|that\b|in which\b)|\bother case\b"
)
MAX_RELATIONS: Final = 200
"""Relations that are checked in a step; one with more is no reasoning step."""


def _between_bounds(relations: list[Relation], i: int) -> bool:
    """Whether an equality stands inside an inequality: `a < k < b ≈ 0.7 < k < 1.4`."""
    return (
        relations[i].chained
        and relations[i - 1].sign in arithmetic.ORDER
        and i + 1 < len(relations)
        and relations[i + 1].chained
        and relations[i + 1].sign in arithmetic.ORDER
    )


def _may_relate(text: str) -> bool:
    """Whether a relation may stand in a text."""
    return "=" in text or bool([sign for sign in _SIGNS if sign in text])


def _worth_reading(text: str) -> bool:
    """Whether a text may state anything; whether words stand in it is asked first, for speed."""
    if _may_relate(text) or [word for word in _ANSWERS if word in text]:
        return True
    return bool([word for word in _WORDS if word in text]) and _PHRASES.search(text) is not None


def check_step(text: str, index: int, state: State) -> list[Finding]:
    """Returns the findings of a step in the order of its text, and updates `state`.

    A text longer than `MAX_CHARS` is left unread.
    """
    state.step = index
    if len(text) > MAX_CHARS or not _worth_reading(text):
        return []
    plain, marks = split(text)
    found: list[Finding] = []
    for inside, offset in marks[:MAX_RELATIONS]:
        sentence = read(inside, offset)
        for relation in sentence.relations if sentence else ():
            said = statement.of(relation, sentence, state) if sentence else None
            finding = (arithmetic.check(said) or algebra.simplified(said)) if said else None
            if finding is not None:
                found.append(finding._replace(kind="calculator-mark"))
    sentence = read(plain, imaginary=state.problem.imaginary)
    if sentence is None:
        return found
    return found + _stated(sentence, text, state) + forms.check(text, plain, state)


def read_problem(state: State) -> None:
    """Reads what the problem states, so that the steps can be held against it."""
    text = state.problem.text
    if _may_relate(text):
        sentence = read(split(text)[0], imaginary=state.problem.imaginary)
        if sentence is not None:
            _stated(sentence, text, state)


def _stated(sentence: Sentence, text: str, state: State) -> list[Finding]:
    """Checks the relations of a text in their order, and remembers them."""
    if "case" in sentence.low and _NEW_CASE.search(sentence.low) is not None:
        state.leave_case()
    found = continuation.check(sentence.plain, sentence, state)
    for i, relation in enumerate(sentence.relations[:MAX_RELATIONS]):
        if _between_bounds(sentence.relations, i):
            continue
        said = statement.of(relation, sentence.around(relation), state)
        finding = (arithmetic.check(said) or algebra.check(said)) if said else None
        if said is not None and finding is not None:
            if finding.kind == "arithmetic" and finding.verdict is ClaimVerdict.SUPPORTED:
                finding = dimensions.check(said) or finding
            found.append(finding)
            found += _repeats(finding, text, state)
    return found


def _repeats(finding: Finding, text: str, state: State) -> list[Finding]:
    """A calculation that an earlier step made already: a sign that the step adds nothing."""
    if finding.kind != "arithmetic" or finding.verdict is not ClaimVerdict.SUPPORTED:
        return []
    calculation = "".join(text[slice(*finding.span)].split())
    first = state.computed.setdefault(calculation, state.step)
    if not 0 <= first < state.step:
        return []
    note = "the same calculation stands in an earlier step"
    return [Finding("repeated", ClaimVerdict.SOFT, finding.span, rests_on=(first,), note=note)]
