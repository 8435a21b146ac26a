"""Equations with unknowns: identities, equations without solution, and solutions that do not fit."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math import functions, identity, latex, rewriting, transform
from triage_math.compare import same, step_of
from triage_math.findings import Finding, shown
from triage_math.nodes import (
    CannotEvaluate,
    Mode,
    Node,
    Number,
    evaluate,
    numbers,
    variables,
    walk,
)
from triage_math.polynomial import common_root, equation
from triage_math.readings import nodes_of, values
from triage_math.relations import Relation, Side
from triage_math.sentence import Sentence
from triage_math.state import Equation, State

MAX_EARLIER: Final = 12
"""How many earlier equations of an unknown are compared."""
_HYPOTHESIS: Final = re.compile(
    r"\b(?:if|let|when|suppos\w*|tr(?:y|ied|ying)|case|where|assum\w*|substitut\w*|plug\w*|"
    r"choos\w*|test\w*|or|either|consider\w*|guess\w*|replac\w*|otherwise|assign\w*|example|"
    r"instance|setting|convert\w*|defin\w*|denot\w*|while|vertical|horizontal|asymptotes?|axis)\b"
    r"|\b(?:for|set|at|check\w*|with|put\w*|tak\w+|using|say|line|from|between|points?|as|near|"
    r"evaluat\w*|about|vert\w*|and)\W*$",
    re.IGNORECASE,
)
_TRANSFORM: Final = re.compile(
    r"\b(?:expand|simplif|factor|rewrit|distribut|combin|collect|becomes|equivalent|reduc|cancel)",
    re.IGNORECASE,
)


def check(relation: Relation, sentence: Sentence, state: State) -> Finding | None:
    """Checks one equation with names in it, and remembers it."""
    left, right = relation.left, relation.right
    if left is None or right is None or relation.sign not in {"=", "≈"}:
        return None
    names = variables(left.node) | variables(right.node)
    if any(n.op == "call" for s in (left, right) for n in walk(s.node)):
        return functions.check(relation, sentence, state)
    if not names or left.cut or right.cut:
        return None
    span = sentence.span(left.start, right.end)
    found = (
        _by_itself(relation, left, right, span, sentence, state)
        or transform.check(relation, sentence, state)
        or rewriting.check(relation, sentence, state)
    )
    if found is not None and found.kind not in {"rewriting", "transform"}:
        return found
    if found is not None and found.verdict is ClaimVerdict.CONFLICT:
        _remember(left, right, names, sentence, relation, state)
        return found
    if len(names) == 1:
        (name,) = names
        solution = _is_solution(left.node, right.node, name)
        if solution is not None and _HYPOTHESIS.search(sentence.before(relation)):
            state.tried[name] = state.step
            _remember(left, right, names, sentence, relation, state)
            return found
        if state.tried.get(name) == state.step:
            return found
        if solution is not None and _lists(state, name):
            state.tried[name] = state.step
            return found
        conflict = _negative_root(left, right, name, span, sentence, state) or _against_earlier(
            relation, left, right, name, span, sentence, state
        )
        _remember(left, right, names, sentence, relation, state)
        return conflict or found
    _remember(left, right, names, sentence, relation, state)
    return found


_CLOSING: Final = f" .,;:\n$*{latex.DISPLAY_END}{latex.MATH_OFF}{latex.ROW}"


def _lists(state: State, name: str) -> bool:
    """Whether the equation before gave the same unknown a value too: candidates, not results."""
    last = state.equations[-1:]
    return bool(
        last
        and last[0].names == {name}
        and last[0].step == state.step
        and _is_solution(last[0].left, last[0].right, name) is not None
    )


def _remember(
    left: Side,
    right: Side,
    names: frozenset[str],
    sentence: Sentence,
    relation: Relation,
    state: State,
) -> None:
    end = sentence.tokens[right.end - 1].end
    last = not sentence.plain[end:].strip(_CLOSING)
    state.equations.append(Equation(left.node, right.node, state.step, names, end, last))


def _by_itself(
    relation: Relation,
    left: Side,
    right: Side,
    span: tuple[int, int],
    sentence: Sentence,
    state: State,
) -> Finding | None:
    """An identity, or an equation that no value or only zero satisfies."""
    ours, theirs = variables(left.node), variables(right.node)
    if not ours or not theirs or "v" in (left.node.op, right.node.op):
        return None
    lefts = list(nodes_of(left, sentence.tokens, sentence.letters))
    rights = list(nodes_of(right, sentence.tokens, sentence.letters))
    modes = [Mode()]
    if "log" in left.open_to | right.open_to:
        modes += [Mode(log=2.718281828459045), Mode(log=2.0)]
    difference = identity.best(lefts, rights, modes)
    if difference.equal:
        return Finding("identity", ClaimVerdict.SUPPORTED, span)
    if difference.equal is None or sentence.denied or state.unsure:
        return None
    if "i" in ours | theirs:
        return None  # perhaps the imaginary unit
    if difference.constant:
        return Finding(
            "no-solution", ClaimVerdict.REFUTED, span, note="the sides differ by a constant"
        )
    decimals = any(n.places for s in (left, right) for n in numbers(s.node))
    absolute = any(n.name == "abs" for s in (left, right) for n in walk(s.node))
    if difference.degree == 1 and not absolute and not decimals and relation.sign == "=":
        return Finding(
            "zero-only", ClaimVerdict.REFUTED, span, note="only zero satisfies the equation"
        )
    if decimals or relation.sign == "≈":
        return None
    if ours == theirs and _claims_identity(relation, left, right, sentence, state):
        return Finding(
            "identity", ClaimVerdict.REFUTED, span, note="the sides differ at random points"
        )
    return None


def _claims_identity(
    relation: Relation, left: Side, right: Side, sentence: Sentence, state: State
) -> bool:
    names = variables(left.node)
    for known in state.equations:
        if known.names & names and "v" not in (known.left.op, known.right.op):
            return False
    return relation.chained


def _is_solution(left: Node, right: Node, name: str) -> Node | None:
    if left.op == "v" and left.name == name and name not in variables(right):
        return right
    if right.op == "v" and right.name == name and name not in variables(left):
        return left
    return None


def _against_earlier(
    relation: Relation,
    left: Side,
    right: Side,
    name: str,
    span: tuple[int, int],
    sentence: Sentence,
    state: State,
) -> Finding | None:
    """Compares an equation in one unknown with the earlier ones."""
    if sentence.denied or state.unsure or _HYPOTHESIS.search(sentence.before(relation)):
        return None
    solution = _is_solution(left.node, right.node, name)
    if solution is None and not state.counts:
        previous = state.equations[-1:]
        if (
            not previous
            or previous[0].names != {name}
            or previous[0].step < state.step - 1
            or _is_solution(previous[0].left, previous[0].right, name) is not None
        ):
            return None
    earlier = [
        e for e in state.equations
        if e.names == {name} and _is_solution(e.left, e.right, name) is None
    ][-MAX_EARLIER:]  # fmt: skip
    if not earlier:
        return None
    fits: list[bool] = []
    for known in earlier:
        if solution is not None:
            side = right if solution is right.node else left
            results = values(side, sentence.tokens, sentence.letters, {})
            answer = _satisfies(known, name, results, solution, loose=relation.sign == "≈")
        else:
            answer = _compatible(known, left.node, right.node, name)
        if answer is None or answer:
            return None
        fits.append(answer)
    last = earlier[-1]
    kind = "solution" if solution is not None else "equation"
    expected = _root(last, name)
    return Finding(
        kind,
        ClaimVerdict.CONFLICT,
        span,
        expected=None if expected is None else f"{name} = {shown(expected)}",
        rests_on=tuple(sorted({e.step for e in earlier if e.step >= 0})),
        note="does not satisfy the equations stated before",
    )


def _negative_root(
    left: Side,
    right: Side,
    name: str,
    span: tuple[int, int],
    sentence: Sentence,
    state: State,
) -> Finding | None:
    """An equation about an amount that only a negative number satisfies."""
    if not state.counts or sentence.denied or _is_solution(left.node, right.node, name):
        return None
    root = _root(Equation(left.node, right.node, 0, frozenset()), name)
    if root is None or isinstance(root, complex) or root >= 0 or len(name) > 1:
        return None
    return Finding(
        "negative-amount",
        ClaimVerdict.CONFLICT,
        span,
        expected=f"{name} = {shown(root)}",
        note="only a negative amount satisfies the equation",
    )


def _root(known: Equation, name: str) -> Number | None:
    try:
        poly = equation(known.left, known.right, name)
    except CannotEvaluate:
        return None
    return -poly[0] / poly[1] if len(poly) == 2 else None


def _satisfies(
    known: Equation, name: str, results: list[Number], written: Node, *, loose: bool
) -> bool | None:
    """Whether any reading of a value solves an earlier equation, allowing for its rounding."""
    if not results:
        return None
    sure = False
    for value in results:
        try:
            a, b = (evaluate(n, {name: value}) for n in (known.left, known.right))
        except CannotEvaluate:
            continue
        sure = True
        if same(a, b):
            return True
        if isinstance(value, complex):
            return None
        step = step_of(written)
        rough = isinstance(value, float) or any(
            n.places for n in (*numbers(known.left), *numbers(known.right), *numbers(written))
        )
        size = abs(float(value))
        width = float(step) if step is not None and step < 1 else 0.0
        width = max(width, 0.02 * size if loose or rough else 0.0, 1.0 if loose and step == 1 else 0)
        if width and _crosses(known, name, float(value), width):
            return True
        if step == 1 and _crosses(known, name, float(value), 0.999):
            return None
    return False if sure else None


def _crosses(known: Equation, name: str, value: float, width: float) -> bool:
    """Whether the equation has a root within `width` of `value`."""
    gaps: list[float] = []
    for x in (value - width, value, value + width):
        try:
            gap = evaluate(known.left, {name: x}) - evaluate(known.right, {name: x})
        except CannotEvaluate:
            return True
        if isinstance(gap, complex):
            return True
        gaps.append(float(gap))
    return min(gaps) <= 0 <= max(gaps)


def _compatible(known: Equation, left: Node, right: Node, name: str) -> bool | None:
    """Whether two equations share a solution."""
    parts = (known.left, known.right, left, right)
    if any(n.places for part in parts for n in numbers(part)):
        return None
    try:
        a, b = equation(known.left, known.right, name), equation(left, right, name)
        if len(a) < 2 or len(b) < 2:
            return None
        return common_root(a, b)
    except CannotEvaluate:
        return None
