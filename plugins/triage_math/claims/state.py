"""What a trace has stated so far; later steps are judged against it."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple

from triage_math.claims.problem import Problem
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, numbers, variables
from triage_math.polynomials.monomials import Terms, terms
from triage_math.polynomials.polynomial import Poly, Row, equation, row


@dataclass(frozen=True)
class Equation:
    """An equation as stated: `left = right` in step `step`.

    Attributes:
        end: Offset in the step at which it ends.
        last: Whether the step ends with it.
        value: Whether it only says what its one unknown is.
    """

    left: Node
    right: Node
    step: int
    names: frozenset[str]
    end: int = 0
    last: bool = False
    value: bool = False

    @cached_property
    def left_names(self) -> frozenset[str]:
        """Names on the left side."""
        return variables(self.left)

    @cached_property
    def roots(self) -> Poly | None:
        """The polynomial whose roots solve it in its one unknown; None if there is none.

        Kept, since every later equation of the unknown is compared with it.
        """
        (name,) = self.names
        try:
            return equation(self.left, self.right, name)
        except CannotEvaluate:
            return None

    @cached_property
    def row(self) -> Row | None:
        """It as a row of a linear system in its two unknowns; None if it is none.

        Kept like `roots`.
        """
        if any(n.places for side in (self.left, self.right) for n in numbers(side)):
            return None
        x, y = sorted(self.names)
        try:
            return row(self.left, self.right, x, y)
        except CannotEvaluate:
            return None

    @cached_property
    def terms(self) -> Terms | None:
        """The polynomial that is zero where it holds; None if it is no rational equation."""
        try:
            return terms(self.left, self.right)
        except CannotEvaluate:
            return None


class Function(NamedTuple):
    """A function as defined in step `step` (-1: in the problem; None: defined in two ways)."""

    name: str
    body: Node
    step: int | None


class Tail(NamedTuple):
    """The expression that step `step` ends with, as plain text, inside mathematics or not."""

    text: str
    step: int
    math: bool


MAX_EQUATIONS: Final = 200
"""Equations a trace is remembered by; older ones are forgotten."""


@dataclass
class State:
    """The memory of one trace.

    Attributes:
        rounded: Stated values that are rounded, so that later results may differ from them.
        equations: Equations with unknowns, in order.
        functions: Definitions by name.
        inequality: The sign and the sides of the inequality stated last.
        tried: Unknowns with the step that last gave them a value for trial (`for n = 5`).
        results: Values that the steps came to.
        computed: Calculations made so far, with the step that made each first.
        tail: The expression the step before ended with.
        problem: What the problem says of how its story is to be read.
        options: The texts of the answer options by their letters.
    """

    rounded: set[Fraction] = field(default_factory=set)
    equations: list[Equation] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    inequality: tuple[str, Equation] | None = None
    tried: dict[str, int] = field(default_factory=dict)
    results: set[Number] = field(default_factory=set)
    computed: dict[str, int] = field(default_factory=dict)
    tail: Tail | None = None
    problem: Problem = field(default_factory=Problem)
    options: dict[str, str] = field(default_factory=dict)
    step: int = -1

    def leave_case(self) -> None:
        """Forgets what held in a case that another follows."""
        self.equations.clear()
        self.tried.clear()
        self.inequality = None

    def remember(self, equation: Equation) -> None:
        """Adds an equation and forgets the oldest beyond the limit."""
        self.equations.append(equation)
        if len(self.equations) > MAX_EQUATIONS:
            del self.equations[0]
