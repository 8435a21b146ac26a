"""True calculations whose result cannot be what the words say it counts."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.statement import Statement
from triage_math.comparing.compare import below
from triage_math.parsing.nodes import Node, Number, is_literal, walk

_PERSONS: Final = frozenset(
    ("boys", "girls", "people", "persons", "students", "children", "kids", "men", "women", "guests",
     "passengers", "employees", "workers", "teachers", "players", "adults", "customers", "friends",
     "members", "visitors", "voters")
)  # fmt: skip
_SHARED: Final = re.compile(
    r"\b(?:per|for each|for every|average|mean|expect\w*|rate|ratio|times|equivalent|about|"
    r"hours?|days?)\b",
    re.IGNORECASE,
)
"""Words by which a part of a person is a share or an average."""

_SURPLUS: Final = re.compile(
    r"\b(?:more than enough|already has|already have|surplus|ahead|to spare)\b"
)
"""What a negative result may be said to mean."""


def check(said: Statement, value: Number) -> Finding | None:
    """What a result that holds cannot count: less than nothing, or parts of persons."""
    left, right = said.left.node, said.right.node
    if _falls_below_zero(left, right, value) and said.state.problem.counts:
        finding = Finding(
            "negative-amount",
            ClaimVerdict.CONFLICT,
            said.span,
            found=shown(value),
            note="more is taken away than there is",
        )
    elif _part_of_a_person(said, value):
        finding = Finding(
            "part-of-a-person",
            ClaimVerdict.CONFLICT,
            said.span,
            found=f"{shown(value)} {right.unit}",
            note="persons are counted in whole numbers",
        )
    else:
        return None
    end = said.span[1] - said.sentence.offset
    return None if _SURPLUS.search(said.sentence.plain[max(0, end - 60) : end + 60]) else finding


def _falls_below_zero(left: Node, right: Node, value: Number) -> bool:
    """Whether positive numbers are subtracted to a negative result."""
    if left.op != "-" or not below(value, 0) or not is_literal(right):
        return False
    return not [n for n in walk(left) if n.op == "neg"]


def _part_of_a_person(said: Statement, value: Number) -> bool:
    unit = said.right.node.unit.split()
    if said.right.node.op != "n" or not unit or unit[0] not in _PERSONS:
        return False
    if not isinstance(value, Fraction) or value.denominator == 1:
        return False
    tokens = said.sentence.tokens
    low = high = said.relation.at
    while low > 0 and tokens[low - 1].kind not in ".\n":
        low -= 1
    while high < len(tokens) and tokens[high].kind not in ".\n":
        high += 1
    return _SHARED.search(said.sentence.plain[tokens[low].start : tokens[high - 1].end]) is None
