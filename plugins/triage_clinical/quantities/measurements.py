"""Finds labelled measurements in a text, each only if it is told once or always the same."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

_NUMBER: Final = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d/])"
_IS: Final = (
    r"(?:\s?[+⁺−⁻-]{0,2})(?:\s\((?!\d)[^()\d]{1,20}\))?(?:\s(?:level|concentration|value))?"
    r"(?:\s?[:=]\s?|\s(?:is|was|of|at|are|were)\s(?:about\s)?|\s)"
)


class Measure(NamedTuple):
    """A kind of measurement.

    Attributes:
        label: Pattern of its names.
        units: Pattern of each unit it may have, with the factor to the formula's unit; the key ""
            stands for no unit at all.
        before: Whether the figure may stand before the name: `a 70-kg man`.
        also: Another way to tell it, as a whole pattern with the group `value`.
        low: The least value that is taken for one.
        high: The greatest.
    """

    name: str
    label: str
    units: Mapping[str, float]
    low: float
    high: float
    before: str | None = None
    also: str | None = None


@cache
def _rules(
    measure_key: tuple[str, str, tuple[str, ...], str | None, str | None],
) -> tuple[re.Pattern[str], ...]:
    _, label, units, before, also = measure_key
    unit = "|".join(one for one in units if one)
    optional = "?" if "" in units else ""
    tail = (
        rf"\s?(?P<unit>{unit}){optional}(?![A-Za-z0-9])" if unit else "(?P<unit>)(?!\\s?[A-Za-z/%])"
    )
    rules = [re.compile(rf"(?<![\w.-])(?:{label}){_IS}(?P<value>{_NUMBER}){tail}")]
    if before:
        rules.append(re.compile(rf"(?<![\d./])(?P<value>{_NUMBER}){before}(?P<unit>)"))
    if also:
        rules.append(re.compile(rf"{also}(?P<unit>)"))
    return tuple(rules)


def measured(measures: Sequence[Measure], text: str, problem: str) -> dict[str, float] | None:
    """Every measurement from the text, or else from the problem; None if one is not clear."""
    found: dict[str, float] = {}
    for measure in measures:
        values = _values(measure, text) or _values(measure, problem)
        if len(values) != 1:
            return None
        found[measure.name] = values.pop()
    return found


def _values(measure: Measure, text: str) -> set[float]:
    values: set[float] = set()
    key = (measure.name, measure.label, tuple(measure.units), measure.before, measure.also)
    for rule in _rules(key):
        for found in rule.finditer(text):
            written = found["unit"] or ""
            factors = [
                factor
                for unit, factor in measure.units.items()
                if (re.fullmatch(unit, written) if unit else not written)
            ]
            if measure.before and not factors:
                factors = [1.0]
            if factors:
                value = float(found["value"].replace(",", "")) * factors[0]
                if not measure.low <= value <= measure.high:
                    return {value, -1.0}  # told in some other unit: not clear
                values.add(value)
    return values
