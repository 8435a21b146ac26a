"""Stacks and brackets: the stack after each symbol of a bracket sequence, and its completion."""

import re
from typing import Final

from triage.records import ClaimVerdict, Span
from triage_logic.findings import Finding, judged

_CLOSER: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPENER: Final = {closer: opener for opener, closer in _CLOSER.items()}

_BRACKETS: Final = r"[()\[\]{}<>]"
_BARE: Final = re.compile(rf"\s*(?:{_BRACKETS}\s*)+")
_RUN: Final = re.compile(rf"{_BRACKETS}(?:\s*{_BRACKETS})+")
_TOGETHER: Final = re.compile(rf"{_BRACKETS}{{2}}")
_TASK: Final = re.compile(
    r"\b(?:brackets?|parenthes[ie]s|dyck|balanced|closed properly)\b", re.IGNORECASE
)
_LINE: Final = re.compile(
    rf"\s*({_BRACKETS})\s*;\s*stack:\s*(empty|(?:{_BRACKETS}\s*)*)(?=\s*(?:$|\.|So\b))",
    re.IGNORECASE,
)
_START: Final = re.compile(r"\s*stack:\s*(empty)\s*\.?\s*$", re.IGNORECASE)
_FINAL: Final = re.compile(
    rf"\bfinal stack is\s*(empty|\"\s*(?:{_BRACKETS}\s*)*\"|(?:{_BRACKETS}\s*)+)", re.IGNORECASE
)
_ITEM: Final = rf"\"?\s*(?:{_BRACKETS}\s*)+\"?"
_ITEMS: Final = rf"({_ITEM}(?:,?\s*(?:and\s+)?{_ITEM})*)"
_POP: Final = re.compile(rf"\bneed to pop out\s+{_ITEMS}", re.IGNORECASE)
_NEED: Final = re.compile(rf"\bwe need\s+{_ITEMS}", re.IGNORECASE)
_ANSWER: Final = re.compile(rf"\bthe answer is:?((?:\s*{_BRACKETS})*)\s*\.?\s*$", re.IGNORECASE)


def recognise(problem: str) -> "Stacks | None":
    """A simulator for a problem that is a bracket sequence or asks to complete one."""
    if _BARE.fullmatch(problem):
        run = problem
    elif _TASK.search(problem):
        run = max(_RUN.findall(problem), key=len, default="")
    else:
        return None
    symbols = _symbols(run)
    if len(symbols) < 2 or _after("", symbols) is None:
        return None
    return Stacks(symbols, apart=not _TOGETHER.search(run))


class Stacks:
    """Reads the input symbol by symbol beside the trace.

    Where the trace states a stack, that stack is kept, right or wrong, so that the next line is
    judged on its own. `apart` tells that the input keeps its symbols apart: then two that are run
    together are one entry, which no input symbol can have left on the stack.
    """

    def __init__(self, symbols: str, *, apart: bool) -> None:
        self._symbols = symbols
        self._apart = apart
        self._read = 0
        self._stack = ""
        self._told: tuple[int, ...] = ()

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the stack lines, the final stack and the completion that a step states."""
        if line := _LINE.match(text):
            found = [self._line(line[1], line[2], line.span(2))]
        elif start := _START.match(text):
            found = [self._same("", "", start.span(1), "stack before the first symbol")]
            self._stack, self._read = "", 0
        else:
            found = []
        if final := _FINAL.search(text):
            found.append(self._final(final[1], final.span(1)))
        found += self._completion(text)
        if found:
            self._told = (step,)
        return found

    def _line(self, symbol: str, stated: str, span: Span) -> Finding:
        due = self._symbols[self._read : self._read + 1]
        if symbol == due:
            self._read += 1
            note = f"after symbol {self._read}, {symbol}, on the stack {_shown(self._stack)}"
            found = self._same(_after(self._stack, symbol), stated, span, note)
        else:
            note = f"symbol {self._read + 1} of the input" if due else "the input has ended"
            found = self._same(due, symbol, span, note)
            ahead = self._symbols.find(symbol, self._read)
            self._read = ahead + 1 if ahead >= 0 else self._read + 1
        self._stack = _symbols(stated)
        return found

    def _final(self, stated: str, span: Span) -> Finding:
        left = self._symbols[self._read :]
        note = f"{len(left)} symbols of the input were not read" if left else None
        found = self._same(_after(self._stack, left), stated, span, note)
        self._stack, self._read = _symbols(stated), len(self._symbols)
        return found

    def _completion(self, text: str) -> list[Finding]:
        stack = _after(self._stack, self._symbols[self._read :])
        if stack is None or not all(symbol in _CLOSER for symbol in stack):
            return []
        closers = "".join(_CLOSER[opener] for opener in reversed(stack))
        forms = ((_POP, stack[::-1], "order of popping"), (_NEED, closers, "closing symbols"))
        found = [
            self._same(expected, match[1], match.span(1), note)
            for form, expected, note in forms
            if (match := form.search(text))
        ]
        if answer := _ANSWER.search(text):
            note = "answer: the closing symbols"
            found.append(self._same(closers, answer[1], answer.span(), note))
        return found

    def _same(self, expected: str | None, stated: str, span: Span, note: str | None) -> Finding:
        """Compare brackets; `expected` is None where the stated stack leaves nothing to expect."""
        right, found = expected == _symbols(stated), _shown(_symbols(stated))
        if right and self._apart and _TOGETHER.search(stated):
            right, found = False, stated.strip()
            note = "symbols run together are one entry"
        return Finding(
            kind="stack",
            verdict=ClaimVerdict.UNKNOWN if expected is None else judged(right),
            span=span,
            expected=None if expected is None else _shown(expected),
            found=found,
            rests_on=self._told,
            note=note,
        )


def _symbols(text: str) -> str:
    return "".join(character for character in text if character in _CLOSER or character in _OPENER)


def _shown(stack: str) -> str:
    return " ".join(stack) or "empty"


def _after(stack: str, symbols: str) -> str | None:
    """The stack after more symbols, or None where a symbol closes what is not open."""
    held = list(stack)
    for symbol in symbols:
        if symbol in _CLOSER:
            held.append(symbol)
        elif held and held[-1] == _OPENER[symbol]:
            held.pop()
        else:
            return None
    return "".join(held)
