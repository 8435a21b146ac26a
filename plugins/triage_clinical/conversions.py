"""The same quantity told in two systems, the second in brackets: 70 kg (154 lb)."""

import re
from collections.abc import Iterator
from typing import Final

from triage_clinical.findings import DOUBT, Finding, judged, sentences, shown
from triage_clinical.units import UNIT, Unit, unit_of

_NUMBER: Final = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_BOTH: Final = re.compile(
    rf"(?<![\d.,/–-]){_NUMBER}[ -]?({UNIT})\s*\(\s*(?:about |approximately |~|≈|= ?)?"
    rf"{_NUMBER}[ -]?({UNIT})(?:\s*{_NUMBER}[ -]?({UNIT}))?\s*[);,]"
)
_DEGREES: Final = re.compile(
    r"(?<![\d.,–-])(\d{1,3}(?:\.\d+)?)\s*°?\s*([CF])\b\.?\s*(?:\(|=|or )\s*"
    r"(\d{1,3}(?:\.\d+)?)\s*°?\s*([CF])\b(?!\s*(?:to|[-–]))"
)
_SLACK: Final = 0.02
_DEGREES_SLACK: Final = 0.6


def check(text: str) -> Iterator[Finding]:
    """Judge every quantity that a step tells twice."""
    for start, sentence in sentences(text):
        if DOUBT.search(sentence):
            continue
        for found in _BOTH.finditer(sentence):
            yield from _same(found, start)
        for found in _DEGREES.finditer(sentence):
            if found[2] != found[4]:
                yield _degrees(found, start)


def _same(found: re.Match[str], start: int) -> Iterator[Finding]:
    one, other = unit_of(found[2]), unit_of(found[4])
    if one.imperial == other.imperial or one.dimensions != other.dimensions:
        return
    low, high = _between(found[1], one)
    other_low, other_high = _between(found[3], other)
    if found[5] is not None:  # 5 ft 6 in: the feet are whole, the inches rounded
        rest = unit_of(found[6])
        if rest.dimensions != other.dimensions:
            return
        feet = float(found[3].replace(",", "")) * other.factor
        other_low, other_high = (feet + end for end in _between(found[5], rest))
    slack = _SLACK * max(high, other_high)
    value = (low + high) / 2 / other.factor
    yield Finding(
        kind="conversion",
        verdict=judged(low <= other_high + slack and other_low <= high + slack),
        span=(start + found.start(1), start + found.end() - 1),
        expected=f"{found[1]} {found[2]} is {shown(value)} {found[4]}",
        found=found[0].rstrip(");, ") + ")",
    )


def _between(figure: str, unit: Unit) -> tuple[float, float]:
    """What a rounded figure can stand for, in base units."""
    plain = figure.replace(",", "")
    half = 10.0 ** -len(plain.partition(".")[2]) / 2
    value = float(plain)
    return (value - half) * unit.factor, (value + half) * unit.factor


def _degrees(found: re.Match[str], start: int) -> Finding:
    stated, told = float(found[1]), float(found[3])
    to_celsius = found[4] == "C"
    turned = (stated - 32) / 1.8 if to_celsius else stated * 1.8 + 32
    return Finding(
        kind="conversion",
        verdict=judged(abs(turned - told) <= _DEGREES_SLACK * (1 if to_celsius else 1.8)),
        span=(start + found.start(), start + found.end()),
        expected=f"{found[1]} °{found[2]} is {turned:.1f} °{found[4]}",
        found=f"{found[3]} °{found[4]}",
    )
