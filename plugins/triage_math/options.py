"""An option's letter with a value behind it, against what the option says: `(B) 12`."""

import re
from collections.abc import Sequence
from typing import Final

from triage.records import ClaimVerdict
from triage_math import answer
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.comparing.compare import magnitude
from triage_math.notation import latex
from triage_math.parsing.nodes import Number

HINTS: Final = ("nswer", "ption", "hoice", "boxed")
CLOSE: Final = 0.03
"""Relative differences below this may be the rounding by which an option is chosen."""
_EDGE: Final = f"[{latex.MATH_ON}{latex.MATH_OFF}{latex.TEXT_ON}{latex.TEXT_OFF}" + r"\s{}*$]{0,8}"
_CLAIM: Final = re.compile(
    r"(?i:\b(?:answer|option|choice)(?: is| would be|:)?(?: (?:option|choice))?)"
    + _EDGE
    + r"(?:\((?P<a>[A-J])\)|(?P<b>[A-J])(?:[:.)]|(?= is\b| =)))"
    + _EDGE
    + r"(?:is|=|:)?"
    + _EDGE
    + r"(?P<value>-?[$\d.√\\(][^\n=<>;]{0,60})"
)
_WORKED: Final = re.compile(r"[+*^]|\d\s*[-(]|[)\w]\(")
_LETTERED: Final = re.compile(r"^\s*\(?([A-J])[:.)]\s*")


def by_letter(options: Sequence[str]) -> dict[str, str]:
    """The options' texts by their letters: those they carry, or A, B, C in order."""
    found: dict[str, str] = {}
    for i, option in enumerate(options[:10]):
        carried = _LETTERED.match(option)
        letter = carried[1] if carried else "ABCDEFGHIJ"[i]
        found[letter] = option[carried.end() if carried else 0 :].strip()
    return found


def spelled_out(found: str, expected: str, options: Sequence[str] | None) -> tuple[str, str]:
    """An answer and the reference, with a letter made its option's text if only one is a letter."""
    texts = by_letter(options or ())
    ours, theirs = texts.get(answer.letter(found) or ""), texts.get(answer.letter(expected) or "")
    if ours is not None and theirs is None:
        return ours, expected
    if theirs is not None and ours is None:
        return found, theirs
    return found, expected


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    """Checks the values that the step gives to option letters."""
    if not state.options:
        return []
    found: list[Finding] = []
    for match in _CLAIM.finditer(plain):
        letter = match["a"] or match["b"]
        said = state.options.get(letter)
        if said is None or denies(plain[max(0, match.start() - 120) : match.end() + 100]):
            continue
        stated = _first_value(match["value"])
        expected = answer.value(said)
        if stated is None or expected is None:
            continue
        value, length = stated
        gap = magnitude(value - expected)
        close = CLOSE * max(magnitude(value), magnitude(expected))
        if 0 < gap <= close:
            continue
        finding = Finding(
            "option",
            ClaimVerdict.CONFLICT if gap else ClaimVerdict.SUPPORTED,
            (match.start(), match.start("value") + length),
            expected=f"{letter}: {said}"[:80],
            found=shown(value),
            note="the option's text gives another value",
        )
        found.append(finding)
    return found


def _first_value(text: str) -> tuple[Number, int] | None:
    """The number that a text begins with, and its length; None where more may belong to it."""
    end = re.search(r"(?<!\d)[.,]|[.,](?!\d)|[\s)]*$", text)
    piece = text[: end.start() if end else len(text)]
    value = None if _WORKED.search(piece) else answer.value(piece)
    return None if value is None else (value, len(piece.rstrip()))
