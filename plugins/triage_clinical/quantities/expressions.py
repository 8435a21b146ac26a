"""Reads sums as clinicians write them, with units, and computes them: no text is ever evaluated."""

import math
import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from triage_clinical.quantities.units import UNIT, Dimensions, unit_of

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?|\.\d+"
_TOKEN: Final = re.compile(
    rf"(?P<number>{_NUMBER})|(?P<percent>%)"
    r"|(?P<equals>=|≈|~=|\bequals\b|\bis equal to\b|\bis approximately\b(?= *\d))"
    r"|(?P<times>×|\\times|·|⋅|\*|\bx\b(?= *[\d(])|\btimes\b|\bmultiplied by\b|(?<=%) of\b(?= \d))"
    r"|(?P<over>÷|/|\bper\b|\bdivided by\b|\bover\b)"
    r"|(?P<plus>\+|\bplus\b)|(?P<minus>−|–|-|\bminus\b)|(?P<power>\^)|(?P<open>[(\[])|(?P<close>[)\]])"
    r"|(?P<root>√|\bsqrt\b)|(?P<log>\blog(?:10)?\b|\bln\b)"
    rf"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{{1,4}})|(?P<unit>{UNIT})|(?P<stray>[A-Za-z_]+|\S)|(?P<space>\s+)"
)
EQUALS: Final = ("=", "≈", "equal", "approximately")
"""A text with none of these has no equals sign among its tokens."""
_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_MOST_TOKENS: Final = 60
_DEEPEST: Final = 12
_LARGEST: Final = 1e15


class Token(NamedTuple):
    """A sign or word with its kind and place."""

    kind: str
    text: str
    start: int
    end: int


class Value(NamedTuple):
    """A figure in base units.

    Attributes:
        digit: What one more in the last digit written would add, in base units; 0 if it was
            computed.
        whole: Whether it was made of whole numbers by adding, subtracting and multiplying alone.
    """

    number: float
    dimensions: Dimensions = ()
    digit: float = 0.0
    whole: bool = True


class UnreadableError(Exception):
    """The text is no sum that this grammar reads."""


def tokens(text: str) -> list[Token]:
    """The signs and words of a text, without the spaces between them."""
    found = (Token(m.lastgroup or "", m[0], m.start(), m.end()) for m in _TOKEN.finditer(text))
    return [one for one in found if one.kind != "space"]


def compute(run: Sequence[Token]) -> list[Value]:
    """The values of a sum: one, or several where its strokes can be read in more than one way.

    Raises:
        UnreadableError: It is no sum.
    """
    if not 0 < len(run) <= _MOST_TOKENS:
        raise UnreadableError
    values = []
    for how in Reading:
        try:
            values.append(_Reader(run, how).read())
        except (UnreadableError, ZeroDivisionError, OverflowError, ValueError):
            continue
    if not values:
        raise UnreadableError
    return list(dict.fromkeys(values))


class Reading(Enum):
    """How a sum with several strokes is read."""

    LEFT_TO_RIGHT = auto()
    PRODUCT_BELOW = auto()
    """a / b x c is a / (b x c)."""
    FRACTIONS_FIRST = auto()
    """28 / 1/5 is 28 divided by one fifth."""


