"""Evaluation of a given expression: the split into named parts, each part, and the result."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from triage.records import ClaimVerdict, Span
from triage_logic.findings import Finding, judged
from triage_logic.simulators.expressions import Expression, UnreadableError, Value

_PIECE: Final = r"(?:[-+*/()−×÷·\s\d.]|(?<![\w'])[A-Z](?![\w'])|\b(?i:true|false|not|and|or)\b)"
_RUN: Final = re.compile(rf"{_PIECE}+")
_ASKING: Final = re.compile(
    r"\s*(?:(?:what is|compute|evaluate|calculate|find)\b)?(?: the value of\b)?:?", re.IGNORECASE
)
_ASKED: Final = re.compile(r"(?:= ?\??|\?|\bis)? ?[.:]?$", re.IGNORECASE)
_OPERATOR: Final = re.compile(r"[\d)]\s*[-+*/−×÷·]\s*[-(\d−]|\b(?:not|and|or)\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"\.(?=\s|$)|[;\n]|\bwhere\b|\band\b(?=\s+[A-Z]\s*=)|,(?=\s)")
_FORMULA: Final = re.compile(
    rf"\b(?:re)?written as:?\s*[\"“]?({_PIECE}+)[\"”]?(?=[\s,.]|$)", re.IGNORECASE
)
_ANSWER: Final = re.compile(
    r"\bthe (?:final )?answer is:?\s*([-−]?\s*\d+(?:\.\d+)?|true|false)\s*\.?\s*$", re.IGNORECASE
)


class _Part(NamedTuple):
    expression: Expression
    text: str
    span: Span


def recognise(problem: str) -> "Evaluation | None":
    """A simulator for a problem that is one expression to evaluate."""
    problem = problem.strip()
    begin = _ASKING.match(problem)
    end = _ASKED.search(problem)
    if begin is None or end is None:
        return None
    text = problem[begin.end() : end.start()]
    if not _OPERATOR.search(text):
        return None
    asked = _parsed(text)
    value = None if asked is None else asked.value({})
    return None if value is None else Evaluation(value)


class Evaluation:
    """Follows the named parts of an expression and the chains of equal values.

    Where a chain ends in a value for a name, that value is kept, right or wrong, so that later
    steps are judged on what the trace itself has stated.
    """

    def __init__(self, value: Value) -> None:
        self._value = value
        self._formula: Expression | None = None
        self._defined: dict[str, Expression] = {}
        self._stated: dict[str, Value] = {}
        self._told: dict[str, int] = {}
        self._result: tuple[Value, int] | None = None
        self._erred = False

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the split, every link of every chain of equal values, and the answer."""
        found: list[Finding] = []
        formula = _FORMULA.search(text)
        for chain in _chains(text):
            found += self._chain(chain, step)
        if formula and self._formula is None and (split := _parsed(formula[1])):
            self._formula = split
            if (finding := self._split(split, formula.span(1))) is not None:
                found.append(finding)
        self._erred |= any(one.verdict is ClaimVerdict.REFUTED for one in found)
        if answer := _ANSWER.search(text):
            found += self._answer(answer[1], answer.span(1), step)
        return found

    def _split(self, split: Expression, span: Span) -> Finding | None:
        """Whether the formula with its parts put in is worth what the problem is worth.

        A split that lost its parentheses is a sign only: people let it stand and look at the
        parts and the result.
        """
        parts = {name: part.value(self._stated) for name, part in self._defined.items()}
        value = split.value({n: v for n, v in parts.items() if v is not None})
        if value is None:
            return None
        return Finding(
            kind="arithmetic",
            verdict=ClaimVerdict.SUPPORTED if value == self._value else ClaimVerdict.SOFT,
            span=span,
            expected=f"parts that give {_shown(self._value)} when put together",
            found=_shown(value),
            note="the formula with its parts put in, against the problem",
            engine="exact evaluation",
        )

    def _chain(self, chain: list[_Part], step: int) -> list[Finding]:
        found = []
        name = chain[0].expression.name
        if name is not None and name not in self._defined:
            self._defined[name] = chain[1].expression
            chain = chain[1:]
        elif name is not None and name not in self._stated:
            part = self._defined[name]
            found += self._link(part.value(self._stated), name, chain[0], chain[1])
            chain = chain[1:]
        elif self._formula is not None:
            due = self._formula.value(self._stated)
            if len(self._stated) == len(self._defined) and chain[0].expression.names:
                found += self._link(due, "the formula", chain[0], chain[0])
        for left, right in pairwise(chain):
            value = left.expression.value(self._stated)
            found += self._link(value, left.text, left, right)
        value = chain[-1].expression.value(self._stated)
        if value is not None:
            if name is None:
                self._result = (value, step)
            elif chain[-1].expression.constant:
                self._stated[name] = value
                self._told[name] = step
        return found

    def _link(self, value: Value | None, what: str, left: _Part, right: _Part) -> list[Finding]:
        stated = right.expression.value(self._stated)
        if value is None or stated is None:
            return []
        names = left.expression.names | right.expression.names
        return [
            Finding(
                kind="arithmetic",
                verdict=judged(_same(value, stated, right.expression.decimals)),
                span=(left.span[0], right.span[1]),
                expected=f"{what} = {_shown(value)}",
                found=f"{right.text} = {_shown(stated)}",
                rests_on=tuple(sorted({self._told[n] for n in names if n in self._told})),
                engine="exact evaluation",
            )
        ]

    def _answer(self, written: str, span: Span, step: int) -> list[Finding]:
        answer = _parsed(written)
        if answer is None:
            return []
        stated = answer.value({})
        if stated is None:
            return []
        due, told = self._result or (self._value, step)
        right = _same(due, stated, answer.decimals)
        verdict, note = judged(right), "answer"
        if right and not self._erred and not _same(self._value, stated, answer.decimals):
            verdict, due = ClaimVerdict.CONFLICT, self._value
            note = "answer: it follows from the parts, but they do not make up the problem"
        return [
            Finding(
                kind="arithmetic",
                verdict=verdict,
                span=span,
                expected=_shown(due),
                found=_shown(stated),
                rests_on=() if told == step else (told,),
                note=note,
                engine="exact evaluation",
            )
        ]


