"""Calendars: weekdays, leap years, lengths of months, and dates a number of days or months away."""

import calendar
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Final, TypeVar

from triage.records import Span
from triage_logic.findings import DOUBT, Finding, judged

_YEARS: Final = range(1800, 2200)
"""The years in which the Gregorian calendar can be taken for granted nearly everywhere."""

_Source = TypeVar("_Source")

_MONTHS: Final = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
_MONTHS_SHORT: Final = {name.lower(): i for i, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS: Final = {name.lower(): i for i, name in enumerate(calendar.day_name)}
_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}

_MONTH: Final = r"(?:" + "|".join([*_MONTHS, *_MONTHS_SHORT]) + r")\b\.?"
_DATE: Final = (
    rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? \d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})(?![\d/-])"
)
_COUNT: Final = rf"(?:\d{{1,5}}|{'|'.join(_NUMBERS)}|an?)"
_IS: Final = r"(?:is|was|will be|=|would be|falls on|fell on|gives|gives us)"
_WEEKDAY: Final = "|".join(_WEEKDAYS)

_SHIFT: Final = re.compile(
    rf"\b({_COUNT}) (day|week|month|year)s? (after|from|later than|before|prior to|earlier than)"
    rf" ({_DATE}|today|now),? {_IS} (?:\w+day,? )?({_DATE})",
    re.IGNORECASE,
)
_AGO: Final = re.compile(
    rf"\b({_COUNT}) (day|week|month|year)s? (ago|later)(?: from (?:today|now))?,? {_IS}"
    rf" (?:\w+day,? )?({_DATE})",
    re.IGNORECASE,
)
_SUM: Final = re.compile(
    rf"({_DATE}) (plus|\+|minus|-|−) ({_COUNT}) (day|week|month|year)s? {_IS} ({_DATE})",
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(
    r"(?<!from )(?<!after )(?<!before )\b(today|tomorrow|yesterday|the day after tomorrow"
    rf"|the day before yesterday)(?:'s date)? {_IS} (?:\w+day,? )?({_DATE})",
    re.IGNORECASE,
)
_ON: Final = re.compile(rf"({_DATE}) {_IS} (?:on )?(?:an? )?({_WEEKDAY})\b", re.IGNORECASE)
_LEAP: Final = re.compile(r"\b(\d{4}) (is|was|will be) (not )?a leap year\b", re.IGNORECASE)
_LENGTH: Final = re.compile(
    rf"\b({_MONTH})(?: (\d{{4}}))? (?:has|had) (\d{{1,2}}) days\b", re.IGNORECASE
)
_BETWEEN: Final = re.compile(
    rf"\b(\d{{1,6}}) days (?:between|from) ({_DATE}) (?:and|to|until) ({_DATE})", re.IGNORECASE
)
_TASK: Final = re.compile(
    rf"{_DATE}|\b(?:leap year|day of the week|what (?:is the )?(?:date|day))\b", re.IGNORECASE
)
_TODAY: Final = re.compile(rf"\b(?:today is|today's date is|it is) ({_DATE})", re.IGNORECASE)
_AWAY: Final = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "the day after tomorrow": 2,
    "the day before yesterday": -2,
}


def recognise(problem: str) -> "Calendar | None":
    """A simulator for a problem that speaks of dates of the calendar."""
    if not _TASK.search(problem):
        return None
    told = _TODAY.search(problem)
    return Calendar(_dates(told[1]) if told else frozenset())


