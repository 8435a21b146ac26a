"""Units on the hot path: which words are units, and the exact ratios between them."""

from fractions import Fraction
from functools import lru_cache
from typing import Final

_SCALES: Final[dict[str, dict[str, str]]] = {
    "time": {
        "second": "1", "seconds": "1", "sec": "1", "secs": "1", "s": "1", "ms": "1/1000",
        "milliseconds": "1/1000", "minute": "60", "minutes": "60", "min": "60", "mins": "60",
        "hour": "3600", "hours": "3600", "hr": "3600", "hrs": "3600", "h": "3600",
        "day": "86400", "days": "86400", "week": "604800", "weeks": "604800",
    },
    "months": {"month": "1", "months": "1", "year": "12", "years": "12", "decade": "120",
               "decades": "120", "century": "1200", "centuries": "1200"},
    "length": {
        "m": "1", "meter": "1", "meters": "1", "metre": "1", "metres": "1", "cm": "1/100",
        "centimeter": "1/100", "centimeters": "1/100", "mm": "1/1000", "millimeters": "1/1000",
        "km": "1000", "kilometer": "1000", "kilometers": "1000", "kilometres": "1000",
        "nm": "1/1000000000", "μm": "1/1000000", "um": "1/1000000",
        "inch": "254/10000", "inches": "254/10000", "in": "254/10000", "foot": "3048/10000",
        "feet": "3048/10000", "ft": "3048/10000", "yard": "9144/10000", "yards": "9144/10000",
        "mile": "1609344/1000", "miles": "1609344/1000", "mi": "1609344/1000",
    },
    "money": {"$": "1", "dollar": "1", "dollars": "1", "cent": "1/100", "cents": "1/100",
              "quarter": "1/4", "quarters": "1/4", "dime": "1/10", "dimes": "1/10",
              "nickel": "1/20", "nickels": "1/20", "penny": "1/100", "pennies": "1/100"},
    "mass": {
        "g": "1", "gram": "1", "grams": "1", "kg": "1000", "kilogram": "1000",
        "kilograms": "1000", "mg": "1/1000", "milligrams": "1/1000", "ton": "1000000",
        "tons": "1000000", "tonnes": "1000000",
    },
    "weight": {"ounce": "1", "ounces": "1", "oz": "1", "pound": "16", "pounds": "16", "lb": "16",
               "lbs": "16", "ton": "32000", "tons": "32000"},
    "volume": {
        "l": "1", "L": "1", "liter": "1", "liters": "1", "litre": "1", "litres": "1",
        "ml": "1/1000", "mL": "1/1000", "milliliters": "1/1000", "milliliter": "1/1000",
    },
    "cups": {"cup": "1", "cups": "1", "pint": "2", "pints": "2", "quart": "4", "quarts": "4",
             "gallon": "16", "gallons": "16", "ounce": "1/8", "ounces": "1/8",
             "tablespoon": "1/16", "tablespoons": "1/16", "teaspoon": "1/48",
             "teaspoons": "1/48"},
    "count": {"dozen": "12", "dozens": "12", "pair": "2", "pairs": "2", "score": "20"},
    "energy": {"J": "1", "kJ": "1000", "MJ": "1000000", "eV": "1.602176634e-19",
               "cal": "4.184", "kcal": "4184"},
    "power": {"W": "1", "kW": "1000", "MW": "1000000"},
    "frequency": {"Hz": "1", "kHz": "1000", "MHz": "1000000", "GHz": "1000000000"},
    "force": {"N": "1", "kN": "1000"},
    "charge": {"C": "1", "μC": "1/1000000"},
    "voltage": {"V": "1", "mV": "1/1000", "kV": "1000"},
    "current": {"A": "1", "mA": "1/1000"},
    "amount": {"mol": "1", "moles": "1", "mole": "1", "mmol": "1/1000"},
    "pressure": {"Pa": "1", "kPa": "1000", "atm": "101325"},
    "temperature": {"K": "1"},
    "angle": {"degrees": "1", "degree": "1", "deg": "1", "rad": "1", "radians": "1"},
    "field": {"T": "1", "ohm": "1", "ohms": "1", "F": "1", "H": "1"},
}  # fmt: skip
_BY_WORD: Final[dict[str, dict[str, Fraction]]] = {}
for _family, _words in _SCALES.items():
    for _word, _ratio in _words.items():
        _BY_WORD.setdefault(_word, {})[_family] = Fraction(_ratio)
_LETTERS: Final = frozenset(w for w in _BY_WORD if len(w) == 1 and w.isalpha())
_CALENDAR: Final = {("year", "week"): 52, ("year", "day"): 365, ("month", "week"): 4,
                    ("month", "day"): 30}  # fmt: skip
