"""Function tables: `f(x) = 2x + 1` once stated, `f(3) = 8` is checked against it."""

from fractions import Fraction

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.state import Function, State
from triage_math.claims.statement import Statement
from triage_math.comparing import identity
from triage_math.comparing.compare import equal
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Node,
    evaluate,
    variables,
    walk,
)
from triage_math.polynomials.polynomial import ratio


def _learn(call: Node, body: Node, state: State) -> bool:
    """Remembers `f(x) = body`; says whether the relation defines rather than evaluates."""
    argument = call.args[0]
    names = variables(argument)
    if any(n.op == "call" for n in walk(body)):
        return bool(names)
    if argument.op == "v":
        if argument.name in variables(body) and (
            body.op != "v" or call.name not in state.functions
        ):
            _define(call.name, argument.name, body, state)
        return True
    if call.name in state.functions or len(names) != 1:
        return False
    (name,) = names
    inverse = _inverse(argument, name)
    if inverse is not None and variables(body) == names and "integer" not in state.problem.text:
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
    slope, shift = Fraction(top[1]) / bottom[0], Fraction(top[0]) / bottom[0]
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


def check(said: Statement) -> Finding | None:
    """Remembers a definition, or checks what is said of known functions."""
    call, right, state = said.left.node, said.right.node, said.state
    if call.op != "call" or len(call.args) != 1 or said.cut or state.problem.unsure:
        return None
    if _learn(call, right, state) or said.doubtful:
        return None
    known = state.functions.get(call.name)
    if known is None:
        return None
    parameters = variables(known.body) - {known.name}
    if any(e.names <= parameters for e in state.equations):
        return None  # the parameters have been determined since
    try:
        ours, right = expand(call, state), expand(right, state)
        if variables(ours) or variables(right):
            if right != said.right.node:
                return None  # an equation of the parameters
            return _everywhere(ours, right, known, said)
        a, b = evaluate(ours, {}), evaluate(right, {})
    except CannotEvaluate:
        return None
    outcome = equal(ours, right, [a], [b], loose=said.loose, rounded=frozenset())
    if outcome.holds is None:
        return None
    verdict = ClaimVerdict.SUPPORTED if outcome.holds else ClaimVerdict.CONFLICT
    found = Finding("function-value", verdict, said.span, rests_on=_source(known))
    return found._replace(expected=shown(a), found=shown(b))


def _everywhere(ours: Node, right: Node, known: Function, said: Statement) -> Finding | None:
    """Checks `f(-x) = ...` and the like at random points."""
    if not variables(right) or variables(right) != variables(ours) or said.has_decimals:
        return None
    held = identity.compare(ours, right).equal
    if held is None:
        return None
    verdict = ClaimVerdict.SUPPORTED if held else ClaimVerdict.CONFLICT
    finding = Finding("function-value", verdict, said.span, rests_on=_source(known))
    return finding.seen(identity.witness(ours, right))


def _source(known: Function) -> tuple[int, ...]:
    return () if known.step is None or known.step < 0 else (known.step,)


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
