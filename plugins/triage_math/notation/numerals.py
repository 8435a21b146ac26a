"""The values of numerals as written: grouped digits, decimals, digits of another base."""

import re
from fractions import Fraction
from typing import Final

MAX_DIGITS: Final = 60
"""Numbers longer than this are not read: nobody computes with them by hand."""
_GROUPING: Final = re.compile(r"[,{}\\! ]")


def read_number(text: str) -> tuple[int | Fraction, int] | None:
    """The value of a decimal numeral and how many decimals it shows; None if it is too long."""
    if text.isdigit():
        return (int(text), 0) if len(text) <= MAX_DIGITS else None
    digits = _GROUPING.sub("", text)
    if len(digits) > MAX_DIGITS:
        return None
    whole, point, part = digits.partition(".")
    if not point:
        return int(whole), 0
    value = Fraction(int((whole or "0") + part), 10 ** len(part))
    return value, len(part)


def in_base(text: str) -> int | None:
    """The value of a numeral with its base as subscript; None if a digit is too large."""
    digits, _, subscript = text.partition("_")
    base = int(subscript.strip("{}"))
    if not 2 <= base <= 36 or any(int(d) >= base for d in digits):
        return None
    return int(digits, base)
