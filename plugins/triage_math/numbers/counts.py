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
_SPARE: Final = ("enough", "already ha", "surplus", "ahead", "spare")
"""What that pattern matches holds one of these: looking for them is much faster."""


def check(said: Statement, value: Number) -> Finding | None:
    """What a result that holds cannot count: less than nothing, or parts of persons."""
    left, right = said.left.node, said.right.node
    end = said.span[1] - said.sentence.offset
    around = said.sentence.plain[end - 60 : end + 60]
    if [word for word in _SPARE if word in around] and _SURPLUS.search(around):
        return None
    if said.state.problem.counts and _falls_below_zero(left, right, value):
        return Finding(
            "negative-amount",
            ClaimVerdict.CONFLICT,
            said.span,
            found=shown(value),
            note="more is taken away than there is",
        )
    if _part_of_a_person(said, value):
        return Finding(
            "part-of-a-person",
            ClaimVerdict.CONFLICT,
            said.span,
            found=f"{shown(value)} {right.unit}",
            note="persons are counted in whole numbers",
        )
    return None


def _falls_below_zero(left: Node, right: Node, value: Number) -> bool:
    """Whether positive numbers are subtracted to a negative result."""
    if left.op != "-" or not is_literal(right) or any(n.op == "neg" for n in walk(left)):
        return False
    return below(value, 0)


def _part_of_a_person(said: Statement, value: Number) -> bool:
    if not isinstance(value, Fraction) or value.denominator == 1:
        return False
    unit = said.right.node.unit.split()
    if said.right.node.op != "n" or not unit or unit[0] not in _PERSONS:
        return False
    tokens = said.sentence.tokens
    low = high = said.relation.at
    while low > 0 and tokens[low - 1].kind not in ".\n":
        low -= 1
    while high < len(tokens) and tokens[high].kind not in ".\n":
        high += 1
    return _SHARED.search(said.sentence.plain[tokens[low].start : tokens[high - 1].end]) is None
