"""An equation written again with the same left side: its right sides must agree."""

import re
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.comparing import identity
from triage_math.comparing.compare import equal, same
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    is_literal,
    numbers,
    variables,
    walk,
)

_CONNECTING: Final = frozenset(
    ("so", "thus", "therefore", "then", "which", "simplifies", "simplify", "simplifying", "to",
     "gives", "give", "giving", "we", "get", "have", "hence", "this", "becomes", "that", "is",
     "can", "be", "written", "as", "further", "the", "expression", "equation", "us", "now",
     "next", "it", "following", "calculate", "calculating", "compute", "computing", "evaluate",
     "evaluating", "result", "obtain", "equals", "terms", "combine", "combining",
     "like", "fraction", "reduces", "down", "text", "quad", "rewrite", "rewriting", "multiply",
     "multiplying", "out", "expand", "expanding", "add", "adding", "subtract", "subtracting")
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+|\d")


def check(said: Statement) -> Finding | None:
    """Compares `L = R2` with the equation `L = R1` stated right before it."""
    if said.doubtful or said.relation.chained or not said.state.equations:
        return None
    known, left, right = said.state.equations[-1], said.left.node, said.right.node
    if known.left != left and ("v" in (known.left.op, left.op) or not said.left.names):
        return None  # before anything that takes longer
    if known.left_names != said.left.names or not said.left.names or not _follows(known, said):
        return None
    if not _same(known.left, left):
        return None
    if not _simpler(known.right, right) or _parallel(known.right, right):
        return None
    if any(n.op == "±" for n in walk(known.right)):
        return None  # one root of several may follow
    if variables(known.right) != said.right.names:
        return None
    rests_on = (known.step,) if 0 <= known.step < said.state.step else ()
    if said.right.names:
        equal_everywhere = identity.compare(known.right, right).equal
        if equal_everywhere is None or any(n.places for n in numbers(right)):
            return None
        verdict = ClaimVerdict.SUPPORTED if equal_everywhere else ClaimVerdict.CONFLICT
        finding = Finding("rewriting", verdict, said.span, rests_on=rests_on)
        return finding.seen(identity.witness(known.right, right))
    try:
        expected = evaluate(known.right, {})
    except CannotEvaluate:
        return None
    found, rounded = said.values(said.right), frozenset(said.state.rounded)
    held = equal(known.right, right, [expected], found, loose=said.loose, rounded=rounded)
    if held.holds is None or (not held.holds and _as_before(said, known, found)):
        return None
    return Finding(
        "rewriting",
        ClaimVerdict.SUPPORTED if held.holds else ClaimVerdict.CONFLICT,
        said.span,
        expected=shown(expected),
        found=shown(found[0]),
        rests_on=rests_on,
        note="the line before says otherwise",
    )


def _as_before(said: Statement, known: Equation, found: list[Number]) -> bool:
    """Whether the value is that of a line before the one it differs from: that one was the slip."""
    for earlier in said.state.equations[:-1]:
        if earlier.step == known.step and _same(earlier.left, known.left):
            try:
                value = evaluate(earlier.right, {})
            except CannotEvaluate:
                continue
            if any(same(value, one) for one in found):
                return True
    return False


def _follows(known: Equation, said: Statement) -> bool:
    """Whether only connecting words stand between the two equations."""
    begin = said.span[0]
    if known.step == said.state.step:
        gap = said.sentence.plain[known.end : begin]
    elif known.step == said.state.step - 1 and known.last:
        gap = said.sentence.plain[:begin]
    else:
        return False
    return len(gap) < 200 and all(w.lower() in _CONNECTING for w in _WORD.findall(gap))


def _shape(node: Node) -> tuple[object, ...]:
    """The tree without signs, to know two roots of one formula."""
    if node.op == "neg":
        return _shape(node.args[0])
    op = "+" if node.op == "-" else node.op
    return (op, node.value, node.name, *(_shape(a) for a in node.args))


def _parallel(a: Node, b: Node) -> bool:
    return a != b and _shape(a) == _shape(b)


def _same(a: Node, b: Node) -> bool:
    if a == b:
        return True
    if a.op == "v" or b.op == "v" or variables(a) != variables(b) or not variables(a):
        return False
    return identity.compare(a, b).equal is True


def _operations(node: Node) -> int:
    return sum(1 for n in walk(node) if n.args)


def _simpler(before: Node, after: Node) -> bool:
    """Whether `after` can be `before` worked out: a literal is worked out already."""
    if is_literal(before) or any(n == after for n in walk(before)):
        return False  # worked out already, or a part taken first
    return _operations(after) <= _operations(before)
