"""Two single numbers: unit conversions, shares as percent, amounts of money."""

from fractions import Fraction

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.statement import Statement
from triage_math.comparing.compare import equal
from triage_math.notation.units import in_unit, same_dimension
from triage_math.parsing.nodes import evaluate


def check(said: Statement) -> Finding | None:
    """Checks `2 hours = 120 minutes`; two numbers without units of one kind claim nothing."""
    a, b = said.left.node, said.right.node
    if said.relation.sign not in {"=", "≈"}:
        return None
    if (a.op == "%") != (b.op == "%"):
        return _percent(said)
    if a.unit == b.unit == "$" and said.relation.sign == "=" and not said.relation.chained:
        return _money(said)
    if not a.unit or not b.unit or a.unit == b.unit:
        return None
    if a.op != "n" or b.op != "n" or not same_dimension(a.unit, b.unit):
        return None
    outcome = equal(a, b, [a.value], [b.value], loose=said.loose, rounded=frozenset())
    if outcome.why == "equal" or outcome.holds is None:
        return None
    verdict = ClaimVerdict.SUPPORTED
    if not outcome.holds:
        sure = not said.cut and not said.doubtful and a.value
        verdict = ClaimVerdict.REFUTED if sure else ClaimVerdict.UNKNOWN
    converted = in_unit(Fraction(a.value), a.unit, b.unit)
    return Finding(
        "unit-conversion",
        verdict,
        said.span,
        expected=None if converted is None else f"{shown(converted)} {b.unit}",
        found=f"{shown(b.value)} {b.unit}",
    )


def _percent(said: Statement) -> Finding:
    """`0.97 = 97%`; a rate beside a number in words is no such claim, so it must be chained."""
    left, right = said.left.node, said.right.node
    a, b = evaluate(left, {}), evaluate(right, {})
    outcome = equal(left, right, [a], [b], loose=said.loose, rounded=frozenset())
    verdict = ClaimVerdict.SUPPORTED if outcome.holds else ClaimVerdict.UNKNOWN
    if outcome.holds is False and said.relation.chained and not said.cut and not said.doubtful:
        verdict = ClaimVerdict.REFUTED
    return Finding("arithmetic", verdict, said.span, expected=shown(a), found=shown(b))


def _money(said: Statement) -> Finding | None:
    """`$9.00 = $1.00`: two different amounts of one currency."""
    a, b = said.left.node.value, said.right.node.value
    if a == b or said.cut or said.doubtful or said.loose:
        return None
    return Finding("arithmetic", ClaimVerdict.REFUTED, said.span, expected=shown(a), found=shown(b))
