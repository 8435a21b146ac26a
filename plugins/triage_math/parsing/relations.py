"""Finds relations in tokens and the expressions on their sides.

An expression that words or signs cut off is marked: what is cut can be supported by its value, but
never refuted.
"""

import re
from typing import Final, NamedTuple

from triage_math.notation.tokens import Token
from triage_math.notation.units import is_unit_word
from triage_math.parsing.grammar import parse
from triage_math.parsing.nodes import Node, variables
from triage_math.parsing.reader import Parsed

WINDOW: Final = 80
"""How many tokens to the left of a relation are looked at."""
_ENDINGS: Final = frozenset("().\nm…,?")
"""Kinds of tokens that may end the search for a left side."""
_SIGN: Final = re.compile("r")
_LONE: Final = re.compile(r"(?<![^or(,m\n])v")
"""A variable with a sign, a bracket or nothing before it."""
_STARTS: Final = frozenset("nvcf(o")
_CUT_BEFORE: Final = frozenset(
    ("of", "than", "by", "times", "per", "minus", "plus", "percent", "half", "twice", "double",
     "triple", "over", "mod", "less", "more", "least", "most", "modulo", "square", "squared",
     "base", "cube", "weeks", "week", "pages", "page", "ages", "days", "day", "numbers",
     "chapter", "chapters", "problem", "problems", "steps", "rows", "root", "factorial")
)  # fmt: skip
_CUT_AFTER: Final = frozenset(
    ("of", "times", "percent", "million", "thousand", "hundred", "billion", "dozen", "mod",
     "modulo", "plus", "minus", "over", "divided", "multiplied", "squared", "cubed", "choose",
     "factorial", "to", "remainder", "per", "halves", "thirds", "score", "trillion", "base",
     "x", "K", "r", "R", "k", "rem", "and", "off", "am", "pm")
)  # fmt: skip
_JOINERS: Final = frozenset(("to", "plus", "with", "from"))
_WHOLES: Final = frozenset(
    ("total", "sum", "amount", "cost", "price", "distance", "profit", "value", "payment")
)
"""What stands before `of` in `a total of 3 * 4 = 12`, where nothing multiplies."""
_LABELS: Final = frozenset(
    ("step", "question", "case", "part", "example", "choice", "option", "figure", "table",
     "section", "level", "equation", "line", "row", "column", "exercise", "item", "stage",
     "round", "scenario")
)  # fmt: skip
"""Words whose number is a name: what follows a dash behind it is something else."""
_ROUGHLY: Final = frozenset(("approximately", "about", "roughly", "around", "nearly"))
_ARTICLES: Final = frozenset(("a", "A", "I"))


class Side(NamedTuple):
    """An expression beside a relation: tokens `start` to `end`, whether it is cut off, names."""

    node: Node
    start: int
    end: int
    open_to: frozenset[str]
    cut: bool
    names: frozenset[str]


class Relation(NamedTuple):
    """`left sign right` as found in the text; a side is None where nothing readable stands.

    Attributes:
        chained: Whether `left` is the right side of the relation before.
        at: Index of the sign's token.
    """

    left: Side | None
    sign: str
    right: Side | None
    at: int
    chained: bool


