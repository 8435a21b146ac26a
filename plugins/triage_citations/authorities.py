"""Citations of cases, read by eyecite: did the reporter exist, does the short form resolve?"""

import logging
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from triage.records import Claim, ClaimVerdict
from triage_citations.volumes import OPEN, term_of, years_of

if TYPE_CHECKING:
    from eyecite.models import CitationBase, FullCaseCitation

_LIKELY: Final = re.compile(
    r"\d{1,4}\s+[A-Z][A-Za-z.\d' ]{0,30}\s+(?:at\s+)?\d{1,5}|\b[Ii]d\.|\bIbid\."
)
_SLACK: Final = 3
"""Years by which the beginning and end of a reporter, as listed, may be off."""
_ENGINE: Final = "eyecite"
READABLE: Final = find_spec("eyecite") is not None
"""Whether the extra that reads citations is installed."""


def check(text: str, before: str) -> Iterator[Claim]:
    """Judge every citation of a case that is well-formed; an unknown reporter is left alone.

    Args:
        text: The step.
        before: The problem and the earlier steps, in which short forms may have their full one.
    """
    if not _LIKELY.search(text) or not READABLE:
        return
    from eyecite.models import FullCaseCitation, ShortCaseCitation

    found = _citations(text)
    full = [one for one in _citations(before) if isinstance(one, FullCaseCitation)]
    for one in found:
        if isinstance(one, FullCaseCitation):
            yield from _full(one, text)
            full.append(one)
        elif isinstance(one, ShortCaseCitation):
            yield from _short(one, text, full)


def _citations(text: str) -> Sequence["CitationBase"]:
    return _reader()(text) if _LIKELY.search(text) else []


@cache
def _reader() -> Any:
    from eyecite import get_citations

    # it tells of odd overlaps on the log, which are no news to anyone here
    logging.getLogger("eyecite").setLevel(logging.ERROR)
    return get_citations


def _full(one: "FullCaseCitation", text: str) -> Iterator[Claim]:
    pin, page = _number(one.metadata.pin_cite), _number(one.groups.get("page"))
    if pin is not None and page is not None and pin < page and pin >= 10:
        expected = f"a page from {page} on, where the case begins"
        yield _claim("pin-page", one, text, refuted=True, expected=expected)
    year = _number(one.metadata.year)
    span = _published(one)
    if year is None or span is None:
        return
    first, last = span
    wrong = year < first - _SLACK or year > last + _SLACK
    volume = one.groups.get("volume")
    until = f"to {last}" if last < OPEN else "on"
    expected = f"{one.groups['reporter']} {volume}: from {first} {until}"
    yield _claim("citation", one, text, refuted=wrong, expected=expected, found=str(year))


def _published(one: "FullCaseCitation") -> tuple[int, int] | None:
    """The years from which the volume, or else the reporter, has cases; None if not known."""
    volume = _number(one.groups.get("volume"))
    if one.groups.get("reporter") == "U.S." and volume is not None:
        return years_of(volume)
    if one.groups.get("reporter") == "S. Ct." and volume is not None:
        return term_of(volume)
    editions = one.all_editions
    if not editions or any(edition.start is None for edition in editions):
        return None
    first = min(edition.start.year for edition in editions if edition.start)
    ends = [edition.end.year if edition.end else OPEN for edition in editions]
    return first, max(ends)


def _short(one: Any, text: str, full: Sequence["FullCaseCitation"]) -> Iterator[Claim]:
    """A short form rests on a full citation of the same volume that was made before."""
    same = [
        other
        for other in full
        if other.groups.get("volume") == one.groups.get("volume")
        and other.groups.get("reporter") == one.groups.get("reporter")
    ]
    if not same:
        note = "no full citation of this volume stands before it"
        yield Claim(
            kind="citation",
            verdict=ClaimVerdict.SOFT,
            span=one.span(),
            text=text[slice(*one.span())],
            note=note,
            engine=_ENGINE,
        )
        return
    pages = [page for other in same if (page := _number(other.groups.get("page"))) is not None]
    pin = _number(one.groups.get("page"))
    wrong = pin is not None and bool(pages) and pin < min(pages)
    expected = f"a page from {min(pages)} on, where the case begins" if pages else None
    yield _claim("pin-page", one, text, refuted=wrong, expected=expected)


def _claim(
    kind: str,
    one: Any,
    text: str,
    *,
    refuted: bool,
    expected: str | None,
    found: str | None = None,
) -> Claim:
    return Claim(
        kind=kind,
        verdict=ClaimVerdict.REFUTED if refuted else ClaimVerdict.SUPPORTED,
        span=one.span(),
        text=text[slice(*one.span())],
        expected=expected,
        found=found,
        engine=_ENGINE,
    )


def _number(text: str | None) -> int | None:
    found = re.search(r"\d{1,5}", text or "")
    return int(found[0]) if found else None
