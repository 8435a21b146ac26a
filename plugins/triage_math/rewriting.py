"""An equation written again with the same left side: its right sides must agree."""

import re
from typing import Final

from triage.records import ClaimVerdict
from triage_math import identity
from triage_math.compare import equal
from triage_math.findings import Finding, shown
from triage_math.nodes import CannotEvaluate, Node, evaluate, is_literal, numbers, variables, walk
from triage_math.readings import values
from triage_math.relations import Relation
from triage_math.sentence import Sentence
from triage_math.state import Equation, State

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


def check(relation: Relation, sentence: Sentence, state: State) -> Finding | None:
    """Compares `L = R2` with the equation `L = R1` stated right before it."""
    left, right = relation.left, relation.right
    if left is None or right is None or relation.chained or not state.equations:
        return None
    known = state.equations[-1]
    if sentence.denied or state.unsure or not _follows(known, left.start, sentence, state):
        return None
    if not variables(left.node) or not _same(known.left, left.node):
        return None
    if not _simpler(known.right, right.node) or _parallel(known.right, right.node):
        return None
    span = sentence.span(left.start, right.end)
    rests_on = (known.step,) if 0 <= known.step < state.step else ()
    ours, theirs = variables(known.right), variables(right.node)
    if ours != theirs:
        return None
    if ours:
        outcome = identity.compare(known.right, right.node).equal
        if outcome is None or any(n.places for n in numbers(right.node)):
            return None
        verdict = ClaimVerdict.SUPPORTED if outcome else ClaimVerdict.CONFLICT
        return Finding("rewriting", verdict, span, rests_on=rests_on)
    try:
        expected = evaluate(known.right, {})
    except CannotEvaluate:
        return None
    results = values(right, sentence.tokens, sentence.letters, {})
    loose = relation.sign == "≈" or sentence.approximate
    held = equal(
        known.right, right.node, [expected], results, loose=loose, rounded=frozenset(state.rounded)
    )
    if held.holds is None:
        return None
    return Finding(
        "rewriting",
        ClaimVerdict.SUPPORTED if held.holds else ClaimVerdict.CONFLICT,
        span,
        expected=shown(expected),
        found=shown(results[0]),
        rests_on=rests_on,
        note="differs from the line before",
    )


def _follows(known: Equation, start: int, sentence: Sentence, state: State) -> bool:
    """Whether only connecting words stand between the two equations."""
    begin = sentence.tokens[start].start
    if known.step == state.step:
        gap = sentence.plain[known.end : begin]
    elif known.step == state.step - 1 and known.last:
        gap = sentence.plain[:begin]
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


