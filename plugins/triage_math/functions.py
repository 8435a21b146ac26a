"""Function tables: `f(x) = 2x + 1` once stated, `f(3) = 8` is checked against it."""

from triage.records import ClaimVerdict
from triage_math import identity
from triage_math.compare import equal
from triage_math.findings import Finding, shown
from triage_math.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    numbers,
    variables,
    walk,
)
from triage_math.polynomial import ratio
from triage_math.relations import Relation
from triage_math.sentence import Sentence
from triage_math.state import Function, State


def _learn(call: Node, body: Node, state: State) -> bool:
    """Remembers `f(x) = body`; says whether the relation defines rather than evaluates."""
    argument = call.args[0]
    names = variables(argument)
    if any(n.op == "call" for n in walk(body)):
        return True
    if argument.op == "v":
        if argument.name in variables(body) and (body.op != "v" or call.name not in state.functions):
            _define(call.name, argument.name, body, state)
        return True
    if call.name in state.functions or len(names) != 1:
        return False
    (name,) = names
    inverse = _inverse(argument, name)
    if inverse is not None and variables(body) == names:
        _define(call.name, name, _substitute(body, name, inverse), state)
    return True


def _inverse(argument: Node, name: str) -> Node | None:
    """What the name is in terms of a linear argument: x = (u + 1)/4 for u = 4x - 1."""
    try:
        top, bottom = ratio(argument, name, {})
    except CannotEvaluate:
        return None
    if len(top) != 2 or len(bottom) != 1:
        return None
    slope, shift = top[1] / bottom[0], top[0] / bottom[0]
    moved = Node("-", (Node("v", name=name), Node("n", value=shift)))
    return Node("/", (moved, Node("n", value=slope)))


def expand(node: Node, state: State) -> Node:
    """The tree with every call of a known function replaced by the function's body.

    Raises:
        CannotEvaluate: A function is not known, or known in two ways.
    """
    if node.op == "call":
        known = state.functions.get(node.name)
        if known is None or known.step is None or len(node.args) != 1:
            raise CannotEvaluate
        return _substitute(known.body, known.name, expand(node.args[0], state))
    if not node.args:
        return node
    return node._replace(args=tuple(expand(a, state) for a in node.args))


def _substitute(node: Node, name: str, value: Node) -> Node:
    if node.op == "v":
        return value if node.name == name else node
    if not node.args:
        return node
    return node._replace(args=tuple(_substitute(a, name, value) for a in node.args))


def check(relation: Relation, sentence: Sentence, state: State) -> Finding | None:
    """Remembers a definition, or checks what is said of known functions."""
    left, right = relation.left, relation.right
    if left is None or right is None or relation.sign not in {"=", "≈"} or state.unsure:
        return None
    if left.node.op != "call" or len(left.node.args) != 1 or left.cut or right.cut:
        return None
    if _learn(left.node, right.node, state) or sentence.denied:
        return None
    known = state.functions.get(left.node.name)
    if known is None or any(n.op == "call" for n in walk(right.node)):
        return None
    parameters = variables(known.body) - {known.name}
    if any(e.names & parameters for e in state.equations):
        return None  # the parameters have been determined since
    try:
        ours, theirs = expand(left.node, state), expand(right.node, state)
    except CannotEvaluate:
        return None
    rests_on = () if known.step is None or known.step < 0 else (known.step,)
    span = sentence.span(left.start, right.end)
    if variables(ours) or variables(theirs):
        if not variables(theirs) or variables(theirs) != variables(ours):
            return None
        equal_everywhere = identity.compare(ours, theirs).equal
        if equal_everywhere is None or any(n.places for n in numbers(theirs)):
            return None
        verdict = ClaimVerdict.SUPPORTED if equal_everywhere else ClaimVerdict.CONFLICT
        return Finding("function-value", verdict, span, rests_on=rests_on)
    try:
        a, b = evaluate(ours, {}), evaluate(theirs, {})
    except CannotEvaluate:
        return None
    loose = relation.sign == "≈" or sentence.approximate
    outcome = equal(ours, theirs, [a], [b], loose=loose, rounded=frozenset())
    if outcome.holds is None:
        return None
    verdict = ClaimVerdict.SUPPORTED if outcome.holds else ClaimVerdict.CONFLICT
    return Finding(
        "function-value", verdict, span, expected=shown(a), found=shown(b), rests_on=rests_on
    )


def _define(name: str, parameter: str, body: Node, state: State) -> None:
    """Keeps a definition; a second one that differs makes the function unusable."""
    known = state.functions.get(name)
    if known is None:
        state.functions[name] = Function(parameter, body, state.step)
        return
    if known.step is None:
        return
    if known.name != parameter or identity.compare(body, known.body).equal is not True:
        state.functions[name] = known._replace(step=None)