class Calendar:
    """Judges statements on dates; a date with slashes is read in both orders."""

    def __init__(self, today: frozenset[date]) -> None:
        self._today = today

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the statements on dates in a step."""
        if DOUBT.search(text):
            return []
        return [
            *self._shifts(text),
            *self._facts(text),
            *self._today_statements(text),
        ]

    def _shifts(self, text: str) -> Iterator[Finding]:
        for m in _SHIFT.finditer(text):
            sign = 1 if m[3].lower() in ("after", "from", "later than") else -1
            starts = self._today if m[4].lower() in ("today", "now") else _dates(m[4])
            expected = _shifted(starts, sign * _count(m[1]), m[2])
            yield from _compared(expected, _dates(m[5]), m.span(), m[5])
        for m in _SUM.finditer(text):
            sign = 1 if m[2].lower() in ("plus", "+") else -1
            expected = _shifted(_dates(m[1]), sign * _count(m[3]), m[4])
            yield from _compared(expected, _dates(m[5]), m.span(), m[5])

    def _today_statements(self, text: str) -> Iterator[Finding]:
        for m in _AGO.finditer(text):
            if m[3].lower() == "ago":
                expected = _shifted(self._today, -_count(m[1]), m[2])
                yield from _compared(expected, _dates(m[4]), m.span(), m[4])
        for m in _RELATIVE.finditer(text):
            expected = _shifted(self._today, _AWAY[m[1].lower()], "day")
            yield from _compared(expected, _dates(m[2]), m.span(), m[2])

    def _facts(self, text: str) -> Iterator[Finding]:
        for m in _ON.finditer(text):
            days = {one.weekday() for one in _dates(m[1])}
            if days:
                shown = " or ".join(calendar.day_name[day] for day in sorted(days))
                yield _finding(_WEEKDAYS[m[2].lower()] in days, m.span(), shown, m[2])
        for m in _LEAP.finditer(text):
            if int(m[1]) in _YEARS:
                leap = calendar.isleap(int(m[1]))
                shown = f"{m[1]} is {'' if leap else 'not '}a leap year"
                yield _finding(leap == (m[3] is None), m.span(), shown, m[0])
        for m in _LENGTH.finditer(text):
            month = _month(m[1])
            years = [int(m[2])] if m[2] else [2023, 2024]
            lengths = {calendar.monthrange(year, month)[1] for year in years if year in _YEARS}
            if lengths:
                shown = " or ".join(map(str, sorted(lengths)))
                yield _finding(int(m[3]) in lengths, m.span(), shown, m[3])
        for m in _BETWEEN.finditer(text):
            apart = {abs((two - one).days) for one in _dates(m[2]) for two in _dates(m[3])}
            if apart:
                fitting = {days + more for days in apart for more in (-1, 0, 1)}
                shown = " or ".join(map(str, sorted(apart)))
                yield _finding(int(m[1]) in fitting, m.span(), shown, m[1])


def _compared(
    expected: frozenset[date], stated: frozenset[date], span: Span, text: str
) -> Iterator[Finding]:
    if expected and stated:
        shown = " or ".join(one.isoformat() for one in sorted(expected))
        yield _finding(bool(expected & stated), span, shown, text)


def _finding(right: bool, span: Span, expected: str, found: str) -> Finding:
    return Finding(
        kind="calendar",
        verdict=judged(right),
        span=span,
        expected=expected,
        found=found,
        engine="Gregorian calendar",
    )


def _dates(text: str) -> frozenset[date]:
    """The dates a text can mean; none outside the years that are read."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if named := re.search(_MONTH, text, re.IGNORECASE):
        orders = [(numbers[1], _month(named[0]), numbers[0])]
    elif "-" in text:
        orders = [(numbers[0], numbers[1], numbers[2])]
    else:
        orders = [(numbers[2], numbers[0], numbers[1]), (numbers[2], numbers[1], numbers[0])]
    return _existing(lambda order: date(*order), orders)


def _shifted(starts: Iterable[date], count: int, unit: str) -> frozenset[date]:
    """Dates a number of units away; a day that the target month does not have is left out."""

    def moved(start: date) -> date:
        if unit.lower() in ("day", "week"):
            return start + timedelta(days=count * (7 if unit.lower() == "week" else 1))
        months = start.year * 12 + start.month - 1 + count * (12 if unit.lower() == "year" else 1)
        return start.replace(year=months // 12, month=months % 12 + 1)

    return _existing(moved, starts)


def _existing(make: Callable[[_Source], date], sources: Iterable[_Source]) -> frozenset[date]:
    found = set()
    for source in sources:
        try:
            made = make(source)
        except (ValueError, OverflowError):
            continue
        if made.year in _YEARS:
            found.add(made)
    return frozenset(found)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS.get(text.lower(), 1)


def _month(text: str) -> int:
    return _MONTHS_SHORT[text.lower()[:3]]
