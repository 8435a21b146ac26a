"""What integrals and limits share: real values of an expression, links of a chain, rounding."""

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from triage_math.comparing.compare import step_of
from triage_math.notation import latex
from triage_math.parsing import expressions
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Mode,
    Node,
    Number,
    evaluate,
    numbers,
    variables,
)

NATURAL: Final = Mode(log=math.e)
BOUND: Final = r"(?:\{{(?P<{0}>[^{{}}]{{1,20}})\}}|(?P<{0}1>\w))"
"""A bound as LaTeX writes it: braced, or one sign."""
_END: Final = re.compile(rf"[{latex.MATH_OFF}{latex.DISPLAY_END}{latex.ROW}\n$⇒]")
MAX_LINKS: Final = 6


def real(node: Node, env: Mapping[str, Number]) -> float:
    """The real value of a tree; `log` is the natural one.

    Raises:
        CannotEvaluate: It has none.
    """
    value = evaluate(node, {"e": math.e, **env}, NATURAL)
    if isinstance(value, complex):
        raise CannotEvaluate
    try:
        return float(value)
    except OverflowError as error:
        raise CannotEvaluate from error


def unknowns(node: Node) -> frozenset[str]:
    """The names in a tree; `e` is a constant."""
    return variables(node) - {"e"}


class Link(NamedTuple):
    """A right side of a chain: its text and where it stands."""

    text: str
    start: int
    last: bool


def links(plain: str, start: int) -> list[Link]:
    """The right sides that follow the relation which ends at `start`, up to the formula's end."""
    stop = _END.search(plain, start)
    end = min(stop.start() if stop else len(plain), start + MAX_LINKS * expressions.MAX_CHARS)
    found: list[Link] = []
    for part in plain[start:end].split("=")[:MAX_LINKS]:
        found.append(Link(part, start, last=False))
        start += len(part) + 1
    found[-1] = found[-1]._replace(last=True)
    return found


def slack(node: Node) -> float:
    """How far a stated value may be off by rounding."""
    if not any(n.places > 0 for n in numbers(node)):
        return 0.0
    shown = step_of(node)
    return float(shown) if shown is not None else math.inf
