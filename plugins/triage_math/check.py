"""Checks one step: finds its claims and what becomes of each."""

import re
from typing import Final

from triage_math import algebra, arithmetic, statement, words
from triage_math.findings import Finding
from triage_math.relations import Relation
from triage_math.sentence import MAX_CHARS, read, split
from triage_math.state import State

_WORTH_READING: Final = re.compile(
    r"[=≈<>≤≥≡]|\\(?:le|ge|approx|equiv)"
    r"|\b(?:prime|divisible|multiple|remainder|factor|divisor|square|cube)\b"
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


def check_step(text: str, index: int, state: State) -> list[Finding]:
    """Returns the findings of a step in the order of its text, and updates `state`.

    A text longer than `MAX_CHARS` is left unread.
    """
    state.step = index
    if len(text) > MAX_CHARS or _WORTH_READING.search(text) is None:
        return []
    plain, marks = split(text)
    found: list[Finding] = []
    for inside, offset in marks[:MAX_RELATIONS]:
        sentence = read(inside, offset)
        for relation in sentence.relations if sentence else ():
            said = statement.of(relation, sentence, state) if sentence else None
            finding = arithmetic.check(said) if said else None
            if finding is not None:
                found.append(finding._replace(kind="calculator-mark"))
    sentence = read(plain)
    if sentence is None:
        return found
    for i, relation in enumerate(sentence.relations[:MAX_RELATIONS]):
        if _between_bounds(sentence.relations, i):
            continue
        said = statement.of(relation, sentence.around(relation), state)
        finding = (arithmetic.check(said) or algebra.check(said)) if said else None
        if finding is not None:
            found.append(finding)
    return found + words.check(plain, state)
