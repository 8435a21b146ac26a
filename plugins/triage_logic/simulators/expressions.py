"""Exact evaluation of small arithmetic and Boolean expressions: no `eval`, bounded work."""

import re
from collections.abc import Mapping
from fractions import Fraction
from string import ascii_uppercase
from typing import Final

Value = Fraction | bool

_MAX_DEPTH: Final = 40
_MAX_TOKENS: Final = 2_000
_MAX_DIGITS: Final = 60

_TOKEN: Final = re.compile(
    r"\s*(\d+(?:\.\d+)?|(?i:true|false|not|and|or)\b|[A-Z](?![A-Za-z'])|[-+*/()−×÷·])\s*"
)
_SIGNS: Final = str.maketrans("−×÷·", "-*/*")
_LEVELS: Final = (("or",), ("and",), ("+", "-"), ("*", "/"))
_NAMES: Final = frozenset(ascii_uppercase)
_PREFIXES: Final = ("-", "+", "not")


class UnreadableError(ValueError):
    """The text is no expression of this grammar, or one too large to work out."""


class Expression:
    """An expression over numbers or truth values, with one-letter names, parsed as a whole.

    It is worked out while it is read, again for each set of values if it has names.

    Raises:
        UnreadableError: The text is cut short, holds foreign characters or is too large.
    """

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self.names = frozenset(token for token in self._tokens if token in _NAMES)
        self._fixed = self._read({})

    def value(self, names: Mapping[str, Value]) -> Value | None:
        """The exact value; None where a name is unknown or an operation is not defined."""
        return self._read(names) if self.names else self._fixed

    def _read(self, names: Mapping[str, Value]) -> Value | None:
        reading = _Reading(self._tokens, names)
        value = reading.binary(0, 0)
        if reading.at != len(self._tokens):
            raise UnreadableError("more than one expression")
        return value

    @property
    def name(self) -> str | None:
        """The name, if the expression is nothing but one."""
        return self._tokens[0] if len(self._tokens) == 1 and self.names else None

    @property
    def constant(self) -> bool:
        """Whether it is one number or truth value, perhaps with a sign and in parentheses."""
        return sum(word not in "()-+" for word in self._tokens) == 1 and not self.names

    @property
    def decimals(self) -> int | None:
        """Digits shown after the point, for a constant; None for all else."""
        if not self.constant:
            return None
        return max(len(token.partition(".")[2]) for token in self._tokens)


class _Reading:
    def __init__(self, tokens: list[str], names: Mapping[str, Value]) -> None:
        self._tokens = tokens
        self._names = names
        self.at = 0

    def binary(self, level: int, depth: int) -> Value | None:
        if level == len(_LEVELS):
            return self._prefix(depth)
        value = self.binary(level + 1, depth)
        while (operator := self._peek()) in _LEVELS[level]:
            self.at += 1
            value = _apply(operator, value, self.binary(level + 1, depth))
        return value

    def _prefix(self, depth: int) -> Value | None:
        word = self._peek()
        self.at += 1
        if depth > _MAX_DEPTH:
            raise UnreadableError("nested too deep")
        if word == "(":
            value = self.binary(0, depth + 1)
            if self._peek() != ")":
                raise UnreadableError("a parenthesis is not closed")
            self.at += 1
            return value
        if word in _PREFIXES:
            inner = self._prefix(depth + 1)
            if word == "not":
                return not inner if isinstance(inner, bool) else None
            if inner is None or isinstance(inner, bool):
                return None
            return -inner if word == "-" else inner
        if word in ("true", "false"):
            return word == "true"
        if word[:1].isdigit():
            return Fraction(word)
        if word in _NAMES:
            return self._names.get(word)
        raise UnreadableError(f"no expression begins with {word or 'nothing'}")

    def _peek(self) -> str:
        return self._tokens[self.at] if self.at < len(self._tokens) else ""


def _apply(operator: str, left: Value | None, right: Value | None) -> Value | None:
    if isinstance(left, bool) and isinstance(right, bool):
        return {"and": left and right, "or": left or right}.get(operator)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*" if _small(left) and _small(right):
                return left * right
            case "/" if right and _small(left) and _small(right):
                return left / right
    return None


def _small(value: Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= 4 * _MAX_DIGITS


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) == _MAX_TOKENS or len(match[1]) > _MAX_DIGITS:
            raise UnreadableError(text[:60])
        word = match[1]
        tokens.append(word.lower() if len(word) > 1 else word.translate(_SIGNS))
        at = match.end()
    if not tokens:
        raise UnreadableError("nothing to read")
    return tokens