class _Reader:
    """Recursive descent."""

    def __init__(self, run: Sequence[Token], how: Reading) -> None:
        self._run, self._how = run, how
        self._at = self._depth = 0

    def read(self) -> Value:
        value = self._sum()
        if self._at < len(self._run):
            raise UnreadableError
        return value

    def _next(self, *kinds: str) -> Token | None:
        if self._at < len(self._run) and self._run[self._at].kind in kinds:
            self._at += 1
            return self._run[self._at - 1]
        return None

    def _sum(self) -> Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableError
        value = self._product()
        while (sign := self._next("plus", "minus")) is not None:
            other = self._product()
            if other.dimensions != value.dimensions:
                raise UnreadableError
            number = value.number + (other.number if sign.kind == "plus" else -other.number)
            value = _checked(Value(number, value.dimensions, 0.0, value.whole and other.whole))
        self._depth -= 1
        return value

    def _product(self) -> Value:
        value = self._power()
        while (sign := self._next("times", "over")) is not None:
            other = self._power()
            if sign.kind == "over" and self._how is Reading.PRODUCT_BELOW:
                while self._next("times") is not None:
                    other = _times(other, self._power())
            value = _times(value, other if sign.kind == "times" else _inverse(other))
        return value

    def _power(self) -> Value:
        base = self._atom()
        if (raised := self._next("raised")) is not None:
            power = float(int(raised.text.translate(_SUPERSCRIPT)))
        elif self._next("power") is not None:
            sign = -1 if self._next("minus") is not None else 1
            exponent = self._atom()
            if exponent.dimensions:
                raise UnreadableError
            power = sign * exponent.number
        else:
            return base
        if abs(power) > 40:
            raise UnreadableError
        dimensions = tuple((name, n * power) for name, n in base.dimensions)
        return _checked(Value(base.number**power, dimensions, 0.0, base.whole and power >= 0))

    def _atom(self) -> Value:
        if self._next("open") is not None:
            value = self._sum()
            if self._next("close") is None:
                raise UnreadableError
            return self._with_units(value)
        if (named := self._next("root", "log")) is not None:
            inner = self._atom()
            if named.text == "ln":
                return Value(math.log(inner.number), whole=False)
            if named.kind == "log":
                return Value(math.log10(inner.number), whole=False)
            halves = tuple((name, n / 2) for name, n in inner.dimensions)
            return Value(math.sqrt(inner.number), halves, whole=False)
        number = self._next("number")
        if number is None:
            raise UnreadableError
        value = _literal(number.text)
        if self._how is Reading.FRACTIONS_FIRST and self._is_tight_fraction(number):
            self._at += 2
            value = _times(value, _inverse(_literal(self._run[self._at - 1].text)))
        return self._with_units(value)

    def _is_tight_fraction(self, number: Token) -> bool:
        following = self._run[self._at : self._at + 2]
        return (
            [one.kind for one in following] == ["over", "number"]
            and following[0].start == number.end
            and following[1].start == following[0].end
        )

    def _with_units(self, value: Value) -> Value:
        if self._next("percent") is not None:
            return value._replace(number=value.number / 100, digit=value.digit / 100, whole=False)
        if (first := self._next("unit")) is None:
            return value
        value = _scaled(value, first.text, 1)
        while self._at + 1 < len(self._run) and self._run[self._at].kind == "over":
            following = self._run[self._at + 1]
            if following.kind == "unit":  # mg/kg/day
                self._at += 2
                value = _scaled(value, following.text, -1)
            elif self._is_volume_of_solution(following):  # 250 mg/5 mL
                self._at += 2
                value = _times(value, _inverse(self._with_units(_literal(following.text))))
            else:
                break
        return value

    def _is_volume_of_solution(self, following: Token) -> bool:
        """Whether a slash is written tight between a unit and a number with a unit."""
        slash, before = self._run[self._at], self._run[self._at - 1]
        tight = slash.start == before.end and following.start == slash.end
        after = self._run[self._at + 2] if self._at + 2 < len(self._run) else None
        return following.kind == "number" and tight and after is not None and after.kind == "unit"


def _literal(text: str) -> Value:
    plain = text.replace(",", "")
    places = len(plain.partition(".")[2])
    return _checked(Value(float(plain), (), 10.0**-places, places == 0))


def _scaled(value: Value, unit: str, power: int) -> Value:
    found = unit_of(unit)
    factor = found.factor**power
    dimensions = _merged(value.dimensions, found.dimensions, power)
    return _checked(Value(value.number * factor, dimensions, value.digit * factor, value.whole))


def _times(one: Value, other: Value) -> Value:
    dimensions = _merged(one.dimensions, other.dimensions, 1)
    whole = one.whole and other.whole
    return _checked(Value(one.number * other.number, dimensions, 0.0, whole))


def _inverse(value: Value) -> Value:
    dimensions = tuple((name, -power) for name, power in value.dimensions)
    return Value(1.0 / value.number, dimensions, 0.0, whole=False)


def _merged(one: Dimensions, other: Dimensions, power: int) -> Dimensions:
    total = dict(one)
    for name, n in other:
        total[name] = total.get(name, 0.0) + n * power
    return tuple(sorted((name, n) for name, n in total.items() if n))


def _checked(value: Value) -> Value:
    if not math.isfinite(value.number) or abs(value.number) > _LARGEST:
        raise UnreadableError
    return value


def equations(found: Sequence[Token]) -> Iterator[tuple[list[Token], Token, list[Token]]]:
    """Both sides of every equals sign, as far as no word of the sentence stands in between."""
    for at, token in enumerate(found):
        if token.kind != "equals":
            continue
        left = at
        while left > 0 and found[left - 1].kind not in ("stray", "equals"):
            left -= 1
        right = at + 1
        while right < len(found) and found[right].kind not in ("stray", "equals"):
            right += 1
        yield list(found[left:at]), token, list(found[at + 1 : right])
