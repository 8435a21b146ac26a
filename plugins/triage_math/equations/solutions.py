"""Values and equations of one unknown, judged against the equations stated before."""

import math
import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.comparing.compare import magnitude, same, step_of
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    numbers,
    variables,
    walk,
)
from triage_math.polynomials.polynomial import common_root, equation

MAX_EARLIER: Final = 12
"""How many earlier equations of an unknown are compared."""
ROUGH: Final = 0.02
"""Relative slack where decimals in an equation may be rounded."""
_HYPOTHESIS: Final = re.compile(
    r"\b(?:if|let|when|suppos\w*|tr(?:y|ied|ying)|case|where|assum\w*|substitut\w*|plug\w*|"
    r"choos\w*|test\w*|or|either|consider\w*|guess\w*|replac\w*|otherwise|assign\w*|example|"
    r"instance|setting|convert\w*|defin\w*|denot\w*|while|vertical|horizontal|asymptotes?|axis)\b"
    r"|\b(?:for|set|at|check\w*|with|put\w*|tak\w+|using|say|line|from|between|points?|as|near|"
    r"evaluat\w*|about|vert\w*|and)\W*$"
)


def is_trial(said: Statement, name: str) -> bool:
    """Whether a value stated is supposed, or one of several candidates, rather than found."""
    if _is_supposed(said):
        return True
    last = said.state.equations[-1:]
    return bool(last) and last[0].step == said.state.step and _is_value(last[0], name)


def _is_supposed(said: Statement) -> bool:
    return _HYPOTHESIS.search(said.sentence.before(said.relation).lower()) is not None


def check(said: Statement, now: Equation, name: str, value: Node | None) -> Finding | None:
    """Compares an equation in one unknown with the earlier ones.

    Args:
        said: The equation.
        now: The same, as it is to be remembered.
        name: Its unknown.
        value: The value that it states of the unknown, which is on no trial; None: it is no value.
    """
    if said.doubtful or name == "i":
        return None  # the letter may be the imaginary unit
    if value is None and said.state.problem.counts:
        finding = _negative(said, name)
        if finding is not None:
            return finding
    if value is None and not _continues(said, name) and not _only_unknown(said, name):
        return None
    known = said.state.equations
    earlier = [e for e in known if not e.value and e.names == said.names][-MAX_EARLIER:]
    if not earlier or (value is None and _is_supposed(said)):
        return None
    for equation_before in earlier:
        if value is None:
            fits = _compatible(equation_before, now)
        else:
            side = said.right if value is said.right.node else said.left
            loose = said.relation.sign == "≈"
            fits = _satisfies(equation_before, name, said.values(side), value, loose=loose)
        if fits is not False:
            return None
    expected = _root(earlier[-1].left, earlier[-1].right, name)
    found = _root(said.left.node, said.right.node, name)
    return Finding(
        "equation" if value is None else "solution",
        ClaimVerdict.CONFLICT,
        said.span,
        expected=None if expected is None else f"{name} = {shown(expected)}",
        found=None if found is None else f"{name} = {shown(found)}",
        rests_on=tuple(sorted({e.step for e in earlier if e.step >= 0})),
        note="does not satisfy the equations stated before",
    )


def solved(left: Node, right: Node, name: str) -> Node | None:
    """The side that gives the unknown's value, where the other is the unknown alone."""
    for alone, other in ((left, right), (right, left)):
        if alone.op == "v" and alone.name == name and name not in variables(other):
            return other
    return None


def _is_value(known: Equation, name: str) -> bool:
    return known.value and name in known.names


def _continues(said: Statement, name: str) -> bool:
    """Whether the equation right before is one of the same unknown: a derivation goes on."""
    last = said.state.equations[-1:]
    return (
        bool(last)
        and last[0].names == {name}
        and last[0].step >= said.state.step - 2
        and not _is_value(last[0], name)
    )


def _only_unknown(said: Statement, name: str) -> bool:
    """Whether a story has one unknown, so that all its equations speak of one number."""
    return said.state.problem.counts and all(e.names == {name} for e in said.state.equations)


def _negative(said: Statement, name: str) -> Finding | None:
    """An equation about an amount that only a negative number satisfies."""
    root = _root(said.left.node, said.right.node, name)
    if root is None or isinstance(root, complex) or root >= 0 or len(name) > 1:
        return None
    return Finding(
        "negative-amount",
        ClaimVerdict.CONFLICT,
        said.span,
        expected=f"{name} = {shown(root)}",
        note="only a negative amount satisfies the equation",
    )


def _root(left: Node, right: Node, name: str) -> Number | None:
    """The root of a linear equation."""
    try:
        poly = equation(left, right, name)
    except CannotEvaluate:
        return None
    return -Fraction(poly[0]) / poly[1] if len(poly) == 2 else None


def _satisfies(
    known: Equation, name: str, readings: list[Number], written: Node, *, loose: bool
) -> bool | None:
    """Whether any reading of a value solves an earlier equation, allowing for its rounding."""
    decided = False
    for value in readings:
        try:
            a, b = (evaluate(n, {name: value}) for n in (known.left, known.right))
        except CannotEvaluate:
            continue
        if same(a, b):
            return True
        if isinstance(value, complex) or magnitude(value) == math.inf:
            return None
        decided = True
        step = step_of(written)
        nodes = (*numbers(known.left), *numbers(known.right), *numbers(written))
        rough = loose or isinstance(value, float) or any(n.places for n in nodes)
        width = ROUGH * magnitude(value) if rough else 0.0
        if step is not None and (step < 1 or loose):
            width = max(width, float(step))
        if width and _crosses(known, name, float(value), width):
            return True
        if step == 1 and _crosses(known, name, float(value), 0.999):
            return None  # perhaps a rounded root
    return False if decided else None


def _crosses(known: Equation, name: str, value: float, width: float) -> bool:
    """Whether the equation has, or may have, a root within `width` of `value`."""
    gaps: list[float] = []
    for x in (value - width, value, value + width):
        try:
            gap = evaluate(known.left, {name: x}) - evaluate(known.right, {name: x})
        except (CannotEvaluate, OverflowError):
            return True
        if isinstance(gap, complex):
            return True
        gaps.append(math.copysign(magnitude(gap), gap))
    return min(gaps) <= 0 <= max(gaps)


def _compatible(known: Equation, now: Equation) -> bool | None:
    """Whether two equations share a solution; None where their roots are not comparable."""
    a, b = known.roots, now.roots
    if a is None or b is None or len(a) < 2 or len(b) < 2:
        return None
    nodes = [n for e in (known, now) for part in (e.left, e.right) for n in walk(part)]
    if any(n.op == "%" for n in nodes):
        return None  # of what, the words say
    if not any(n.places for n in nodes):
        try:
            return common_root(a, b)
        except CannotEvaluate:
            return None
    if len(a) != 2 or len(b) != 2:
        return None  # decimals may be rounded: only a single root tells how far that goes
    one, other = Fraction(-a[0]) / a[1], Fraction(-b[0]) / b[1]
    return abs(one - other) <= ROUGH * max(abs(one), abs(other))
