"""Numeric equalities and order relations, alone and in chains."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.problem import speaks_of_cents
from triage_math.claims.sentence import denies
from triage_math.claims.statement import Statement
from triage_math.comparing.compare import Outcome, below, equal, same
from triage_math.numbers import conversion, counts, mixing
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    is_literal,
    numbers,
    walk,
)

ORDER: Final = frozenset("<>≤≥")
MAX_READINGS_SHOWN: Final = 6
_REST: Final = re.compile(r"[^\n.=]{0,24}(?:remainder|quotient|\bR(?:em)? ?\d)")
"""What stands behind a quotient whose rest is told too, so that it is exact."""


def check(said: Statement) -> Finding | None:
    """Checks one relation between numbers; None where it states nothing checkable."""
    if said.names:
        return None
    left, right = said.left.node, said.right.node
    if is_literal(left) and is_literal(right):
        return conversion.check(said)
    lefts = said.values(said.left, right.unit if is_literal(right) else "")
    rights = said.values(said.right)
    if not lefts or not rights:
        return None
    if said.relation.sign in ORDER:
        return _order(said, lefts, rights)
    if said.relation.sign not in {"=", "≈"}:
        return None
    if right.unit == "$" and _in_cents(said) and not any(n.unit for n in walk(left)):
        lefts = [*lefts, *(value * Fraction(1, 100) for value in lefts)]
    rounded = frozenset(said.state.rounded)
    given = said.state.problem.numbers if said.loose else frozenset()
    outcome = equal(left, right, lefts, rights, loose=said.loose, rounded=rounded, given=given)
    if outcome.holds is False and _runs_on(left, right, lefts):
        outcome = Outcome(holds=True, why="runs on")
    if (
        outcome.why in {"rounded", "truncated", "near"}
        and is_literal(right)
        and not _REST.match(said.sentence.plain, said.span[1] - said.sentence.offset)
    ):
        value = rights[0]
        if isinstance(value, int | Fraction):
            said.state.rounded.add(Fraction(value))
    impossible = (mixing.check(said) or counts.check(said, rights[0])) if outcome.holds else None
    if is_literal(right):
        said.state.results.add(rights[0])
    if impossible is not None:
        return impossible
    truncated = outcome.why == "truncated"
    readings = tuple([shown(v) for v in lefts[:MAX_READINGS_SHOWN]])
    return Finding(
        "truncation" if truncated else "arithmetic",
        _verdict(outcome, said, keeps_rest=truncated and "remain" in said.sentence.plain),
        said.span,
        expected=readings[0],
        found=shown(rights[0]),
        readings=readings,
        note=outcome.why,
    )


def _verdict(outcome: Outcome, said: Statement, *, keeps_rest: bool) -> ClaimVerdict:
    if outcome.holds:
        return ClaimVerdict.SUPPORTED
    if outcome.holds is None or said.cut or said.doubtful or said.owned or keeps_rest:
        return ClaimVerdict.UNKNOWN
    return ClaimVerdict.UNKNOWN if said.trial else ClaimVerdict.REFUTED


def _in_cents(said: Statement) -> bool:
    """Whether bare numbers may be cents although the result is in dollars."""
    return said.state.problem.in_cents or speaks_of_cents(said.sentence.plain)


def _runs_on(left: Node, right: Node, lefts: list[Number]) -> bool:
    """Whether a calculation simply goes on behind its result: `5 + 3 = 8 * 2 = 16`."""
    if is_literal(right):
        return False
    if left.op == "n" and any(n.value == left.value for n in numbers(right)):
        return True  # "2 quarts = 16 * 2": the words before it own the number
    first = right
    while first.args and first.op in ("+", "-", "*", "/", "^"):
        first = first.args[0]
    try:
        value = evaluate(first, {})
    except CannotEvaluate:
        return False
    return any(same(v, value) for v in lefts)


def _order(said: Statement, lefts: list[Number], rights: list[Number]) -> Finding:
    sign = said.relation.sign

    def holds(a: Number, b: Number) -> bool:
        if isinstance(a, complex) or isinstance(b, complex):
            return True
        if sign in {"≤", "≥"} and same(a, b):
            return True
        return below(a, b) if sign in {"<", "≤"} else below(b, a)

    true = any(holds(a, b) for a in lefts for b in rights)
    verdict = ClaimVerdict.SUPPORTED if true else ClaimVerdict.REFUTED
    if not true and (said.cut or said.doubtful or denies(said.sentence.plain)):
        verdict = ClaimVerdict.UNKNOWN  # an inequality is often put to the test
    return Finding(
        "inequality", verdict, said.span, expected=shown(lefts[0]), found=shown(rights[0])
    )
