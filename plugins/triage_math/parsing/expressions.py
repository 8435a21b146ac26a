"""Reads expressions from pieces of plain text that a form (an integral, a limit) has cut out."""

from typing import Final, NamedTuple

from triage_math.notation import latex
from triage_math.notation.tokens import Token, tokenize_all
from triage_math.notation.wording import join_edges, operators
from triage_math.parsing.grammar import parse
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, evaluate

MAX_CHARS: Final = 200
"""Longer pieces are left unread."""
_AMBIGUOUS: Final = frozenset(("tight", "joined", "raised"))
_ENDS: Final = frozenset((".", ",", "\n", "m", "w", ")", "r"))


class Piece(NamedTuple):
    """An expression with the length of the text it takes."""

    node: Node
    length: int


def _tokens(text: str) -> list[Token]:
    marked = f"{latex.MATH_ON}{text}{latex.MATH_OFF}"
    return [t for t in join_edges(operators(tokenize_all(marked))) if t.kind != "m"]


def whole(text: str) -> Node | None:
    """The expression that a piece of mathematics is; None if it is none, or open to readings."""
    if not text.strip() or len(text) > MAX_CHARS:
        return None
    tokens = _tokens(text)
    parsed = parse(tokens, 0, len(tokens)) if tokens else None
    if parsed is None or parsed.end < len(tokens) or parsed.open_to & _AMBIGUOUS:
        return None
    return parsed.node


def first(text: str) -> Piece | None:
    """The expression that a piece begins with; None where it is cut off or open to readings."""
    tokens = _tokens(text[:MAX_CHARS])
    parsed = parse(tokens, 0, len(tokens)) if tokens else None
    if parsed is None or parsed.open_to & _AMBIGUOUS:
        return None
    if parsed.end < len(tokens) and tokens[parsed.end].kind not in _ENDS:
        return None
    return Piece(parsed.node, tokens[parsed.end - 1].end - 1)


def number(text: str) -> Number | None:
    """The value of a piece without unknowns."""
    node = whole(text)
    if node is None:
        return None
    try:
        return evaluate(node, {})
    except CannotEvaluate:
        return None
