"""Sets: membership, inclusion, size, and the result of unions, intersections and differences."""

import re
from collections.abc import Iterator
from typing import Final

from triage.records import Span
from triage_logic.findings import DOUBT, Finding, judged

Members = frozenset[str]

_LITERAL: Final = r"\{[^{}|:…]{0,400}\}|∅"
_OPERAND: Final = rf"(?:{_LITERAL}|\b[A-Z]\b)"
_OPERATOR: Final = (
    r"(?:∪|∩|∖|\\|(?<=[}\sA-Z])-(?=\s)|\bunion\b|\bintersection\b|\bintersect\b|\bminus\b)"
)
_EXPRESSION: Final = rf"{_OPERAND}(?:\s*{_OPERATOR}\s*{_OPERAND}){{0,8}}"
_DEFINITION: Final = re.compile(rf"\b([A-Z])\s*=\s*({_LITERAL})")
_EQUALITY: Final = re.compile(rf"({_EXPRESSION})((?:\s*=\s*{_EXPRESSION})+)")
_ELEMENT: Final = re.compile(
    rf"\b(\w+) (∈|∉|is (?:not )?(?:in|an element of|a member of)) (?:the set )?"
    rf"({_EXPRESSION})"
)
_INCLUSION: Final = re.compile(
    rf"({_EXPRESSION})\s*(⊆|⊈|is (?:not )?a subset of)\s*({_EXPRESSION})"
)
_SIZE: Final = re.compile(rf"\|\s*({_EXPRESSION})\s*\|\s*=\s*(\d{{1,4}})\b")
_STEP: Final = re.compile(rf"({_OPERATOR})?\s*({_OPERAND})")
_GOES_ON: Final = re.compile(rf"\s*(?:{_OPERATOR}|[×Δ△⊕'^+*(/])")
_OPENING: Final = re.compile(
    r"(?:^|[.,;:\n]|\b(?:so|then|thus|therefore|hence|and|that|have|is|get|since|because|where|set"
    r"|now|find|are|with))[ \t]*$",
    re.IGNORECASE,
)


def recognise(problem: str) -> "Sets | None":
    """A simulator for a problem that lists the members of a named set."""
    named: dict[str, Members] = {}
    for match in _DEFINITION.finditer(problem):
        members = _members(match[2])
        if members is None or named.get(match[1], members) != members:
            return None
        named[match[1]] = members
    return Sets(named) if named else None


class Sets:
    """Judges each statement on its own; a set that a step names is defined by its first value."""

    def __init__(self, named: dict[str, Members]) -> None:
        self._named = named
        self._told: dict[str, int] = {}

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the statements on sets in a step; a statement cut short is not read."""
        for match in _whole(_DEFINITION, text):
            members = _members(match[2])
            if match[1] not in self._named and members is not None:
                self._named[match[1]] = members
                self._told[match[1]] = step
        if DOUBT.search(text):
            return []
        return [*self._equalities(text), *self._relations(text)]

    def _equalities(self, text: str) -> Iterator[Finding]:
        for match in _whole(_EQUALITY, text):
            first = self._value(match[1])
            for link in re.finditer(rf"=\s*({_EXPRESSION})", match[2]):
                value = self._value(link[1])
                if first is not None and value is not None:
                    start = match.start(2) + link.start(1)
                    span = (match.start(1), start + len(link[1].rstrip()))
                    yield self._finding(first == value, span, match[1], first, _shown(value))

    def _relations(self, text: str) -> Iterator[Finding]:
        for match in _whole(_ELEMENT, text):
            members = self._value(match[3])
            if members is not None and not (match[1].isupper() and match[1] in self._named):
                inside = (match[1] in members) != _negative(match[2])
                yield self._finding(inside, match.span(), match[3], members, match[0])
        for match in _whole(_INCLUSION, text):
            left, right = self._value(match[1]), self._value(match[3])
            if left is not None and right is not None:
                held = (left <= right) != _negative(match[2])
                yield self._finding(held, match.span(), match[3], right, match[0])
        for match in _whole(_SIZE, text):
            members = self._value(match[1])
            if members is not None:
                size = len(members) == int(match[2])
                yield self._finding(size, match.span(), match[1], members, match[2])

    def _value(self, text: str) -> Members | None:
        """The members of an expression, read from left to right; None where that is unclear."""
        members: Members | None = None
        kinds = set()
        for step in _STEP.finditer(text):
            operand = self._named.get(step[2]) if step[2].isalpha() else _members(step[2])
            if operand is None:
                return None
            if step[1] is None:
                members = operand
            elif members is not None:
                kind = _KINDS[step[1].lower()]
                kinds.add(kind)
                members = _combined(members, kind, operand)
        return members if len(kinds) < 2 else None

    def _finding(self, right: bool, span: Span, what: str, members: Members, found: str) -> Finding:
        return Finding(
            kind="sets",
            verdict=judged(right),
            span=span,
            expected=f"{what.strip()} = {_shown(members)}",
            found=found,
            rests_on=tuple(sorted({told for name, told in self._told.items() if name in what})),
            engine="exact sets",
        )


def _whole(form: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that begin where a statement begins and are not cut short at their end."""
    for match in form.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        if _OPENING.search(before) and not _GOES_ON.match(text, match.end()):
            yield match


_KINDS: Final = {
    "∪": "or", "union": "or", "∩": "and", "intersection": "and", "intersect": "and",
    "∖": "minus", "\\": "minus", "-": "minus", "minus": "minus",
}  # fmt: skip


def _combined(left: Members, kind: str, right: Members) -> Members:
    if kind == "or":
        return left | right
    return left & right if kind == "and" else left - right


def _members(text: str) -> Members | None:
    """The members between braces, each a number or a word; None for anything else."""
    if text == "∅":
        return frozenset()
    items = [item.strip() for item in text.strip("{}").split(",")]
    if items == [""]:
        return frozenset()
    return (
        frozenset(items)
        if all(re.fullmatch(r"-?[\w.]+", i) and i.strip(".") for i in items)
        else None
    )


def _negative(relation: str) -> bool:
    return relation in ("∉", "⊈") or " not " in relation


def _shown(members: Members) -> str:
    return "{" + ", ".join(sorted(members, key=lambda one: (len(one), one))) + "}"
