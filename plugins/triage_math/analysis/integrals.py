r"""Integrals: an antiderivative by its slope, a definite integral by quadrature.

The quadrature is Gauss-Legendre with 8 nodes a panel; it counts as a value only where 4 and 12
panels agree, so that poles and jumps leave the claim undecided.
"""

import math
import re
from functools import cache
from typing import Final

from triage.records import ClaimVerdict
from triage_math.analysis.calculus import BOUND, Link, links, real, slack, unknowns
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.notation.latex import TEXT_OFF, TEXT_ON
from triage_math.parsing import expressions
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, variables

HINTS: Final = ("\\int", "∫")
MAX_CLAIMS: Final = 6
_FORM: Final = re.compile(
    r"(?:\\int|∫)\s*(?:_\s*" + BOUND.format("low") + r"\s*\^\s*" + BOUND.format("high") + r"\s*)?"
    r"(?P<body>[^=\n∫]{0,160}?)"
    rf"(?:{TEXT_ON}d{TEXT_OFF}|(?<!\\)d)\s*(?P<name>[a-z])(?![A-Za-z])\s*=(?!=)"
)
_BARS: Final = re.compile(
    r"^\s*\[?(?P<body>[^\[\]|]{1,150}?)\s*[\]|]\s*_\s*" + BOUND.format("low") + r"\s*\^\s*"
    + BOUND.format("high") + r"\s*$"
)  # fmt: skip
_POINTS: Final = (0.37, 0.83, 1.41, 2.3)
_STEP: Final = 1e-4
_SLACK: Final = 1e-4
_NODES: Final = 8
_CLOSE: Final = 1e-7
"""Relative agreement of two quadratures that counts as a value."""


@cache
def _rule() -> tuple[tuple[float, float], ...]:
    """Nodes and weights on [-1, 1], by Newton's iteration on the Legendre polynomial."""
    rule = []
    for i in range(_NODES):
        x, slope = math.cos(math.pi * (i + 0.75) / (_NODES + 0.5)), 1.0
        for _ in range(50):
            before, now = 1.0, x
            for k in range(2, _NODES + 1):
                before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
            slope = _NODES * (x * now - before) / (x * x - 1)
            x -= now / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return tuple(rule)


def quadrature(body: Node, name: str, low: float, high: float) -> float:
    """The definite integral of a tree.

    Raises:
        CannotEvaluate: The integrand has no real value somewhere, or is not smooth enough.
    """

    def part(low: float, high: float, panels: int) -> float:
        width = (high - low) / panels
        middles = (low + (i + 0.5) * width for i in range(panels))
        return sum(
            weight * real(body, {name: middle + node * width / 2})
            for middle in middles
            for node, weight in _rule()
        ) * (width / 2)

    def total(cut: float, panels: int) -> float:
        middle = low + cut * (high - low)
        return part(low, middle, panels) + part(middle, high, panels)

    rough, fine = total(0.382, 2), total(0.567, 6)  # uneven, so that odd poles do not cancel out
    if abs(rough - fine) > _CLOSE * max(1.0, abs(fine)):
        raise CannotEvaluate
    return fine


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    r"""Checks `\int ... dx = ...` with every right side that can be read."""
    found: list[Finding] = []
    for match in list(_FORM.finditer(plain))[:MAX_CLAIMS]:
        if denies(plain[max(0, match.start() - 120) : match.end() + 120]):
            continue
        before = plain[: match.start()].rstrip()
        if before and (before[-1].isalnum() or before[-1] in "+-*/)}^_"):
            continue  # part of a larger expression
        name = match["name"]
        body = expressions.whole(match["body"] or "1")
        if body is None or not unknowns(body) <= {name}:
            continue
        bounds = _bounds(match)
        if bounds is None and (match["low"] or match["low1"]):
            continue
        for link in links(plain, match.end()):
            try:
                if bounds is None:
                    finding = _indefinite(body, name, link, match.start())
                else:
                    finding = _definite(body, name, bounds, link, match.start())
            except CannotEvaluate:
                break
            if finding is not None:
                found.append(finding)
                if finding.verdict is ClaimVerdict.REFUTED:
                    break
    return found


def _bounds(match: re.Match[str]) -> tuple[float, float] | None:
    values = [
        expressions.number(match[side] or match[side + "1"] or "") for side in ("low", "high")
    ]
    real_ones = [float(v) for v in values if v is not None and not isinstance(v, complex)]
    return (real_ones[0], real_ones[1]) if len(real_ones) == 2 else None


def _end(link: Link, length: int) -> int:
    return link.start + (length or len(link.text.rstrip()))


def _definite(
    body: Node, name: str, bounds: tuple[float, float], link: Link, start: int
) -> Finding | None:
    bars = _BARS.match(link.text)
    allowed, length = 0.0, 0
    if bars:
        inner = expressions.whole(bars["body"])
        ends = _bounds(bars)
        if inner is None or ends is None or not unknowns(inner) <= {name}:
            return None
        stated = real(inner, {name: ends[1]}) - real(inner, {name: ends[0]})
    else:
        piece = expressions.first(link.text)
        if piece is None or unknowns(piece.node):
            return None
        if not link.last and piece.length < len(link.text.rstrip()):
            return None
        stated, allowed, length = real(piece.node, {}), slack(piece.node), piece.length
    value = quadrature(body, name, *bounds)
    off = abs(value - stated)
    near = 1e-3 * max(abs(value), abs(stated)) if allowed else 0.0
    true = off <= max(allowed, near, 1e-6 * max(1.0, abs(value)))
    verdict = ClaimVerdict.SUPPORTED if true else ClaimVerdict.REFUTED
    return Finding(
        "integral",
        verdict,
        (start, _end(link, length)),
        expected=shown(round(value, 6)),
        found=shown(round(stated, 6)),
    )


def _indefinite(
    body: Node,
    name: str,
    link: Link,
    start: int,
) -> Finding | None:
    piece = expressions.first(link.text)
    if piece is None or name not in variables(piece.node):
        return None
    if not link.last and piece.length < len(link.text.rstrip()):
        return None
    others: dict[str, Number] = dict.fromkeys(unknowns(piece.node) - {name}, 1.7)
    if len(others) > 1 or not {*others} <= {"C", "c", "K", "k"}:
        return None
    gaps: list[tuple[float, float, float]] = []
    for point in _POINTS:
        try:
            high = real(piece.node, {**others, name: point + _STEP})
            slope = (high - real(piece.node, {**others, name: point - _STEP})) / (2 * _STEP)
            gaps.append((point, real(body, {name: point}), slope))
        except CannotEvaluate:
            continue
    if len(gaps) < 2:
        return None
    wrong = [g for g in gaps if abs(g[1] - g[2]) > _SLACK * max(1.0, abs(g[1]))]
    if wrong and (len(wrong) < len(gaps) or slack(piece.node)):
        return None
    finding = Finding(
        "antiderivative",
        ClaimVerdict.REFUTED if wrong else ClaimVerdict.SUPPORTED,
        (start, _end(link, piece.length)),
        note="its slope is compared with the integrand",
    )
    if not wrong:
        return finding
    point, integrand, slope = wrong[0]
    return finding.seen(
        (f"{integrand:.4g} at {name} = {point}", f"{slope:.4g} at {name} = {point}")
    )