_SCALE_WORDS: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9,
                       "dozen": 12, "dozens": 12, "pair": 2, "pairs": 2, "k": 1000}  # fmt: skip


def is_unit_letter(letter: str) -> bool:
    """Whether a single letter is a unit's sign."""
    return letter in _LETTERS


def is_unit_word(word: str) -> bool:
    """Whether a word is a unit of measure."""
    return word in _BY_WORD or word.lower() in _BY_WORD


def stem(word: str) -> str:
    """A noun without its plural's ending."""
    if word.endswith(("xes", "shes", "ches", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 2 else word


@lru_cache(maxsize=4096)
def _pair_ratios(left: str, right: str) -> frozenset[Fraction]:
    found: set[Fraction] = set()
    families = _BY_WORD.get(left) or _BY_WORD.get(left.lower(), {})
    others = _BY_WORD.get(right) or _BY_WORD.get(right.lower(), {})
    for family in families.keys() & others.keys():
        found.add(families[family] / others[family])
    a, b = stem(left.lower()), stem(right.lower())
    if (a, b) in _CALENDAR:
        found.add(Fraction(_CALENDAR[a, b]))
    if (b, a) in _CALENDAR:
        found.add(Fraction(1, _CALENDAR[b, a]))
    return frozenset(found)


def sizes(large: str, small: str) -> frozenset[Fraction]:
    """How many of a smaller unit make a larger one, for every reading; empty if none is known."""
    found = _pair_ratios(large, small)
    stems = stem(large), stem(small)
    if stems == ("year", "day"):
        found |= {Fraction(366)}
    if "month" in stems and stems != ("year", "month"):
        return frozenset()  # months differ
    return frozenset(one for one in found if one > 1 and one.denominator == 1)


_SPELLED_OUT: Final = {"mph": ("miles", "hour"), "kph": ("km", "hour"), "km/h": ("km", "hour")}


def words(unit: str) -> list[str]:
    """The words of a unit phrase."""
    found: list[str] = []
    for word in unit.split():
        if word not in "/*" and not word.startswith("^"):
            found += _SPELLED_OUT.get(word, (word,))
    return found


def ratios(left: str, right: str) -> frozenset[Fraction]:
    """By what a count of `left` is multiplied to be a count of `right`, for every reading."""
    found: set[Fraction] = set()
    for a in words(left):
        for b in words(right):
            found |= _pair_ratios(a, b)
    return frozenset(found)


def scales(unit: str) -> frozenset[int]:
    """Factors that words such as `dozen` or `million` bring in."""
    return frozenset(_SCALE_WORDS[w] for w in words(unit.lower()) if w in _SCALE_WORDS)


_PREFIXED: Final = frozenset(
    w
    for family in ("length", "mass", "volume", "energy", "power", "frequency", "force", "charge",
                   "voltage", "current", "amount", "pressure", "field")
    for w in _SCALES[family]
    if len(w) <= 3 and w not in ("in", "ft", "mi", "atm", "ton", "cal")
) | {"s", "ms"}  # fmt: skip


def has_prefix(unit: str) -> bool:
    """Whether a unit phrase has signs of the metric system, where prefixes change the scale."""
    return any(w in _PREFIXED or (w[:1] in "mkμnMG" and w[1:] in _PREFIXED) for w in words(unit))


def in_unit(value: Fraction, unit: str, target: str) -> Fraction | None:
    """The value in another unit of the same kind; None where the kinds differ."""
    if unit == target:
        return value
    a, b = words(unit), words(target)
    if not a or not b:
        return None
    found = _pair_ratios(a[0], b[0])
    return value * min(found) if len(found) == 1 else None


def mixes(left: str, right: str) -> bool:
    """Whether two units measure the same kind of thing in different sizes, in every reading."""
    found = _pair_ratios(left, right)
    return bool(found) and Fraction(1) not in found


_KINDS: Final = frozenset(
    ("time", "length", "money", "mass", "weight", "volume", "cups", "temperature", "angle")
)


def kinds(unit: str) -> frozenset[str]:
    """What kinds of things a unit of everyday life measures."""
    return _KINDS & (_BY_WORD.get(unit) or _BY_WORD.get(unit.lower(), {})).keys()


def same_dimension(left: str, right: str) -> bool:
    """Whether two single units measure the same kind of thing."""
    a, b = words(left), words(right)
    return len(a) == 1 and len(b) == 1 and bool(_pair_ratios(a[0], b[0]))
