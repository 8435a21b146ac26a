"""Derivatives: `f'(x) = ...` against the slope of a function or curve stated before."""

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.statement import Statement
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, evaluate, variables, walk

_POINTS = (0.6, 1.3, 2.1)
_STEP = 1e-4
_SLACK = 1e-4
"""Relative; a central difference is good to about its step squared."""


def check(said: Statement) -> Finding | None:
    """Compares the right side with the slope; None where no function of one name is known."""
    left, right = said.left.node, said.right.node
    if not left.name.endswith("'") or left.name.endswith("''") or said.cut or said.doubtful:
        return None
    base, step = _function(left, said)
    if base is None or said.has_decimals or said.relation.sign != "=":
        return None
    (name,) = variables(base)
    if variables(right) != {name}:
        return None  # an equation for the points where the slope has a value
    if "raised" in said.right.open_to or any(_ambiguous(n) for n in walk(base)):
        return None
    gaps: list[tuple[float, float, float]] = []
    for point in _POINTS:
        try:
            slope = _real(base, name, point + _STEP) - _real(base, name, point - _STEP)
            gaps.append((point, slope / (2 * _STEP), _real(right, name, point)))
        except CannotEvaluate:
            continue
    if len(gaps) < 2:
        return None
    wrong = [g for g in gaps if abs(g[1] - g[2]) > _SLACK * max(1.0, abs(g[1]))]
    if wrong and len(wrong) < len(gaps):
        return None
    finding = Finding(
        "derivative",
        ClaimVerdict.CONFLICT if wrong else ClaimVerdict.SUPPORTED,
        said.span,
        rests_on=(step,) if step >= 0 else (),
    )
    if not wrong:
        return finding
    point, slope, stated = wrong[0]
    return finding.seen(
        (f"{slope:.4g} at {name} = {point}", f"{shown(stated)} at {name} = {point}")
    )


def _ambiguous(node: Node) -> bool:
    """Whether a power stands over a number: `x^2/3` may have lost its brackets."""
    return node.op == "/" and node.args[0].op == "^" and node.args[1].op == "n"


def _real(node: Node, name: str, point: float) -> float:
    value: Number = evaluate(node, {name: point})
    if isinstance(value, complex):
        raise CannotEvaluate
    return float(value)


def _function(left: Node, said: Statement) -> tuple[Node | None, int]:
    """The body whose derivative is named, and the step that stated it."""
    plain = left.name.rstrip("'")
    if left.op == "call":
        known = said.state.functions.get(plain)
        argument = left.args[0]
        if known is None or known.step is None or argument.op != "v":
            return None, -1
        one = variables(known.body) == {known.name} == {argument.name}
        return (known.body if one else None), known.step
    stated = [e for e in said.state.equations if e.left.op == "v" and e.left.name == plain]
    if left.op != "v" or not stated or len(variables(stated[-1].right)) != 1:
        return None, -1
    if len({e.right for e in stated}) > 1 or plain in variables(stated[-1].right):
        return None, -1
    return stated[-1].right, stated[-1].step
