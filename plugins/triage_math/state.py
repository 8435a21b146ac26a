"""What a trace has stated so far; later steps are judged against it."""

from dataclasses import dataclass, field
from fractions import Fraction

from triage_math.nodes import Node


@dataclass(frozen=True)
class Equation:
    """An equation as stated: `left = right` in step `step`."""

    left: Node
    right: Node
    step: int
    names: frozenset[str]


@dataclass
class State:
    """The memory of one trace.

    Attributes:
        rounded: Stated values that are rounded, so that later results may differ from them.
        equations: Equations with unknowns, in order.
        unsure: Whether notation is redefined (number bases, custom operators): then plain
            arithmetic proves nothing.
    """

    rounded: set[Fraction] = field(default_factory=set)
    equations: list[Equation] = field(default_factory=list)
    unsure: bool = False
    step: int = -1
