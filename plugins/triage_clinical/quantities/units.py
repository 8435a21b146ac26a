"""Units as clinicians write them, with their factors to base units by pint."""

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pint import UnitRegistry

_WRITTEN: Final = {
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms"), "kilogram"),
    **dict.fromkeys(("g", "gm", "gms", "gram", "grams"), "gram"),
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams"), "milligram"),
    **dict.fromkeys(("mcg", "µg", "μg", "ug", "microgram", "micrograms"), "microgram"),
    **dict.fromkeys(("ng", "nanogram", "nanograms"), "nanogram"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "pound"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "ounce"),
    **dict.fromkeys(("L", "l", "liter", "liters", "litre", "litres"), "liter"),
    **dict.fromkeys(("dL", "dl", "deciliter", "deciliters"), "deciliter"),
    **dict.fromkeys(("mL", "ml", "cc", "milliliter", "milliliters"), "milliliter"),
    **dict.fromkeys(("µL", "μL", "uL", "microliter", "microliters"), "microliter"),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "meter"),
    **dict.fromkeys(("cm", "centimeter", "centimeters"), "centimeter"),
    **dict.fromkeys(("mm", "millimeter", "millimeters"), "millimeter"),
    **dict.fromkeys(("in", "inch", "inches"), "inch"),
    **dict.fromkeys(("ft", "foot", "feet"), "foot"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "second"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("week", "weeks", "wk"), "week"),
    **dict.fromkeys(("mmHg", "mm Hg"), "mmHg"),
    **dict.fromkeys(("kPa",), "kilopascal"),
    **dict.fromkeys(("mol", "mole", "moles"), "mole"),
    **dict.fromkeys(("mmol", "mmols", "millimole", "millimoles"), "millimole"),
    **dict.fromkeys(("µmol", "μmol", "umol"), "micromole"),
    **dict.fromkeys(("kcal", "kilocalories", "Calories"), "kilocalorie"),
    **dict.fromkeys(("kJ", "kilojoule", "kilojoules"), "kilojoule"),
    # counted by definition, and never turned into another unit here
    **dict.fromkeys(("mEq", "milliequivalent", "milliequivalents"), "triage_milliequivalent"),
    **dict.fromkeys(("unit", "units", "IU", "U"), "triage_unit"),
    **dict.fromkeys(("drop", "drops", "gtt", "gtts"), "triage_drop"),
    **dict.fromkeys(("tablet", "tablets", "tab", "tabs"), "triage_tablet"),
}
UNIT: Final = (
    "(?:"
    + "|".join(re.escape(one) for one in sorted(_WRITTEN, key=len, reverse=True))
    + r")(?:[²³]|\^[23]|2)?(?![A-Za-z0-9])"
)
"""Matches one unit; `m2`, `m²` and `m^2` are squares."""
_IMPERIAL: Final = frozenset({"pound", "ounce", "inch", "foot"})
_POWER: Final = {"²": 2, "³": 3, "2": 2, "3": 3}

Dimensions = tuple[tuple[str, float], ...]


class Unit(NamedTuple):
    """A unit as a factor to base units and the dimensions it has.

    Attributes:
        imperial: Whether it is of another system than the metric one.
    """

    factor: float
    dimensions: Dimensions
    imperial: bool = False


@cache
def _registry() -> "UnitRegistry[float]":
    from pint import UnitRegistry

    registry: UnitRegistry[float] = UnitRegistry()
    for name in ("milliequivalent", "unit", "drop", "tablet"):
        registry.define(f"triage_{name} = [triage_{name}]")
    return registry


@cache
def unit_of(written: str) -> Unit:
    """The unit behind one written unit that `UNIT` matched."""
    name, power = written, 1
    if written not in _WRITTEN:
        name, power = written.rstrip("²³^23"), _POWER[written[-1]]
    quantity = (1 * _registry().Unit(_WRITTEN[name]) ** power).to_base_units()
    dimensions = tuple(sorted((k, float(v)) for k, v in quantity.dimensionality.items()))
    return Unit(float(quantity.magnitude), dimensions, _WRITTEN[name] in _IMPERIAL)
