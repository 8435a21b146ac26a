"""Polynomials in one unknown with exact coefficients: what equations of a trace boil down to."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from triage_math.parsing.nodes import CannotEvaluate, Node, Number, evaluate

MAX_DEGREE: Final = 8
Poly = list[int | Fraction]
"""Coefficients from the constant term up, without zeros at the end."""


_ONE: Final[Poly] = [1]


def _trim(poly: Poly) -> Poly:
    while poly and poly[-1] == 0:
        poly.pop()
    return poly


def add(a: Poly, b: Poly, sign: int = 1) -> Poly:
    """`a + sign * b`."""
    size = max(len(a), len(b))
    zero = 0
    return _trim(
        [(a[i] if i < len(a) else zero) + sign * (b[i] if i < len(b) else zero)
         for i in range(size)]
    )  # fmt: skip


def multiply(a: Poly, b: Poly) -> Poly:
    """The product.

    Raises:
        CannotEvaluate: The degree would pass the limit.
    """
    if not a or not b:
        return []
    if b == _ONE:
        return a
    if a == _ONE:
        return b
    if len(a) + len(b) - 2 > MAX_DEGREE:
        raise CannotEvaluate
    out: Poly = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return _trim(out)


def quotient(a: int | Fraction, b: int | Fraction) -> int | Fraction:
    """`a / b`, whole where it can be: calculating with whole numbers is much faster."""
    if isinstance(a, int) and isinstance(b, int) and a % b == 0:
        return a // b
    return Fraction(a) / b


def remainder(a: Poly, b: Poly) -> Poly:
    """`a` modulo a non-zero `b`."""
    rest = list(a)
    while len(rest) >= len(b):
        factor = quotient(rest[-1], b[-1])
        shift = len(rest) - len(b)
        for i, value in enumerate(b):
            rest[i + shift] -= factor * value
        rest.pop()
        _trim(rest)
    return rest


def common_root(a: Poly, b: Poly) -> bool:
    """Whether two non-zero polynomials share a complex root."""
    while b:
        a, b = b, remainder(a, b)
        if any(c.numerator.bit_length() > 4000 for c in b):
            raise CannotEvaluate
    return len(a) > 1


Ratio = tuple[Poly, Poly]
_RATIONAL: Final = frozenset(("+", "-", "*", "/", "^", "neg", "%"))


def ratio(node: Node, name: str, known: Mapping[str, Number]) -> Ratio:
    """The expression as numerator and denominator in `name`.

    Raises:
        CannotEvaluate: It is no rational function with rational coefficients, or too large.
    """
    op = node.op
    if op == "v" and node.name == name:
        return [0, 1], [1]
    if op not in _RATIONAL:
        value = node.value if op == "n" else evaluate(node, known)
        if not isinstance(value, int | Fraction):
            raise CannotEvaluate
        return _trim([value]), [1]
    parts = [ratio(a, name, known) for a in node.args] if op != "^" else []
    if op == "neg":
        return multiply(parts[0][0], [-1]), parts[0][1]
    if op == "%":
        return multiply(parts[0][0], [Fraction(1, 100)]), parts[0][1]
    if op in ("+", "-"):
        (a, b), (c, d) = parts
        sign = 1 if op == "+" else -1
        if b == d:
            return add(a, c, sign), b
        return add(multiply(a, d), multiply(c, b), sign), multiply(b, d)
    if op == "*":
        (a, b), (c, d) = parts
        return multiply(a, c), multiply(b, d)
    if op == "/":
        (a, b), (c, d) = parts
        if not c:
            raise CannotEvaluate
        return multiply(a, d), multiply(b, c)
    if op == "^":
        exponent = evaluate(node.args[1], known)
        if not isinstance(exponent, int) or not 0 <= exponent <= MAX_DEGREE:
            raise CannotEvaluate
        top, bottom = ratio(node.args[0], name, known)
        result: Ratio = ([1], [1])
        for _ in range(exponent):
            result = multiply(result[0], top), multiply(result[1], bottom)
        return result
    raise CannotEvaluate


def equation(left: Node, right: Node, name: str) -> Poly:
    """The polynomial whose roots solve `left = right` (up to poles).

    Raises:
        CannotEvaluate: The equation is no rational one in `name`.
    """
    a, b = ratio(left, name, {}), ratio(right, name, {})
    return add(multiply(a[0], b[1]), multiply(b[0], a[1]), -1)


class Row(NamedTuple):
    """`a x + b y = c`."""

    a: Fraction
    b: Fraction
    c: Fraction


def row(left: Node, right: Node, x: str, y: str) -> Row | None:
    """An equation in two unknowns as a row: by its polynomials in x for y = 0, 1 and 2.

    Raises:
        CannotEvaluate: It is no rational one.
    """
    lines: list[tuple[Fraction, Fraction]] = []
    for value in (0, 1, 2):
        env: dict[str, Number] = {y: value}
        (a, b), (c, d) = (ratio(side, x, env) for side in (left, right))
        if len(b) != 1 or len(d) != 1:
            return None
        poly = add(multiply(a, [1 / Fraction(b[0])]), multiply(c, [1 / Fraction(d[0])]), -1)
        if len(poly) > 2:
            return None
        padded = [*map(Fraction, poly), Fraction(0), Fraction(0)]
        lines.append((padded[0], padded[1]))
    (p, a0), (q, a1), (r, a2) = lines
    if not a0 == a1 == a2 or r - q != q - p:
        return None
    return Row(a0, q - p, -p)


def at(poly: Poly, x: Fraction) -> Fraction:
    """The value at `x`."""
    total = Fraction(0)
    for coefficient in reversed(poly):
        total = total * x + coefficient
    return total