def _chains(text: str) -> Iterator[list[_Part]]:
    """Runs of at least two readable expressions joined by `=`, clause by clause."""
    begin = 0
    for cut in _CLAUSE.finditer(text):
        yield from _clause_chains(text, begin, cut.start())
        begin = cut.end()
    yield from _clause_chains(text, begin, len(text))


def _clause_chains(text: str, begin: int, end: int) -> Iterator[list[_Part]]:
    chain: list[_Part] = []
    at = begin
    for number, piece in enumerate(text[begin:end].split("=")):
        runs = list(_RUN.finditer(piece))
        start, stop = runs[-1].span() if runs else (0, 0)
        whole = bool(runs) and stop == len(piece) and (number == 0 or not piece[:start].strip(". "))
        part = _parsed(piece[start:stop]) if whole else None
        if part is None:
            if len(chain) > 1:
                yield chain
            chain = []
        else:
            stripped = piece[start:stop].strip(" .\n")
            offset = at + piece.index(stripped, start)
            chain.append(_Part(part, stripped, (offset, offset + len(stripped))))
        at += len(piece) + 1
    if len(chain) > 1:
        yield chain


def _parsed(text: str) -> Expression | None:
    """An expression; one parenthesis too many at an edge is read as a slip of the pen."""
    text = text.strip(" .\n")
    surplus = text.count("(") - text.count(")")
    if surplus == 1 and text.startswith("(("):
        text = text[1:]
    elif surplus == -1 and text.endswith("))"):
        text = text[:-1]
    try:
        return Expression(text)
    except UnreadableError:
        return None


def _same(value: Value, stated: Value, decimals: int | None) -> bool:
    """Equality; a decimal fraction may be rounded or cut at the digits it shows."""
    if isinstance(value, Fraction) and isinstance(stated, Fraction) and decimals:
        return abs(value - stated) < Fraction(1, 10**decimals)
    return type(value) is type(stated) and value == stated


def _shown(value: Value) -> str:
    return str(value)
