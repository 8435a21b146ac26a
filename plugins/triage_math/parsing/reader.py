"""What every part of the grammar shares: the place in the tokens, the style, the findings."""

from abc import ABC, abstractmethod
from typing import Final, NamedTuple

from triage_math.notation.tokens import Token
from triage_math.parsing.nodes import Node, new_node

MAX_DEPTH: Final = 40


class Style(NamedTuple):
    r"""How to read what the grammar leaves open.

    Attributes:
        tight: `1/2x` is 1/(2x).
        joined: `a / b/c` divides by the fraction b/c.
        mixed: `1\frac{1}{2}` is one and a half.
        raised: `x^2/3` is x to the power of 2/3.
        hyphened: `1-1/2` is one and a half.
    """

    tight: bool = False
    joined: bool = False
    mixed: bool = True
    raised: bool = False
    hyphened: bool = False


class Unreadable(Exception):  # noqa: N818 - no error: there is just no expression here
    """No expression of the grammar begins here."""


class Parsed(NamedTuple):
    """An expression, where it ends, and which styles would read it differently."""

    node: Node
    end: int
    open_to: frozenset[str]


class Cursor(ABC):
    """A place in the tokens; what lies on other levels of the grammar is abstract here."""

    __slots__ = ("at", "depth", "letters", "limit", "open", "style", "tokens")

    def __init__(
        self, tokens: list[Token], start: int, limit: int, style: Style, letters: frozenset[str]
    ) -> None:
        self.tokens, self.at, self.limit = tokens, start, limit
        self.style, self.letters = style, letters
        self.depth = 0
        self.open: set[str] = set()

    def peek(self, ahead: int = 0) -> Token | None:
        """The token `ahead` places on; None beyond the limit."""
        i = self.at + ahead
        return self.tokens[i] if i < self.limit else None

    @abstractmethod
    def sum(self) -> Node:
        """Reads terms joined by signs."""

    @abstractmethod
    def power(self) -> Node:
        """Reads an atom with what stands behind it."""

    @abstractmethod
    def exponent(self) -> Node:
        """Reads what stands behind `^`."""

    @abstractmethod
    def postfix(self, node: Node) -> Node:
        """Reads factorials, percent signs, degrees and units behind `node`."""

    @abstractmethod
    def continues(self, token: Token) -> bool:
        """Whether `token` multiplies what stands before it without a sign."""

    @abstractmethod
    def function(self, token: Token) -> Node:
        """Reads a named function with its argument."""


def literal(token: Token) -> Node:
    """The node of a number's token."""
    return new_node(Node, ("n", (), token.value, token.places and max(0, token.places), "", ""))
