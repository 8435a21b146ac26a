"""Figures in words: with interval and number where there is one, a dash where there is no value."""

import unicodedata
from typing import Final

from triage.evaluate import RateWithInterval
from triage.records import ReasonCode
from triage.report.figures import Estimate

NONE: Final = "–"
_PERCENT: Final = "\u00a0%"
_LONGEST: Final = 60
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are not seen, and could turn a line around or hide in a name."""


def visible(text: str, longest: int = _LONGEST) -> str:
    """A name from outside as one line that is what it looks like: marks are spelt out."""
    spelt = "".join(
        f"[U+{ord(one):04X}]" if unicodedata.category(one) in _UNSEEN else one for one in text
    )
    return spelt if len(spelt) <= longest else f"{spelt[: longest - 1]}…"


def reason(code: str) -> str:
    """Why people are asked; a code of another version as it is."""
    known = code in ReasonCode.__members__.values()
    return ReasonCode(code).shown if known else visible(code)


def count(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def percent(share: float | None) -> str:
    """A share with as many decimals as it needs."""
    if share is None:
        return NONE
    value = 100 * share
    return f"{value:.0f}{_PERCENT}" if value >= 10 or value == 0 else f"{value:.1f}{_PERCENT}"


def rate(one: RateWithInterval) -> str:
    """A share with its interval and counts."""
    return NONE if one.share is None else f"{percent(one.share)} {rate_told(one)}"


def rate_told(one: RateWithInterval) -> str:
    """What stands behind a share: its interval and counts."""
    counts = f"{one.count:,} of {one.of:,}"
    if one.low is None:
        return counts
    return f"{_between(percent(one.low), percent(one.high))}, {counts}"


def value(one: Estimate) -> str:
    """A measure alone."""
    return _measure(one.value, None, None, 3)


def interval(one: Estimate) -> str:
    """A measure's interval, ready to stand before its number; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    return f"{_between(f'{one.low:.3f}', f'{one.high:.3f}')}, "


def measure(one: Estimate, decimals: int = 3) -> str:
    """A measure with its interval."""
    return _measure(one.value, one.low, one.high, decimals)


def agreement(value: float | None, low: float | None, high: float | None) -> str:
    """A coefficient of agreement with its interval."""
    return _measure(value, low, high, 2)


def hours(one: Estimate) -> str:
    """Hours with their interval."""
    return _measure(one.value, one.low, one.high, 1)


def dollars(value: float | None) -> str:
    """Money, to the cent below a hundred dollars."""
    if value is None:
        return NONE
    return f"{value:,.0f} USD" if abs(value) >= 100 else f"{value:,.2f} USD"


def _measure(value: float | None, low: float | None, high: float | None, decimals: int) -> str:
    if value is None:
        return NONE
    told = f"{value:,.{decimals}f}"
    if low is None or high is None:
        return told
    return f"{told} {_between(f'{low:,.{decimals}f}', f'{high:,.{decimals}f}')}"


def _between(low: str, high: str) -> str:
    return f"[{low.removesuffix(_PERCENT)} – {high}]"