def _cut_before(tokens: list[Token], start: int) -> bool:
    if start == 0:
        return False
    token, first = tokens[start - 1], tokens[start]
    spaced = first.spaced
    if token.kind == "m" and start > 1:
        spaced = spaced or token.spaced or token.start > tokens[start - 2].end
        token = tokens[start - 2]
    kind = token.kind
    if kind in "wv" and _joined_by_words(tokens, start):
        return True
    if first.kind == "o" and kind not in ".,\nr(" and _is_binary(tokens, start):
        return True
    if kind == "w":
        if token.text == "the" and start > 1 and tokens[start - 2].text in _CUT_BEFORE:
            return True
        if token.text == "of" and start > 1 and tokens[start - 2].text in _WHOLES:
            return start > 3 and tokens[start - 4].text == "of"
        if is_unit_word(token.text) and start > 1 and tokens[start - 2].kind == "n":
            return True  # "5 ft 6 in": one amount
        if token.text == "to":
            if start > 2 and tokens[start - 2].kind == "n" and tokens[start - 3].kind == "r":
                return False  # "from 1 * 1 = 1 to 6 * 6 = 36"
            return any(t.kind == "n" for t in tokens[max(0, start - 4) : start - 1])
        dashed = start + 1 < len(tokens) and tokens[start + 1].text == "-"
        if dashed and token.text.lower() in _LABELS:
            return True
        return token.text.lower() in _CUT_BEFORE or (
            token.text == "and"
            and start > 1
            and tokens[start - 2].kind == "n"
            and first.kind == "n"
        )
    if kind in ".\nm":
        return False
    if kind == ",":
        if token.text == ":" and start > 1 and tokens[start - 2].kind in "n)":
            return token.spaced == spaced  # else no ratio: "multiply by 2: 3 * 2 = 6"
        return not spaced or token.text in "\"'"
    if kind == "v":
        return token.text not in _ARTICLES or token.math
    if kind == "(":
        return token.text == "{" or (start > 1 and tokens[start - 2].kind in "on)vf")
    return kind != "r"


def _joined_by_words(tokens: list[Token], start: int) -> bool:
    """Whether only words stand between the expression and an operator: `cost + his 3 * 4`."""
    i = start - 1
    while i >= 0 and start - i <= 6 and tokens[i].kind in "wvc%":
        i -= 1
    if i < 1 or i + 1 >= start:
        return False
    if tokens[i].kind == "n" and tokens[i - 1].kind == "o":
        return any(t.text in _JOINERS for t in tokens[i + 1 : start])
    return tokens[i].kind == "o" and tokens[i - 1].kind not in ".\n,"


def _is_binary(tokens: list[Token], at: int) -> bool:
    """Whether a sign that opens an expression rather joins it to words: `total - 4`."""
    return at + 1 >= len(tokens) or tokens[at + 1].spaced or not tokens[at].spaced


def _cut_after(tokens: list[Token], end: int) -> bool:
    if end >= len(tokens):
        return False
    token = tokens[end]
    kind = token.kind
    if kind == "w":
        if token.text == "and":
            return (
                end + 1 < len(tokens)
                and tokens[end + 1].kind == "n"
                and (end + 2 < len(tokens) and tokens[end + 2].text == "/")
            )
        if token.text == "of" and tokens[end - 1].kind == "w":
            return False  # "15 hours of sleep"
        return not token.spaced or token.text in _CUT_AFTER
    if kind in ".\nmr":
        return False
    if kind == ",":
        if token.text == ":" and end + 1 < len(tokens) and tokens[end + 1].kind in "n(":
            return True
        glued = end + 1 < len(tokens) and not tokens[end + 1].spaced
        if (
            end + 2 < len(tokens)
            and tokens[end + 1].kind in "no"
            and (tokens[end + 2].text == "," or tokens[end + 2].kind == "n")
        ):
            return True  # a list goes on
        return token.text in "\"'" or (
            glued and tokens[end + 1].kind == "n" and tokens[end - 1].kind == "n"
        )
    if kind == "(":
        if token.math or not token.spaced:
            return True
        if end + 1 < len(tokens) and tokens[end + 1].text == "mod":
            return True
        close = next(
            (i for i in range(end, min(end + 12, len(tokens))) if tokens[i].text == ")"), 0
        )
        return 0 < close < len(tokens) - 1 and tokens[close + 1].kind == "o"  # a remark amid a sum
    if kind == ")":
        return token.text == "}"
    if kind == "…":
        return False
    return not (kind == "v" and token.text in _ARTICLES and token.spaced and not token.math)


def _side(tokens: list[Token], start: int, parsed: Parsed) -> Side:
    end = parsed.end
    cut = _cut_before(tokens, start) or _cut_after(tokens, end)
    return Side(parsed.node, start, end, parsed.open_to, cut, variables(parsed.node))


