"""The values an expression can have: one for every way to read what notation leaves open."""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from triage_math.notation.latex import BULLET
from triage_math.notation.tokens import Token
from triage_math.notation.units import in_unit, scales
from triage_math.parsing.grammar import parse
from triage_math.parsing.nodes import CannotEvaluate, Mode, Node, Number, evaluate, walk
from triage_math.parsing.reader import Style
from triage_math.parsing.relations import Side

MAX_READINGS: Final = 24


def styles(side: Side) -> list[Style]:
    """The other ways to parse a side."""
    found: list[Style] = []
    if "joined" in side.open_to:
        found.append(Style(joined=True))
    if "tight" in side.open_to:
        found.append(Style(tight=True))
        if "joined" in side.open_to:
            found.append(Style(tight=True, joined=True))
    if "raised" in side.open_to:
        found.append(Style(raised=True))
    if "hyphened" in side.open_to:
        found.append(Style(hyphened=True))
    if "mixed" in side.open_to:
        found.append(Style(mixed=False))
    return found


_PLAIN: Final = [Mode()]


def _modes(side: Side, node: Node) -> list[Mode]:
    ops = [n.op for n in walk(node)]
    if not side.open_to and "%" not in ops and "±" not in ops:
        return _PLAIN
    percents = ("hundredth", "plain", "relative") if "%" in ops else ("hundredth",)
    logs = (10.0, math.e, 2.0) if "log" in side.open_to else (10.0,)
    angles = (False, True) if "degrees" in side.open_to else (False,)
    signs = (False, True) if "±" in ops else (False,)
    return [Mode(p, b, d, m) for p in percents for b in logs for d in angles for m in signs]


def nodes_of(side: Side, tokens: list[Token], letters: frozenset[str]) -> Iterator[Node]:
    """The trees a side can be read as, the likeliest first."""
    yield side.node
    for style in styles(side):
        parsed = parse(tokens, side.start, side.end, style, letters)
        if parsed is not None and parsed.end == side.end:
            yield parsed.node


def to_unit(node: Node, target: str) -> Node | None:
    """The tree with every number turned into `target`; None where a number has no such unit."""
    if node.op == "n":
        value = in_unit(Fraction(node.value), node.unit, target)
        return None if value is None else node._replace(value=value, unit=target)
    if node.op not in ("+", "-"):
        return None
    args = [to_unit(a, target) for a in node.args]
    known = tuple(a for a in args if a is not None)
    return node._replace(args=known) if len(known) == len(args) else None


def counted(node: Node) -> Node:
    """The tree with words such as `dozen` multiplied into the numbers before them."""
    if node.op == "n":
        factors = scales(node.unit)
        return node._replace(value=node.value * min(factors)) if factors else node
    return node._replace(args=tuple(counted(a) for a in node.args)) if node.args else node


def _negated(side: Side, tokens: list[Token], letters: frozenset[str]) -> list[Node]:
    """The tree of a side behind a bullet that may be its minus sign."""
    signed = tokens[side.start - 1]._replace(kind="o", text="-")
    marked = [signed, *tokens[side.start : side.end]]
    parsed = parse(marked, 0, len(marked), letters=letters)
    return [parsed.node] if parsed is not None and parsed.end == len(marked) else []


def values(
    side: Side,
    tokens: list[Token],
    letters: frozenset[str],
    env: Mapping[str, Number],
    target: str = "",
) -> list[Number]:
    """The values a side can have under `env`, the likeliest first, without repeats.

    A sum of different units of one kind (`4 pounds - 6 ounces`) is also read in the unit `target`.
    """
    bulleted = side.start > 0 and tokens[side.start - 1].text == BULLET
    if side.node.op == "n" and not (side.node.unit or side.open_to or bulleted):
        return [side.node.value]  # the usual case
    found: list[Number] = []
    if target and side.node.op in ("+", "-"):
        converted = to_unit(side.node, target)
        if converted is not None:
            found.append(evaluate(converted, env))
    nodes = list(nodes_of(side, tokens, letters))
    if [n for n in walk(side.node) if n.unit and scales(n.unit)]:
        nodes.append(counted(side.node))
    if bulleted:
        nodes += _negated(side, tokens, letters)
    for node in nodes:
        for mode in _modes(side, node):
            try:
                value = evaluate(node, env, mode)
            except CannotEvaluate:
                continue
            if value not in found:
                found.append(value)
            if len(found) >= MAX_READINGS:
                return found
    return found
