"""The same quantity told in two systems, the second in brackets: 70 kg (154 lb)."""

import re
from collections.abc import Iterator
from typing import Final

from triage_clinical.findings import DOUBT, Finding, judged, sentences, shown
from triage_clinical.quantities.units import UNIT, Unit, unit_of

_PLAIN: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER: Final = rf"({_PLAIN})"
_LARGER: Final = r"ft|feet|foot|lbs?|pounds?|kg"
_BOTH: Final = re.compile(
    rf"(?<![\d.,/–-])(?:(?P<whole>\d{{1,3}})[ -]?(?P<larger>{_LARGER})[ ,]+(?:and )?)?"
    rf"(?P<figure>{_PLAIN})[ -]?(?P<unit>{UNIT})"
    r"\s*\(\s*(?:about |approximately |~|≈|= ?)?"
    rf"(?P<other>{_PLAIN})[ -]?(?P<other_unit>{UNIT})"
    rf"(?:\s*(?P<rest>{_PLAIN})[ -]?(?P<rest_unit>{UNIT}))?\s*[);,]"
)
_DEGREES: Final = re.compile(
    r"(?<![\d.,–-])(\d{1,3}(?:\.\d+)?)\s*°?\s*([CF])\b\.?\s*(?:\(|=|or )\s*"
    r"(\d{1,3}(?:\.\d+)?)\s*°?\s*([CF])\b(?!\s*(?:to|[-–]))"
)
_MOLAR: Final = {
    "glucose": 180.16,
    "blood sugar": 180.16,
    "creatinine": 113.12,
    "cholesterol": 386.65,
    "ldl": 386.65,
    "hdl": 386.65,
    "triglyceride": 885.4,
    "calcium": 40.08,
    "bilirubin": 584.66,
    "uric acid": 168.11,
    "bun": 28.01,
    "urea nitrogen": 28.01,
}
"""Grams a mole; of urea nitrogen the two atoms in a mole of urea."""
_CONCENTRATION: Final = re.compile(
    rf"(?P<analyte>(?i:{'|'.join(_MOLAR)}))s?\b[^.;()=\d]{{0,40}}{_NUMBER}\s?mg/dL"
    rf"\s*(?:\(|=|or )\s*(?:about |approximately |~|≈)?{_NUMBER}\s?(?P<unit>mmol|[µμu]mol)/L"
)
_AGAIN: Final = ("(", "=", "or ")
"""What comes before the second telling in all of them."""
_SLACK: Final = 0.02
_DEGREES_SLACK: Final = 0.6


def check(text: str) -> Iterator[Finding]:
    """Judge every quantity that a step tells twice."""
    for start, sentence in sentences(text):
        if not any(map(sentence.__contains__, _AGAIN)):
            continue
        found = list(_told_twice(start, sentence))
        if found and not DOUBT.search(sentence):
            yield from found


def _told_twice(start: int, sentence: str) -> Iterator[Finding]:
    for found in _BOTH.finditer(sentence):
        yield from _same(found, start)
    for found in _CONCENTRATION.finditer(sentence):
        yield _molar(found, start)
    for found in _DEGREES.finditer(sentence):
        if found[2] != found[4]:
            yield _degrees(found, start)


def _same(found: re.Match[str], start: int) -> Iterator[Finding]:
    one, other = unit_of(found["unit"]), unit_of(found["other_unit"])
    if one.imperial == other.imperial or one.dimensions != other.dimensions:
        return
    low, high = _between(found["figure"], one)
    if found["whole"] is not None:  # 5 ft 10 in: the feet are whole, the inches rounded
        larger = unit_of(found["larger"])
        if larger.dimensions != one.dimensions or larger.factor < one.factor:
            return
        low, high = (int(found["whole"]) * larger.factor + end for end in (low, high))
    other_low, other_high = _between(found["other"], other)
    if found["rest"] is not None:
        rest = unit_of(found["rest_unit"])
        if rest.dimensions != other.dimensions:
            return
        feet = float(found["other"].replace(",", "")) * other.factor
        other_low, other_high = (feet + end for end in _between(found["rest"], rest))
    slack = _SLACK * max(high, other_high)
    value = (low + high) / 2 / other.factor
    stated = found[0].partition("(")[0].strip()
    yield Finding(
        kind="conversion",
        verdict=judged(low <= other_high + slack and other_low <= high + slack),
        span=(start + found.start(), start + found.end() - 1),
        expected=f"{stated} is {shown(value)} {found['other_unit']}",
        found=found[0].rstrip(");, ") + ")",
    )


def _molar(found: re.Match[str], start: int) -> Finding:
    """Milligrams in a decilitre against moles in a litre."""
    mass, told = (float(figure.replace(",", "")) for figure in found.group(2, 3))
    per_litre = (
        mass * 10 / _MOLAR[found["analyte"].lower()] * (1 if found["unit"] == "mmol" else 1_000)
    )
    half = 10.0 ** -len(found[3].partition(".")[2])
    return Finding(
        kind="conversion",
        verdict=judged(abs(per_litre - told) <= max(half, 0.03 * per_litre)),
        span=(start + found.start(), start + found.end()),
        expected=f"{found[2]} mg/dL is {shown(per_litre)} {found['unit']}/L",
        found=f"{found[3]} {found['unit']}/L",
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
