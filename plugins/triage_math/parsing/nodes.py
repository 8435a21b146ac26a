"""Expressions as trees, and their exact or numeric value under guards.

Nothing here executes text: a node's operation is looked up in a fixed table.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

Number = int | Fraction | float | complex

MAX_EXPONENT: Final = 400
MAX_BITS: Final = 20_000
MAX_FACTORIAL: Final = 170


class CannotEvaluate(Exception):  # noqa: N818 - no error: the expression simply stays unknown
    """The expression has no value here: a free variable, a pole, or more work than is allowed."""


class Node(NamedTuple):
    """A whitelisted expression.

    Attributes:
        op: `n` number, `v` variable, `+ - * / ^ neg ! % °`, `f` function or `±`.
        value: A number's value.
        places: Decimals shown in a number.
        name: A variable's or function's name.
        unit: Words written behind a number or bracket, in lower case.
    """

    op: str
    args: tuple["Node", ...] = ()
    value: int | Fraction = 0
    places: int = 0
    name: str = ""
    unit: str = ""


new_node: Final = tuple.__new__  # a third of the time of a NamedTuple's own constructor


class Mode(NamedTuple):
    """One way to read what notation leaves open.

    Attributes:
        percent: `hundredth`, `plain`, or `relative` (x + p % means x times 1 + p/100).
        log: Base of `log`.
        degrees: Whether angles are in degrees.
        minus: Whether ± stands for minus.
    """

    percent: str = "hundredth"
    log: float = 10.0
    degrees: bool = False
    minus: bool = False


DEFAULT: Final = Mode()
IMAGINARY: Final = "ⅈ"
"""The imaginary unit's name in a tree, where the letter i is no variable."""
CONSTANTS: Final[dict[str, Number]] = {"π": math.pi, "pi": math.pi, IMAGINARY: 1j}


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int | Fraction) and isinstance(exponent, int | Fraction):
        if isinstance(exponent, int) or exponent.denominator == 1:
            power = int(exponent)
            if abs(power) > MAX_EXPONENT:
                raise CannotEvaluate
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if bits * abs(power) > MAX_BITS or (base == 0 and power < 0):
                raise CannotEvaluate
            top, bottom = int(base.numerator ** abs(power)), int(base.denominator ** abs(power))
            if bottom == 1 and power >= 0:
                return top
            exact = Fraction(top, bottom) if power >= 0 else Fraction(bottom, top)
            return exact.numerator if exact.denominator == 1 else exact
        if base < 0:
            if exponent.denominator % 2 == 0:
                raise CannotEvaluate
            sign = -1 if exponent.numerator % 2 else 1
            return sign * math.pow(-base, exponent)
        return _root(base, exponent)
    if isinstance(exponent, int) and abs(exponent) <= MAX_EXPONENT:
        return complex(base) ** exponent if isinstance(base, complex) else float(base) ** exponent
    if isinstance(base, int | Fraction | float) and base < 0 and not isinstance(exponent, complex):
        raise CannotEvaluate
    if isinstance(base, complex) or isinstance(exponent, complex):
        return complex(base) ** complex(exponent)
    return math.pow(base, exponent)


def _root(base: int | Fraction, exponent: Fraction) -> Number:
    if exponent.denominator == 2 and base >= 0:
        top, bottom = math.isqrt(base.numerator), math.isqrt(base.denominator)
        if top * top == base.numerator and bottom * bottom == base.denominator:
            return _power(Fraction(top, bottom), exponent.numerator)
    return math.pow(base, exponent)


def _real(value: Number) -> float:
    if isinstance(value, complex):
        raise CannotEvaluate
    return float(value)


def _absolute(value: Number) -> Number:
    if isinstance(value, complex):
        return abs(value)
    return -value if value < 0 else value


def _whole(value: Number, limit: int) -> int:
    if isinstance(value, complex) or value != int(value) or not 0 <= value <= limit:
        raise CannotEvaluate
    return int(value)


def _choose(args: list[Number], function: Callable[[int, int], int]) -> int:
    if len(args) != 2:
        raise CannotEvaluate
    return function(_whole(args[0], 1000), _whole(args[1], 1000))


def _integers(args: list[Number]) -> list[int]:
    return [_whole(a, 10**30) for a in args]


def _sqrt(args: list[Number]) -> Number:
    value = args[0]
    if isinstance(value, int | Fraction) and value < 0:
        return complex(0, math.sqrt(-value))
    return _power(value, Fraction(1, 2))


_PLAIN: Final[dict[str, Callable[[list[Number]], Number]]] = {
    "numeral": lambda a: a[0],
    "sqrt": _sqrt,
    "ln": lambda a: math.log(_real(a[0])),
    "lg": lambda a: math.log10(_real(a[0])),
    "exp": lambda a: math.exp(_real(a[0])),
    "abs": lambda a: _absolute(a[0]),
    "floor": lambda a: math.floor(_real(a[0])),
    "ceil": lambda a: math.ceil(_real(a[0])),
    "sinh": lambda a: math.sinh(_real(a[0])),
    "cosh": lambda a: math.cosh(_real(a[0])),
    "tanh": lambda a: math.tanh(_real(a[0])),
    "binom": lambda a: _choose(a, math.comb),
    "choose": lambda a: _choose(a, math.comb),
    "C": lambda a: _choose(a, math.comb),
    "P": lambda a: _choose(a, math.perm),
    "gcd": lambda a: math.gcd(*_integers(a)),
    "lcm": lambda a: math.lcm(*_integers(a)),
    "max": lambda a: max(a, key=_real),
    "min": lambda a: min(a, key=_real),
}
_ANGLE: Final[dict[str, Callable[[float], float]]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "cot": lambda a: 1 / math.tan(a),
    "sec": lambda a: 1 / math.cos(a),
    "csc": lambda a: 1 / math.sin(a),
}
_ARC: Final[dict[str, Callable[[float], float]]] = {
    "arcsin": math.asin, "asin": math.asin, "arccos": math.acos, "acos": math.acos,
    "arctan": math.atan, "atan": math.atan,
}  # fmt: skip


