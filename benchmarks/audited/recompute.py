"""Evaluates a row's recomputation, by other means than the plugins' own arithmetic.

An expression may name `Fraction`, `math`, `mpmath`, `sympy`, sympy's `Permutation`, `unit` (a
registry of pint) and plain Python. It is code of this repository, reviewed as such; nothing from a
trace is in it.
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _names() -> dict[str, Any]:
    import mpmath
    import pint
    import sympy
    from sympy.combinatorics import Permutation

    return {
        "Fraction": Fraction,
        "math": math,
        "mpmath": mpmath,
        "Permutation": Permutation,
        "sympy": sympy,
        "unit": pint.UnitRegistry(),
    }


def holds(expression: str) -> bool:
    """Whether the expression comes out as true, and as nothing else that counts as true.

    Raises:
        TypeError: It is no statement that is true or false.
    """
    value = eval(expression, dict(_names()))  # noqa: S307 - our own expressions, from our own file
    if not isinstance(value, bool) and type(value).__name__ not in ("BooleanTrue", "BooleanFalse"):
        raise TypeError(f"{expression} gives {value!r}: a recomputation says true or false")
    return bool(value)
