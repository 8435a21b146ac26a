"""An equation derived from earlier ones: it must not contradict a combination of them."""

import re
from collections.abc import Iterable
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.equations import solutions, transform
from triage_math.parsing.nodes import CannotEvaluate, is_literal
from triage_math.polynomials.monomials import follows, gap, names

MAX_KNOWN: Final = 16
_REWORKS: Final = re.compile(
    r"\b(?:simplif|expand|distribut|combin|collect|rearrang|isolat|rewrit|re-?arrang|equivalent|"
    r"(?:divid|multipl|subtract|add|mov|bring|transpos|cancel)\w*)|⇒",
    re.IGNORECASE,
)
_SOLVES: Final = re.compile(
    r"\b(?:solv|eliminat|substitut|combin|(?:add|subtract)\w* (?:the|these|both|equations?|them))",
    re.IGNORECASE,
)
_SOLVING: Final = ("solv", "eliminat", "substitut", "combin", "add", "subtract")
_ISOLATING: Final = ("solv", "isolat")
"""What the pattern of the same kind matches holds one of these: looking for them is faster."""
_ISOLATES: Final = re.compile(r"\b(?:solv\w*\W(?:\w+ ){0,2}for\b|isolat)", re.IGNORECASE)
_TOGETHER: Final = re.compile(
    r"\b(?:system|equations|substitut|both of|simultaneous)", re.IGNORECASE
)
_NEW: Final = re.compile(
    r"\b(?:if|let|case|suppos|assum|or|either|another|other|second line|parallel|shift|translat|"
    r"replac|swap|interchang|reflect|instead|try|test|check|verif|modulo|mod|inequalit)"
)


def check(said: Statement, now: Equation) -> Finding | None:
    """Compares an equation with what combinations of earlier equations say of the same terms.

    Args:
        said: The equation.
        now: The same, as it is to be remembered.
    """
    if said.relation.sign != "=" or said.relation.chained or said.doubtful:
        return None
    if not said.state.equations:
        return None
    wrong = _solved_wrongly(said)
    known = [] if wrong else _known(said)
    if not (wrong or known) or said.has_decimals:
        return None
    if wrong:
        last = said.state.equations[-1].step
        return _finding(said, (last,), "does not follow from the equation before it")
    claim = now.terms
    if claim is None or not names(claim) <= frozenset().union(*(e.names for e in known)):
        return None
    try:
        between = gap(claim, [e.terms for e in known if e.terms is not None])
        if not between or any(e.terms and follows(claim, e.terms) for e in said.state.equations):
            return None
    except CannotEvaluate:
        return None
    finding = _finding(
        said, (e.step for e in known), "contradicts a combination of the equations before it"
    )
    return finding._replace(
        expected=f"sides that differ by {shown(max(between, -between))}", found="equal sides"
    )


def _finding(said: Statement, steps: Iterable[int], note: str) -> Finding:
    earlier = tuple(sorted({step for step in steps if 0 <= step < said.state.step}))
    return Finding("derivation", ClaimVerdict.CONFLICT, said.span, rests_on=earlier, note=note)


def _solved_wrongly(said: Statement) -> bool:
    """Whether the equation right before, solved for one of its unknowns, gives something else."""
    left, right = said.left.node, said.right.node
    if len(said.names) < 2 or not [stem for stem in _ISOLATING if stem in said.sentence.low]:
        return False
    last = said.state.equations[-1]
    if last.names != said.names or not _right_before(last, said):
        return False
    words = said.sentence.lead(said.relation) + said.sentence.before(said.relation)
    if _ISOLATES.search(words) is None or _NEW.search(words.lower()) or _TOGETHER.search(words):
        return False
    if all(solutions.solved(left, right, name) is None for name in said.names):
        return False
    return transform.follows(last, left, right) is False


def _known(said: Statement) -> list[Equation]:
    """The equations it is derived from; none where the words do not say that it is derived."""
    equations = said.state.equations[-MAX_KNOWN:]
    last = equations[-1]
    solving = [stem for stem in _SOLVING if stem in said.sentence.low]
    if not solving and (last.names != said.names or not _right_before(last, said)):
        return []
    words = said.sentence.lead(said.relation) + said.sentence.before(said.relation)
    solves = solving and _SOLVES.search(words) and "inverse" not in said.state.problem.text
    if not solves and (last.names != said.names or not _REWORKS.search(words)):
        return []
    if _NEW.search(words.lower()):
        return []
    for name in said.names:
        if solutions.solved(said.left.node, said.right.node, name) is not None and any(
            _is_value(e, name) for e in equations
        ):
            return []  # one of several values
    if solves:
        return [e for e in equations if e.names != said.names or len(e.names) > 1]
    return [last] if _right_before(last, said) else []


def _right_before(known: Equation, said: Statement) -> bool:
    """Whether no other relation stands between an equation and the one that is stated."""
    start = said.span[0] - said.sentence.offset
    if known.step == said.state.step:
        return "=" not in said.sentence.plain[known.end : start]
    return (
        known.step == said.state.step - 1 and known.last and "=" not in said.sentence.plain[:start]
    )


def _is_value(known: Equation, name: str) -> bool:
    value = solutions.solved(known.left, known.right, name)
    return value is not None and is_literal(value)
