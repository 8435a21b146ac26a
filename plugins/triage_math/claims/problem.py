"""What a problem says that its steps may rely on."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

_REDEFINES: Final = re.compile(
    r"\bbase[ -](?:\$?\d|two|three|four|five|six|seven|eight|nine|b\b)|\d_\{?\d"
    r"|_\{(?:two|three|five|six|seven|eight|nine)\}|\bhexadecimal|\bbinary (?:op|num)|⊕|⊗|◦|★|☆"
    r"|\\(?:star|diamond|oplus|otimes|clubsuit|spadesuit|heartsuit|circ\s+[a-z\d])"
    r"|\boperation \S{1,12} (?:is|be) defined|\bclock arithmetic",
    re.IGNORECASE,
)
"""Number bases and custom operators, under which plain arithmetic proves nothing."""
_REDEFINERS: Final = (
    "base", "_", "hexadecimal", "binary", "⊕", "⊗", "◦", "★", "☆", "\\star", "\\diamond", "\\o",
    "\\clubsuit", "\\spadesuit", "\\heartsuit", "\\circ", "operation", "clock",
)  # fmt: skip
"""What that pattern matches holds one of these: looking for them is much faster."""
_SIGNED: Final = re.compile(
    r"\\|-\d|\^|\$[A-Za-z]\$|\$[A-Za-z(][^$\n]*[=+*<>][^$\n]*\$|\b(?:negativ\w*|degrees?|temperatures?|below|debts?|owed?s?|loss\w*|"
    r"lost|los\w+|profit|sea level|altitude|coordinat\w+|integers?|functions?|equations?|vectors?|"
    r"graph|axis|charge|velocity|stock|balance|overdraw\w*|deficit|scores?|real number|matrix|"
    r"points?|surplus|elevat\w*|accounts?|"
    r"sequence|satisf\w*|roots?|primes?|digits?|divi\w+ors?|such that|positive)\b",
    re.IGNORECASE,
)
"""Problems in which an amount may be negative."""
_STORY: Final = re.compile(r"\b(?:he|she|they|his|her|their|has|had|buys?)\b", re.IGNORECASE)


_BASES: Final = re.compile(
    r"\bbase[ -]\$?(\d+|two|three|four|five|six|seven|eight|nine)"
    r"|_\{?(\d+|two|three|four|five|six)",
    re.IGNORECASE,
)
_NUMBERS: Final = {
    name: 2 + i
    for i, name in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine"))
}


_CENTS: Final = re.compile(r"\bcents?\b|¢|\b(?:penn(?:y|ies)|nickels?|dimes?|quarters?|coins?)\b")
_COINS: Final = ("cent", "¢", "penn", "nickel", "dime", "quarter", "coin")
"""What that pattern matches holds one of these: looking for them is much faster."""
_IMAGINARY: Final = re.compile(
    r"\b(?:complex (?:number|root|plane|solution|form)|imaginary|a ?\+ ?bi)\b|\\sqrt\{-1\}|i\^\{?2"
    r"|[\d)] ?[-+−–] ?\d*i\b|\d ?i ?[-+−–] ?\d|\bi ?\+ ?1\b"
)
_IMAGINED: Final = ("complex ", "imaginary", "bi", "{-1}", "i^")
_LONE_I: Final = re.compile(r"i\b(?<![A-Za-z]i)")
"""What that pattern matches holds one of these words, or else an i that stands alone."""
_VALUE: Final = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d{1,12})?|\d{0,12}\.\d{1,12}|\d{1,12}"
_NUMBER: Final = re.compile(_VALUE)
_AMOUNT: Final = re.compile(
    rf"(?P<money>\$ ?)?(?P<value>{_VALUE})(?: ?(?P<percent>%|percent\b)"
    r"|[ -](?P<unit>[A-Za-z]+))?"
)
_INDEX: Final = re.compile(r"_\{?i\b|\bi ?(?:=|\\le|<|≤|\\in\b) ?\d|\\sum|∑|\bi-?th\b")
"""Where i counts terms rather than being the imaginary unit."""


def speaks_of_cents(text: str) -> bool:
    """Whether amounts of money in a text may be told in cents."""
    return bool([coin for coin in _COINS if coin in text]) and _CENTS.search(text) is not None


@dataclass(frozen=True)
class Problem:
    """The problem's text, and what it says of how its story is to be read, found when asked for."""

    text: str = ""

    @cached_property
    def counts(self) -> bool:
        """Whether it is a story about amounts that cannot be negative."""
        return _STORY.search(self.text) is not None and _SIGNED.search(self.text) is None

    @cached_property
    def in_cents(self) -> bool:
        """Whether its amounts of money may be told in cents."""
        return speaks_of_cents(self.text)

    @cached_property
    def numbers(self) -> frozenset[Fraction]:
        """The numbers it gives, and their shares of a hundred: nobody rounded these."""
        given = {Fraction(n.replace(",", "")) for n in _NUMBER.findall(self.text)}
        return frozenset(given | {n / 100 for n in given} | {1 - n / 100 for n in given})

    @cached_property
    def amounts(self) -> dict[Fraction, str]:
        """The unit behind each number that stands in it once."""
        if "\\" in self.text:
            return {}  # a dollar sign may be LaTeX
        found: dict[Fraction, str] = {}
        twice: set[Fraction] = set()
        for match in _AMOUNT.finditer(self.text):
            value = Fraction(match["value"].replace(",", ""))
            if value in found:
                twice.add(value)
            sign = "$" if match["money"] else "%" if match["percent"] else ""
            found[value] = sign or (match["unit"] or "").lower()
        return {value: unit for value, unit in found.items() if value not in twice and unit}

    @cached_property
    def imaginary(self) -> bool:
        """Whether the letter i is the imaginary unit."""
        if not [w for w in _IMAGINED if w in self.text] and _LONE_I.search(self.text) is None:
            return False
        return _IMAGINARY.search(self.text) is not None and _INDEX.search(self.text) is None

    @cached_property
    def unsure(self) -> bool:
        """Whether notation is redefined: then plain arithmetic proves nothing."""
        low = self.text.lower()
        return bool([sign for sign in _REDEFINERS if sign in low]) and (
            _REDEFINES.search(self.text) is not None
        )

    @cached_property
    def base(self) -> int:
        """The largest number base below ten in play; 0 if there is none, or others too.

        Numbers with larger digits are decimal.
        """
        if not self.unsure:
            return 0
        named = [(a or b).lower() for a, b in _BASES.findall(self.text)]
        bases = {_NUMBERS.get(n) or int(n) for n in named} - {10}
        return max(bases) if bases and max(bases) < 10 else 0
