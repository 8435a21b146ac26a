"""Numeric equalities and order relations, alone and in chains."""

from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.compare import Outcome, equal, same
from triage_math.findings import Finding, shown
from triage_math.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    is_literal,
    numbers,
    variables,
    walk,
)
from triage_math.readings import values
from triage_math.relations import Relation, Side
from triage_math.sentence import Sentence, denies
from triage_math.state import State
from triage_math.units import same_dimension

_ORDER: Final = {"<", ">", "≤", "≥"}


def first_operand(node: Node) -> Node:
    """The leftmost number of an expression, where a run-on calculation goes on."""
    while node.args and node.op in ("+", "-", "*", "/", "^"):
        node = node.args[0]
    return node


def check(relation: Relation, sentence: Sentence, state: State) -> Finding | None:
    """Checks one relation between numbers; None where it states nothing checkable."""
    left, right = relation.left, relation.right
    if left is None or right is None:
        return None
    if variables(left.node) or variables(right.node):
        return None
    span = sentence.span(left.start, right.end)
    if is_literal(left.node) and is_literal(right.node):
        return _conversion(relation, left, right, span, sentence)
    target = right.node.unit if is_literal(right.node) else ""
    lefts = values(left, sentence.tokens, sentence.letters, {}, target)
    rights = values(right, sentence.tokens, sentence.letters, {})
    if not lefts or not rights:
        return None
    sign = relation.sign
    if sign in _ORDER:
        return _order(relation, left, right, lefts, rights, span, sentence)
    if sign not in {"=", "≈"}:
        return None
    loose = sign == "≈" or sentence.approximate
    outcome = equal(
        left.node, right.node, lefts, rights, loose=loose, rounded=frozenset(state.rounded)
    )
    if outcome.holds is False and runs_on(left, right, lefts):
        outcome = Outcome(True, "runs on")
    if outcome.why in {"rounded", "truncated", "near"} and is_literal(right.node):
        literal = rights[0]
        if isinstance(literal, int | Fraction):
            state.rounded.add(Fraction(literal))
    verdict = ClaimVerdict.UNKNOWN
    if outcome.holds and state.counts and _falls_below_zero(left.node, right.node, rights[0]):
        return Finding(
            "negative-amount", ClaimVerdict.CONFLICT, span, found=shown(rights[0]),
            note="more is taken away than there is",
        )  # fmt: skip
    if outcome.holds:
        verdict = ClaimVerdict.SUPPORTED
    elif outcome.holds is False:
        remains = outcome.why == "truncated" and "remain" in sentence.plain
        if left.cut or right.cut or sentence.denied or state.unsure or remains:
            verdict = ClaimVerdict.UNKNOWN
        else:
            verdict = ClaimVerdict.REFUTED
    return Finding(
        "truncation" if outcome.why == "truncated" else "arithmetic",
        verdict,
        span,
        expected=shown(lefts[0]),
        found=shown(rights[0]),
        readings=tuple(shown(v) for v in lefts[:6]),
        note=outcome.why,
    )


def _falls_below_zero(left: Node, right: Node, value: Number) -> bool:
    """Whether positive numbers are subtracted to a negative result."""
    negative = not isinstance(value, complex) and value < 0
    return negative and left.op == "-" and is_literal(right) and not any(
        n.op == "neg" for n in walk(left)
    )


def runs_on(left: Side, right: Side, lefts: list[Number]) -> bool:
    """Whether a calculation simply goes on behind its result: `5 + 3 = 8 * 2 = 16`."""
    if is_literal(right.node):
        return False
    if any(n.value == left.node.value for n in numbers(right.node)) and left.node.op == "n":
        return True
    first = first_operand(right.node)
    try:
        value = evaluate(first, {})
    except CannotEvaluate:
        return False
    return any(same(v, value) for v in lefts)


def _money(
    left: Side, right: Side, span: tuple[int, int], sentence: Sentence
) -> Finding | None:
    """`$9.00 = $1.00`: two different amounts of one currency."""
    a, b = left.node.value, right.node.value
    if a == b or left.cut or right.cut or sentence.denied or sentence.approximate:
        return None
    return Finding("arithmetic", ClaimVerdict.REFUTED, span, expected=shown(a), found=shown(b))


def _conversion(
    relation: Relation, left: Side, right: Side, span: tuple[int, int], sentence: Sentence
) -> Finding | None:
    """`2 hours = 120 minutes`: two single numbers are a claim only with units of one kind."""
    a, b = left.node, right.node
    if relation.sign not in {"=", "≈"}:
        return None
    if (a.op == "%") != (b.op == "%"):
        return _percent(relation, left, right, span)
    if a.unit == b.unit == "$" and relation.sign == "=" and not relation.chained:
        return _money(left, right, span, sentence)
    if not a.unit or not b.unit or a.unit == b.unit:
        return None
    if a.op != "n" or b.op != "n" or not same_dimension(a.unit, b.unit):
        return None
    outcome = equal(a, b, [a.value], [b.value], loose=relation.sign == "≈", rounded=frozenset())
    if outcome.why == "equal" or outcome.holds is None:
        return None
    sure = not (left.cut or right.cut) and abs(a.value) > 0
    verdict = (
        ClaimVerdict.SUPPORTED
        if outcome.holds
        else (ClaimVerdict.REFUTED if sure else ClaimVerdict.UNKNOWN)
    )
    return Finding("unit-conversion", verdict, span, found=f"{shown(b.value)} {b.unit}")


def _percent(relation: Relation, left: Side, right: Side, span: tuple[int, int]) -> Finding | None:
    """`0.97 = 97%`."""
    a, b = evaluate(left.node, {}), evaluate(right.node, {})
    outcome = equal(
        left.node, right.node, [a], [b], loose=relation.sign == "≈", rounded=frozenset()
    )
    verdict = ClaimVerdict.SUPPORTED if outcome.holds else ClaimVerdict.UNKNOWN
    if outcome.holds is False and relation.chained and not (left.cut or right.cut):
        verdict = ClaimVerdict.REFUTED
    return Finding("arithmetic", verdict, span, expected=shown(a), found=shown(b))


def _order(
    relation: Relation,
    left: Side,
    right: Side,
    lefts: list[Number],
    rights: list[Number],
    span: tuple[int, int],
    sentence: Sentence,
) -> Finding | None:
    def holds(a: Number, b: Number) -> bool:
        if isinstance(a, complex) or isinstance(b, complex):
            return True
        if relation.sign in {"≤", "≥"} and same(a, b):
            return True
        return a < b if relation.sign in {"<", "≤"} else a > b

    true = any(holds(a, b) for a in lefts for b in rights)
    verdict = ClaimVerdict.SUPPORTED if true else ClaimVerdict.UNKNOWN
    if not true and not (left.cut or right.cut or sentence.denied or denies(sentence.plain)):
        verdict = ClaimVerdict.REFUTED
    return Finding("inequality", verdict, span, expected=shown(lefts[0]), found=shown(rights[0]))
