r"""Limits: `\lim_{x \to a} f = L` against the values of f close to a, from both sides.

A claim is refuted only where these values clearly converge, and to something else.
"""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.analysis.calculus import Link, links, real, slack, unknowns
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.parsing import expressions
from triage_math.parsing.nodes import CannotEvaluate, Node, Number

HINTS: Final = ("\\lim",)
MAX_CLAIMS: Final = 6
_FORM: Final = re.compile(
    r"\\lim\s*_\s*\{\s*(?P<name>[a-z])\s*⇒\s*(?P<to>[^{}]{1,40}?)(?P<side>\^\s?\{?[+-]\}?)?\s{0,3}\}"
    r"(?P<body>[^=\n≈]{1,160}?)=(?!=)"
)
_INFINITE: Final = re.compile(r"([+-]?)\s*(?:\\infty|∞)")
_NEAR: Final = tuple(Fraction(1, 10**k) for k in (2, 3, 4))
_FAR: Final = (10**3, 10**4, 10**5)
_SHRINKS: Final = 0.4
"""Successive differences must shrink at least by this factor."""
_FACTOR: Final = 20
"""How many last differences a claim must lie off to be refuted."""


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    """Checks the first readable right side of every limit."""
    found: list[Finding] = []
    for match in list(_FORM.finditer(plain))[:MAX_CLAIMS]:
        if denies(plain[max(0, match.start() - 120) : match.end() + 120]):
            continue
        before = plain[: match.start()].rstrip()
        if before and (before[-1].isalnum() or before[-1] in "+-*/)}^_"):
            continue
        name, body = match["name"], expressions.whole(match["body"])
        target = text[match.start("to") : match.end("to") + len("\\infty")]
        if _INFINITE.match(target) is None:
            target = match["to"]
        if body is None or unknowns(body) != {name}:
            continue
        value = approach(body, name, target, match["side"] or "")
        if value is None:
            continue
        for link in links(plain, match.end()):
            finding = _compare(value, link, match.start())
            if finding is not None:
                found.append(finding)
                break
    return found


def approach(body: Node, name: str, target: str, side: str) -> tuple[float, float] | None:
    """The value approached and how far it may be off; None where there is no clear one."""
    infinite = _INFINITE.match(target)
    paths: list[Iterable[Number]]
    if infinite:
        sign = -1 if infinite[1] == "-" else 1
        paths = [[sign * x for x in _FAR]]
    else:
        at = expressions.number(target)
        if at is None or isinstance(at, complex):
            return None
        signs = (1,) if "+" in side else (-1,) if "-" in side else (1, -1)
        paths = [[at + s * h for h in _NEAR] for s in signs]
    ends: list[tuple[float, float]] = []
    for path in paths:
        try:
            a, b, c = (real(body, {name: x}) for x in path)
        except CannotEvaluate:
            return None
        last = abs(c - b)
        if last > _SHRINKS * abs(b - a) and last > 1e-9 * max(1.0, abs(c)):
            return None
        if last > 0.05 * max(1.0, abs(c)):
            return None
        ends.append((c, last))
    off = max(e[1] for e in ends)
    if abs(ends[0][0] - ends[-1][0]) > 3 * off + 1e-7 * max(1.0, abs(ends[0][0])):
        return None
    return ends[0][0], off


def _compare(value: tuple[float, float], link: Link, start: int) -> Finding | None:
    piece = expressions.first(link.text)
    if piece is None or unknowns(piece.node):
        return None
    if not link.last and piece.length < len(link.text.rstrip()):
        return None
    try:
        stated = real(piece.node, {})
    except CannotEvaluate:
        return None
    near, off = value
    allowed = _FACTOR * off + slack(piece.node) + 1e-4 * max(1.0, abs(near))
    verdict = ClaimVerdict.SUPPORTED if abs(near - stated) <= allowed else ClaimVerdict.REFUTED
    return Finding(
        "limit",
        verdict,
        (start, link.start + piece.length),
        expected=f"about {near:.4g}",
        found=shown(stated),
        note="compared with values close by",
    )
