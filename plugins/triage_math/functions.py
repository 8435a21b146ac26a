"""Function tables: `f(x) = 2x + 1` once stated, `f(3) = 8` is checked against it."""

from triage.records import ClaimVerdict
from triage_math.compare import equal
from triage_math.findings import Finding, shown
from triage_math.nodes import CannotEvaluate, Node, Number, evaluate, is_literal, variables, walk
from triage_math.readings import values
from triage_math.relations import Relation
from triage_math.sentence import Sentence
from triage_math.state import Function, State


def check(relation: Relation, sentence: Sentence, state: State) -> Finding | None:
    """Remembers a definition, or checks a value of a known function."""
    left, right = relation.left, relation.right
    if left is None or right is None or left.node.op != "call" or relation.sign != "=":
        return None
    call, body = left.node, right.node
    if len(call.args) != 1 or left.cut or right.cut:
        return None
    argument = call.args[0]
    if any(n.op == "call" for n in walk(body)) or state.unsure:
        return None
    if argument.op == "v" and variables(body) == {argument.name}:
        _define(call.name, argument.name, body, state)
        return None
    if variables(argument) or variables(body) or sentence.denied:
        return None
    known = state.functions.get(call.name)
    if known is None or known.step is None:
        return None
    try:
        point = evaluate(argument, {})
        expected = evaluate(known.body, {known.name: point})
    except CannotEvaluate:
        return None
    results = values(right, sentence.tokens, sentence.letters, {})
    outcome = equal(
        known.body, body, [expected], results, loose=sentence.approximate, rounded=frozenset()
    )
    if outcome.holds is None:
        return None
    return Finding(
        "function-value",
        ClaimVerdict.SUPPORTED if outcome.holds else ClaimVerdict.CONFLICT,
        sentence.span(left.start, right.end),
        expected=shown(expected),
        found=shown(results[0]),
        rests_on=(known.step,) if known.step >= 0 else (),
    )


def _define(name: str, parameter: str, body: Node, state: State) -> None:
    """Keeps a definition; a second one that differs makes the function unusable."""
    known = state.functions.get(name)
    if known is None:
        state.functions[name] = Function(parameter, body, state.step)
        return
    if known.step is None:
        return
    for point in (2, 3, 5):
        try:
            ours: Number = evaluate(body, {parameter: point})
            theirs = evaluate(known.body, {known.name: point})
        except CannotEvaluate:
            continue
        if ours != theirs and abs(ours - theirs) > 1e-9 * abs(ours):
            state.functions[name] = known._replace(step=None)
            return
