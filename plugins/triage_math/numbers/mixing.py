"""Amounts that don't add: `2 hours + 10 minutes = 12 hours`, `$50 + 8 hours = $58`."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.statement import Statement
from triage_math.notation.units import in_unit, kinds, mixes, words
from triage_math.parsing.nodes import Node

_COUNTED: Final = frozenset(
    ("quarter", "quarters", "dime", "dimes", "nickel", "nickels", "penny", "pennies", "in")
)
"""Words that need not be units: coins are counted as things too."""
_ONE_EACH: Final = re.compile(
    r"(?<![\d.,])1(?![\d%]|[.,]\d)|\b(?:one|a) (?:dollar|cent|mile|foot)\b"
)
"""One dollar an hour makes as many dollars as hours."""
WHOLE: Final = 100
SMALL: Final = 2
"""Numbers up to here come from anywhere."""


def check(said: Statement) -> Finding | None:
    """A sum or difference that holds for the numbers alone, though their units forbid it.

    A number has the unit that the problem gives it, if it stands there once and no step has come
    to it since.
    """
    left, right = said.left.node, said.right.node
    if left.op not in ("+", "-") or right.op != "n" or said.relation.sign != "=":
        return None
    one, other = left.args
    if one.op != "n" or other.op != "n":
        return None
    naive = one.value + other.value if left.op == "+" else one.value - other.value
    result = "$" if said.sentence.tokens[said.right.start].kind == "c" else _own(right)
    if right.value != naive or not kinds(result) or said.cut or said.doubtful or said.owned:
        return None
    return _of_two_sizes(said, result) or _of_two_kinds(said, result)


def _of_two_sizes(said: Statement, result: str) -> Finding | None:
    """Hours and minutes, added as if they were one."""
    one, other = said.left.node.args
    ours, theirs = (_own(n) or (_given(n, said) if not n.unit else "") for n in (one, other))
    if not ours or not theirs or not mixes(ours, theirs):
        return None
    amounts = [in_unit(Fraction(n.value), u, result) for n, u in ((one, ours), (other, theirs))]
    if amounts[0] is None or amounts[1] is None:
        return None
    total = amounts[0] + amounts[1] if said.left.node.op == "+" else amounts[0] - amounts[1]
    finding = _finding(said, result, f"{shown(one.value)} {ours}, {shown(other.value)} {theirs}")
    return finding._replace(
        verdict=ClaimVerdict.REFUTED if one.unit and other.unit else ClaimVerdict.CONFLICT,
        expected=f"{shown(total)} {result}",
    )


def _of_two_kinds(said: Statement, result: str) -> Finding | None:
    """A number that the problem gives in hours, added up to dollars."""
    whole = any(n.value == WHOLE for n in said.left.node.args)  # what a percentage is taken of
    for node in said.left.node.args:
        unit = _given(node, said)
        percent = unit == "%" and not whole
        if node.value > SMALL and (percent or (kinds(unit) and not kinds(unit) & kinds(result))):
            if _ONE_EACH.search(said.state.problem.text) is not None:
                return None
            return _finding(said, result, f"the problem says {shown(node.value)} {unit}")
    return None


def _finding(said: Statement, result: str, note: str) -> Finding:
    stated = f"{shown(said.right.node.value)} {result}"
    return Finding("mixed-units", ClaimVerdict.CONFLICT, said.span, found=stated, note=note)


def _given(node: Node, said: Statement) -> str:
    """The unit that the problem gives a number."""
    if node.value in said.state.results:
        return ""
    unit = said.state.problem.amounts.get(Fraction(node.value), "")
    return "" if unit in _COUNTED else unit


def _own(node: Node) -> str:
    """The unit written behind a number, if it is one word that measures."""
    parts = words(node.unit.lower())
    return parts[0] if parts and "/" not in node.unit and parts[0] not in _COUNTED else ""
