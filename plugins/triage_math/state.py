"""What a trace has stated so far; later steps are judged against it."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

from triage_math.nodes import Node


@dataclass(frozen=True)
class Equation:
    """An equation as stated: `left = right` in step `step`.

    Attributes:
        end: Offset in the step at which it ends.
        last: Whether the step ends with it.
    """

    left: Node
    right: Node
    step: int
    names: frozenset[str]
    end: int = 0
    last: bool = False


class Function(NamedTuple):
    """A function as defined in step `step` (-1: in the problem; None: defined in two ways)."""

    name: str
    body: Node
    step: int | None


MAX_EQUATIONS: Final = 200
"""Equations a trace is remembered by; older ones are forgotten."""


@dataclass
class State:
    """The memory of one trace.

    Attributes:
        rounded: Stated values that are rounded, so that later results may differ from them.
        equations: Equations with unknowns, in order.
        functions: Definitions by name.
        tried: Unknowns with the step that last gave them a value for trial (`for n = 5`).
        unsure: Whether notation is redefined (number bases, custom operators): then plain
            arithmetic proves nothing.
        counts: Whether the problem is a story about amounts that cannot be negative.
    """

    rounded: set[Fraction] = field(default_factory=set)
    equations: list[Equation] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)
    unsure: bool = False
    counts: bool = False
    step: int = -1

    def remember(self, equation: Equation) -> None:
        """Adds an equation and forgets the oldest beyond the limit."""
        self.equations.append(equation)
        if len(self.equations) > MAX_EQUATIONS:
            del self.equations[0]