def _function(node: Node, args: list[Number], mode: Mode) -> Number:
    name = node.name
    if name in _ANGLE:
        angle = _real(args[0])
        written_in_degrees = node.args[0].op == "°"
        if mode.degrees and not written_in_degrees:
            angle = math.radians(angle)
        result = _ANGLE[name](angle)
        if abs(result) > 1e12:
            raise CannotEvaluate
        return result
    if name in _ARC:
        result = _ARC[name](_real(args[0]))
        return math.degrees(result) if mode.degrees else result
    if name == "log":
        base = _real(args[1]) if len(args) > 1 else mode.log
        value = args[0]
        return math.log(_real(value)) / math.log(base)
    if name == "root":
        if isinstance(args[1], complex) or args[1] == 0:
            raise CannotEvaluate
        return _power(args[0], Fraction(1) / Fraction(args[1]))
    return _PLAIN[name](args)


def _evaluate(node: Node, env: Mapping[str, Number], mode: Mode) -> Number:
    op = node.op
    if op == "n":
        return node.value
    if op == "v":
        if node.name in env:
            return env[node.name]
        if node.name in CONSTANTS:
            return CONSTANTS[node.name]
        if node.name == "e" and "e" not in env:
            return math.e
        raise CannotEvaluate
    if op == "±":
        last = _evaluate(node.args[-1], env, mode)
        last = -last if mode.minus else last
        return last if len(node.args) == 1 else _evaluate(node.args[0], env, mode) + last
    if op == "+" or op == "-":
        left = _evaluate(node.args[0], env, mode)
        other = node.args[1]
        if other.op == "%" and mode.percent == "relative":
            share = left * _evaluate(other.args[0], env, mode) / 100
            return left + share if op == "+" else left - share
        right = _evaluate(other, env, mode)
        return left + right if op == "+" else left - right
    if op == "*":
        one, other = node.args
        return _evaluate(one, env, mode) * _evaluate(other, env, mode)
    if op == "/":
        one, other = node.args
        top, bottom = _evaluate(one, env, mode), _evaluate(other, env, mode)
        if bottom == 0:
            raise CannotEvaluate
        if isinstance(top, int) and isinstance(bottom, int):
            return Fraction(top, bottom) if top % bottom else top // bottom
        return top / bottom
    if op == "^":
        one, other = node.args
        return _power(_evaluate(one, env, mode), _evaluate(other, env, mode))
    if op == "neg":
        return -_evaluate(node.args[0], env, mode)
    args = [_evaluate(a, env, mode) for a in node.args]
    if op == "%":
        return args[0] if mode.percent == "plain" else args[0] * Fraction(1, 100)
    if op == "°":
        return math.radians(_real(args[0]))
    if op == "!":
        return math.factorial(_whole(args[0], MAX_FACTORIAL))
    if op == "f":
        return _function(node, args, mode)
    raise CannotEvaluate


def evaluate(node: Node, env: Mapping[str, Number], mode: Mode = DEFAULT) -> Number:
    """Returns the value of `node`, exact wherever it is rational.

    Raises:
        CannotEvaluate: A name without a value, a pole, a domain error or a broken guard.
    """
    try:
        value = _evaluate(node, env, mode)
    except (ArithmeticError, ValueError, TypeError, KeyError) as error:
        raise CannotEvaluate from error
    if type(value) is int and value.bit_length() <= 2 * MAX_BITS:
        return value  # the usual case
    if isinstance(value, float) and not math.isfinite(value):
        raise CannotEvaluate
    if (
        isinstance(value, int | Fraction)
        and max(value.numerator.bit_length(), value.denominator.bit_length()) > 2 * MAX_BITS
    ):
        raise CannotEvaluate
    return value


_NO_NAMES: Final[frozenset[str]] = frozenset()


def variables(node: Node) -> frozenset[str]:
    """Names of the free variables."""
    if node.op == "n":
        return _NO_NAMES
    return frozenset([n.name for n in walk(node) if n.op == "v" and n.name not in CONSTANTS])


def walk(node: Node) -> list[Node]:
    """All nodes of the tree."""
    found = [node]
    for item in found:  # which grows
        if item.args:
            found += item.args
    return found


def numbers(node: Node) -> list[Node]:
    """The numbers written in an expression."""
    return [n for n in walk(node) if n.op == "n"]


def is_literal(node: Node) -> bool:
    """Whether it is one number, perhaps with a sign, a unit or a percent sign."""
    while node.op in ("neg", "%", "°"):
        node = node.args[0]
    return node.op == "n"
