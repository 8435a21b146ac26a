"""Checks one step: finds its claims and what becomes of each."""

import re
from typing import Final

from triage_math import algebra, arithmetic, words
from triage_math.findings import Finding
from triage_math.relations import Relation
from triage_math.sentence import read, split
from triage_math.state import State

_WORTH_READING: Final = re.compile(
    r"[=≈<>≤≥≡]|\\(?:le|ge|approx|equiv)|\d.*\b(?:prime|divisible|multiple|remainder|factor|divisor|"
    r"square|cube)\b",
    re.DOTALL,
)


_REDEFINES: Final = re.compile(
    r"\bbase[ -](?:\$?\d|two|three|four|five|six|seven|eight|nine|b\b)|\d_\{?\d|_\{(?:two|three|five|six|seven|"
    r"eight|nine)\}|\bhexadecimal|\bbinary (?:op|num)|⊕|⊗|◦|★|☆|\\(?:star|diamond|oplus|otimes|clubsuit|"
    r"spadesuit|heartsuit|circ\s+[a-z\d])|\boperation \S{1,12} (?:is|be) defined|\bclock arithmetic",
    re.IGNORECASE,
)


_SIGNED: Final = re.compile(
    r"\\|-\d|\^|\$[A-Za-z(]|\b(?:negativ\w*|degrees?|temperatures?|below|debts?|owed?s?|loss\w*|lost|los\w+|profit|"
    r"sea level|altitude|coordinat\w+|integers?|functions?|equations?|vectors?|graph|axis|charge|"
    r"velocity|stock|balance|overdraw\w*|deficit|scores?|real number|matrix|sequence|satisf\w*|roots?|"
    r"primes?|digits?|divi\w+ors?|such that|positive)\b",
    re.IGNORECASE,
)
"""Problems in which an amount may be negative."""
_STORY: Final = re.compile(r"\b(?:he|she|they|his|her|their|has|had|buys?)\b", re.IGNORECASE)


def read_problem(problem: str, state: State) -> None:
    """Learns from the problem what its steps may rely on."""
    state.counts = _STORY.search(problem) is not None and _SIGNED.search(problem) is None
    state.unsure = _REDEFINES.search(problem) is not None
    check_step(problem, -1, state)


_ORDER: Final = frozenset("<>≤≥")


def _between_bounds(relations: list[Relation], i: int) -> bool:
    """Whether an equality stands inside an inequality: `a < k < b ≈ 0.7 < k < 1.4`."""
    return (
        relations[i].chained
        and relations[i - 1].sign in _ORDER
        and i + 1 < len(relations)
        and relations[i + 1].chained
        and relations[i + 1].sign in _ORDER
    )


def check_step(text: str, index: int, state: State) -> list[Finding]:
    """Returns the findings of a step in the order of its text, and updates `state`."""
    state.step = index
    if _WORTH_READING.search(text) is None:
        return []
    plain, marks = split(text)
    found: list[Finding] = []
    for inside, offset in marks:
        sentence = read(inside, offset)
        if sentence is None:
            continue
        for relation in sentence.relations:
            finding = arithmetic.check(relation, sentence, state)
            if finding is not None:
                found.append(finding._replace(kind="calculator-mark"))
    sentence = read(plain)
    if sentence is None:
        return found
    for i, relation in enumerate(sentence.relations):
        if _between_bounds(sentence.relations, i):
            continue
        around = sentence.around(relation)
        finding = arithmetic.check(relation, around, state) or algebra.check(relation, around, state)
        if finding is not None:
            found.append(finding)
    return found + words.check(plain, state)
