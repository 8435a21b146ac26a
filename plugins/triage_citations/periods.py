"""Dates and periods that a step reckons: 30 days after March 3 is April 2."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from triage.records import Claim, ClaimVerdict

_MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH: Final = r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
_DAY: Final = rf"(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?)"
_WORDS: Final = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"thirty": 30, "sixty": 60, "ninety": 90, "twenty": 20, "fourteen": 14, "fifteen": 15}
_COUNT: Final = rf"(?P<count>\d{{1,4}}|{'|'.join(_WORDS)})"
_UNIT: Final = r"(?P<unit>day|week|month|year)s?"
_IS: Final = (
    r",? (?:is|was|would be|will be|falls on|fell on|ends on|ended on|expires on|expired on|runs until"
    r"|ran until|gives|comes to|lands on|brings us to|=)(?: on| until)? "
)
_RULES: Final = (
    re.compile(
        rf"\b{_COUNT}[ -](?:calendar )?{_UNIT} (?P<way>after|from|following|before) (?P<start>{_DAY}){_IS}(?P<end>{_DAY})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<end>{_DAY})(?: is| was|,) (?:exactly |just )?{_COUNT} (?:calendar )?{_UNIT} (?P<way>after|before) (?P<start>{_DAY})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_COUNT}[ -]{_UNIT}(?: statute of limitations| limitations? period| period| deadline| limit| time limit)?"
        rf"(?: that)? (?:starting|beginning|running|began|begins|started|starts|runs|ran|counted|measured|accruing)?"
        rf" ?(?:on|from) (?P<start>{_DAY}),?(?: and)?(?: thus| therefore| so)? (?:expires|expired|ends|ended|runs out|ran out|lapses|lapsed)"
        rf" on (?P<end>{_DAY})(?P<way>)",
        re.IGNORECASE,
    ),
)
_SPANS: Final = (
    re.compile(
        rf"\b(?:from|between) (?P<start>{_DAY}),? (?:to|until|through|and) (?P<end>{_DAY}),?"
        rf" (?:is|are|was|were|there are|there were|makes|spans|=) (?:exactly )?{_COUNT} {_UNIT}\b(?P<than>)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:there are|there were) (?:exactly )?{_COUNT} {_UNIT} (?:from|between) (?P<start>{_DAY})"
        rf" (?:to|until|and) (?P<end>{_DAY})(?P<than>)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<end>{_DAY}),?(?: (?:is|was|which is|which was))? (?P<than>more|less|fewer) than"
        rf" {_COUNT} {_UNIT} after (?P<start>{_DAY})",
        re.IGNORECASE,
    ),
)
_WEIGHED: Final = re.compile(
    r"\b(?:not|if|incorrect\w*|wrong\w*|would have|business|working|court|about|approximately"
    r"|roughly|excluding|tolled)\b|\?",
    re.IGNORECASE,
)
_LONGEST_DAYS: Final = 36_600
_WEEKEND: Final = 5


def check(text: str) -> Iterator[Claim]:
    """Judge every reckoned date; counting the first day, or on from a weekend, is allowed for."""
    for sentence in re.finditer(r"[^.?!\n]+(?:\.(?= ?[\d,a-z])[^.?!\n]*)*[.?!]?", text):
        if _WEIGHED.search(sentence[0]):
            continue
        for rule in _RULES:
            for found in rule.finditer(sentence[0]):
                claim = _judged(found, sentence.start())
                if claim is not None:
                    yield claim
        for rule in _SPANS:
            for found in rule.finditer(sentence[0]):
                if (claim := _spanned(found, sentence.start())) is not None:
                    yield claim


def _spanned(found: re.Match[str], offset: int) -> Claim | None:
    """How long it is from one date to another; counting both ends, or none, is allowed for."""
    start, end = _read(found["start"]), _read(found["end"])
    if start is None or end is None or start[2] is None or end[2] is None:
        return None
    begun, over = date(start[2], start[1], start[0]), date(end[2], end[1], end[0])
    try:
        reckoned = _moved(begun, _number(found["count"]), found["unit"].lower())
    except (ValueError, OverflowError):
        return None
    late, than = (over - reckoned).days, (found["than"] or "").lower()
    # to the day the words are taken either way: which day counts is law
    right = late >= 0 if than == "more" else late <= 0 if than else abs(late) <= 1
    days = (over - begun).days
    return Claim(
        kind="period",
        verdict=ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED,
        span=(offset + found.start(), offset + found.end()),
        text=found[0],
        expected=f"{days} days from {begun} to {over}",
        found=f"{found['count']} {found['unit']}",
        engine="calendar",
    )


def _number(written: str) -> int:
    return int(written) if written.isdigit() else _WORDS[written.lower()]


def _judged(found: re.Match[str], offset: int) -> Claim | None:
    start, end = _read(found["start"]), _read(found["end"])
    if start is None or end is None:
        return None
    count = _number(found["count"])
    back = (found["way"] or "").lower() == "before"
    unit = found["unit"].lower()
    possible: set[tuple[int, int]] = set()
    told: date | None = None
    for year in (start[2],) if start[2] else (2023, 2024):
        try:
            reckoned = _moved(date(year, start[1], start[0]), -count if back else count, unit)
        except (ValueError, OverflowError):
            return None
        told = told or reckoned
        rolls = _rolled(reckoned, known=start[2] is not None)
        days = [reckoned + timedelta(days=by) for by in (-1, 0, 1, *rolls)]
        possible |= {
            (one.month, one.day) for one in days if not (end[2] and start[2]) or one.year == end[2]
        }
    right = (end[1], end[0]) in possible
    assert told is not None  # noqa: S101 - the loop ran once at least
    shown = f"{_MONTHS[told.month - 1].capitalize()} {told.day}"
    return Claim(
        kind="period",
        verdict=ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED,
        span=(offset + found.start(), offset + found.end()),
        text=found[0],
        expected=f"{shown}, {told.year}" if start[2] else shown,
        found=found["end"],
        engine="calendar",
    )


def _read(written: str) -> tuple[int, int, int | None] | None:
    """Day, month and year of a date, or None if there is no such day."""
    month = re.search(_MONTH, written, re.IGNORECASE)
    numbers = re.findall(r"\d+", written)
    if month is None or not numbers:
        return None
    index = next(i for i, name in enumerate(_MONTHS) if name.startswith(month[0].lower()[:3])) + 1
    day = int(numbers[0])
    year = int(numbers[1]) if len(numbers) > 1 else None
    if year is not None and not 1_000 <= year <= 2_999:
        return None
    return (day, index, year) if 1 <= day <= monthrange(year or 2_024, index)[1] else None


def _moved(start: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        days = count * (7 if unit == "week" else 1)
        if abs(days) > _LONGEST_DAYS:
            raise OverflowError
        return start + timedelta(days=days)
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _rolled(day: date, *, known: bool) -> range:
    """How many days later the period may end because its last day is none of business."""
    if not known:
        return range(2, 4)
    return range(1, 4) if day.weekday() >= _WEEKEND else range(0)
