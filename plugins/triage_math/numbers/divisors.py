"""Claims in words about divisors of several numbers, and about remainders told in a sentence."""

import math
import re
from collections.abc import Callable
from typing import Final

_N: Final = r"\d{1,12}(?![\d^!]|\.\d|,\d)"
_LIST: Final = rf"(?P<list>{_N}(?: *,(?: *and)? *{_N}| *and *{_N}){{1,5}})"
_BEGIN: Final = r"(?<![\w.,^*/+)\-!}±])(?<![\^*/+)\-±] )"
_CLOSE: Final = r"(?![\w^*/+!=]|[ ]*[\^*/+!=]|\(|\.\d|,\d)"
_NUMBERS: Final = re.compile(r"\d+")

Check = Callable[[re.Match[str]], tuple[bool, str]]


def _all(match: re.Match[str]) -> list[int]:
    return [int(n) for n in _NUMBERS.findall(match["list"])]


def _greatest(match: re.Match[str]) -> tuple[bool, str]:
    right = math.gcd(*_all(match))
    return right == int(match["value"]), str(right)


def _least(match: re.Match[str]) -> tuple[bool, str]:
    right = math.lcm(*_all(match))
    return right == int(match["value"]), str(right)


def _coprime(match: re.Match[str]) -> tuple[bool, str]:
    shared = math.gcd(*_all(match))
    return shared == 1, f"common factor {shared}"


def _all_divisible(match: re.Match[str]) -> tuple[bool, str]:
    by = int(match["value"])
    rests = [(n, n % by) for n in _all(match)] if by else []
    wrong = [f"{n} leaves {rest}" for n, rest in rests if rest]
    return not wrong, "; ".join(wrong)


def _leaves(match: re.Match[str]) -> tuple[bool, str]:
    a, b = int(match["a"]), int(match["b"])
    return (True, "") if not b else (a % b == int(match["value"]), f"remainder {a % b}")


def _which(match: re.Match[str]) -> tuple[bool, str]:
    a, b = int(match["a"]), int(match["value"])
    holds = b != 0 and a % b == 0
    return holds != bool(match["no"]), f"{a} = {b} * {a // b if b else 0} + {a % b if b else a}"


def _form(pattern: str, begin: str = _BEGIN) -> re.Pattern[str]:
    """Compiles a form in which a blank stands for one or more, and <V> for the value claimed."""
    spread = re.sub(r" (?![*+])", " +", pattern.replace("<V>", rf"(?P<value>{_N})" + _CLOSE))
    return re.compile(begin + spread)


def _common(names: str) -> str:
    return (
        rf"(?:{names})(?: \(\w{{3}}\))? of " + _LIST
        + r"(?: is(?: equal to)?| equals| *\.[^.\d]{0,60} the (?:GCD|GCF|LCM|gcd|lcm) is) *<V>"
    )  # fmt: skip


FORMS: Final[list[tuple[str, tuple[str, ...], re.Pattern[str], Check]]] = [
    (
        "common-divisor", ("GCD", "gcd", "GCF", " common "),
        _form(_common("GCD|gcd|GCF|[Gg]reatest common (?:divisor|factor)"), r"\b"), _greatest,
    ),
    (
        "common-divisor", ("LCM", "lcm", " common "),
        _form(_common("LCM|lcm|[Ll](?:eas|owes)t common multiple"), r"\b"), _least,
    ),
    (
        "common-divisor", (" common ", "prime"),
        _form(
            _LIST + r" (?:(?:(?:do not|don't) (?:share|have) any|(?:share|have) no) (?:other )?"
            r"common (?:factor|divisor)|are (?:coprime|relatively prime))"
        ), _coprime,
    ),
    (
        "divisibility", ("divisible by",),
        _form(_LIST + r" are (?:both |all )?divisible by <V>"), _all_divisible,
    ),
    (
        "divisibility", (" which is",),
        _form(
            rf"(?P<a>{_N}) *, which is(?P<no> not)? (?:a multiple of|divisible by) <V>"
        ), _which,
    ),
    (
        "remainder", ("remainder",),
        _form(
            rf"(?P<a>{_N}) (?:is )?divided by (?P<b>{_N}) *,? *(?:the remainder is"
            r"|(?:it )?(?:leaves|gives|has)(?: us)? (?:a |the )?remainder(?: of)?) *<V>"
        ), _leaves,
    ),
]  # fmt: skip
"""Kind, what a text must hold to be worth the search, the form, and its check."""