def _left(
    tokens: list[Token], kinds: str, low: int, at: int, letters: frozenset[str]
) -> Side | None:
    """The longest expression that ends right before token `at`."""
    start = max(low, at - WINDOW)
    floor = start
    depth = 0
    for i in range(at - 1, start - 1, -1):
        if kinds[i] not in _ENDINGS:
            continue
        token = tokens[i]
        if token.kind == ")":
            depth += 1
        elif token.kind == "(":
            depth -= 1
            if depth < 0:
                floor = i + 1
                break
        elif (
            token.kind in ".\nm…"
            or (token.kind == "," and depth == 0)
            or (token.kind == "?" and token.text != "|" and token.text != "_")
        ):
            floor = i + 1
            break
    start = floor
    while start < at:
        token = tokens[start]
        if token.kind in _STARTS or token.text == "|":
            if token.kind == "o" and token.text != "-" and token.text != "+":
                start += 1
                continue
            parsed = parse(tokens, start, at, letters=letters)
            if parsed is not None and parsed.end == at:
                return _side(tokens, start, parsed)
            if parsed is not None:
                start = max(parsed.end, start + 1)
                continue
        start += 1
    return None


def _named(tokens: list[Token], low: int, at: int) -> Side | None:
    """A quantity named in words, as in `Total cost = ...`."""
    start = at
    while start > low and tokens[start - 1].kind in "wv":
        start -= 1
    words = tokens[start:at]
    if not words or len(words) > 8 or (start and tokens[start - 1].kind not in ".\n,m"):
        return None
    name = " ".join(t.text.lower() for t in words)
    return Side(Node("v", name=name), start, at, frozenset(), cut=False, names=frozenset((name,)))


def _right(tokens: list[Token], at: int, high: int, letters: frozenset[str]) -> Side | None:
    """The longest expression that begins right after token `at`."""
    start = at + 1
    while start < high and (tokens[start].kind in "\nm" or tokens[start].text in _ROUGHLY):
        start += 1
    if start >= high:
        return None
    parsed = parse(tokens, start, high, letters=letters)
    if parsed is None:
        return None
    cut = _cut_after(tokens, parsed.end)
    if not cut:  # an `of` that multiplies may not belong to the result
        cut = bool([t for t in tokens[start : parsed.end] if t.kind == "o" and t.value])
    return Side(parsed.node, start, parsed.end, parsed.open_to, cut, variables(parsed.node))


def lone_letters(tokens: list[Token], kinds: str) -> frozenset[str]:
    """Letters that stand as variables here: not right behind a number."""
    found = set()
    for match in _LONE.finditer(kinds):
        i = match.start()
        letter = tokens[i].text
        if len(letter) == 1 and (not i or tokens[i - 1].text not in "/*"):
            found.add(letter)
    return frozenset(found)


def find(tokens: list[Token], kinds: str, letters: frozenset[str]) -> list[Relation]:
    """Returns every relation in the order of the text.

    Args:
        tokens: The text's tokens.
        kinds: Their kinds (see `tokens.kinds`).
        letters: Letters that are variables in it.
    """
    marks = [match.start() for match in _SIGN.finditer(kinds)]
    found: list[Relation] = []
    previous: Relation | None = None
    for position, at in enumerate(marks):
        low = marks[position - 1] + 1 if position else 0
        high = marks[position + 1] if position + 1 < len(marks) else len(tokens)
        left: Side | None = None
        chained = False
        if previous is not None and previous.right is not None:
            end = previous.right.end
            while end < at and tokens[end].kind in "\nm":
                end += 1
            if end == at:
                left, chained = previous.right, True
        if left is None:
            left = _left(tokens, kinds, low, at, letters) or _named(tokens, low, at)
        right = _right(tokens, at, high, letters)
        previous = Relation(left, tokens[at].text, right, at, chained)
        found.append(previous)
    return found
