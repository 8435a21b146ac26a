"""A relation with both sides readable, and everything a check needs to judge it."""

import re
from typing import Final, NamedTuple

from triage_math.claims.sentence import Sentence
from triage_math.claims.state import State
from triage_math.parsing.nodes import Node, Number, walk
from triage_math.parsing.readings import nodes_of, values
from triage_math.parsing.relations import Relation, Side

_CONNECTING: Final = frozenset(
    ("so", "thus", "then", "hence", "get", "have", "therefore", "gives", "that", "is", "we", "and",
     "yields", "obtain", "becomes", "write", "now", "since", "us", "because", "means", "find")
)  # fmt: skip

_FURTHER: Final = 300
_TRIES: Final = re.compile(
    r"\b(?:substitut|plug|put|try|test|verify|check (?:if|whether))", re.IGNORECASE
)
_FALLS_SHORT: Final = re.compile(
    r"\bnot (?:result|hold|true|satisf|equal|work|correct|a solution)"
    r"|\b(?:less|greater|more) than\b|\bexceed|\btoo (?:small|large|big)\b|\bfail",
    re.IGNORECASE,
)


class Statement(NamedTuple):
    """`left sign right`, where it stands and what is known.

    Attributes:
        relation: The relation itself.
        left: Its left side.
        right: Its right side.
        sentence: The words around it.
        state: What the trace has stated so far.
        names: Free variables of both sides.
    """

    relation: Relation
    left: Side
    right: Side
    sentence: Sentence
    state: State
    names: frozenset[str]

    @property
    def span(self) -> tuple[int, int]:
        """Characters of the step that state it."""
        return self.sentence.span(self.left.start, self.right.end)

    @property
    def cut(self) -> bool:
        """Whether a side may be only part of what is meant."""
        return self.left.cut or self.right.cut

    @property
    def owned(self) -> bool:
        """Whether the left side is one number that belongs to the words before it, or a condition.

        `Section 2 = x + 200` does not speak of 2, nor does `drank 2 quarts = 16 * 2`.
        """
        if self.relation.chained or not self.left.start:
            return False
        before = self.sentence.tokens[self.left.start - 1]
        if self.left.node.op != "n":
            return before.text in ("if", "If")
        return before.kind == "(" or (before.kind == "w" and before.text.lower() not in _CONNECTING)

    @property
    def doubtful(self) -> bool:
        """Whether the words may deny it, or its notation is redefined."""
        return self.sentence.denied or (self.state.problem.unsure and not self.decimal)

    @property
    def trial(self) -> bool:
        """Whether values are put into an equation to see, and the words find that it fails."""
        start, end = self.span
        start, end = start - self.sentence.offset, end - self.sentence.offset
        before, after = self.sentence.plain[:start], self.sentence.plain[end : end + _FURTHER]
        return _TRIES.search(before) is not None and _FALLS_SHORT.search(after) is not None

    @property
    def decimal(self) -> bool:
        """Whether it is decimal although number bases are in play.

        So it is if a digit is too large for them, or every number carries its base.
        """
        tokens = self.sentence.tokens[self.left.start : self.right.end]
        numerals = [t.text for t in tokens if t.kind == "n"]
        if self.state.problem.base == 0 or not numerals:
            return False
        if all("_" in n for n in numerals):
            return True
        return any(c.isdigit() and int(c) >= self.state.problem.base for n in numerals for c in n)

    @property
    def loose(self) -> bool:
        """Whether it is said to hold approximately."""
        return self.relation.sign == "≈" or self.sentence.approximate

    @property
    def has_decimals(self) -> bool:
        """Whether a side shows a decimal, which may be rounded."""
        return bool([n for s in (self.left, self.right) for n in walk(s.node) if n.places])

    def has(self, op: str) -> bool:
        """Whether an operation stands in it."""
        return bool([n for s in (self.left, self.right) for n in walk(s.node) if n.op == op])

    def values(self, side: Side, target: str = "") -> list[Number]:
        """The values a side can have (see `readings.values`)."""
        return values(side, self.sentence.tokens, self.sentence.letters, {}, target)

    def nodes(self, side: Side) -> list[Node]:
        """The trees a side can be read as."""
        return list(nodes_of(side, self.sentence.tokens, self.sentence.letters))


def of(relation: Relation, sentence: Sentence, state: State) -> Statement | None:
    """The statement of a relation; None where a side is not readable."""
    left, right = relation.left, relation.right
    if left is None or right is None:
        return None
    return Statement(relation, left, right, sentence, state, left.names | right.names)
