"""What a marked sentence says of an ordering: comparisons, places and whole listings."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from triage.records import Span
from triage_logic.orderings.arrangements import Before, Constraint, Place
from triage_logic.orderings.order_words import Axis, Marker, number

Reading = tuple[Constraint, ...]
"""Constraints that are stated together; a statement may have several readings."""

_OBJECT: Final = r"@\w_*"
_POSITION: Final = r"[#^]\w_*"
_ANY: Final = r"(?:, (?:and |or )?| and | or | to | through )"
_BE: Final = r"(?:is|are|was|were|be|been|finished|finishes|finish|came|comes|come|ranked)"
_MODAL: Final = r"(?:(?:must|has to|have to|will|can only)(?: also)?(?: have)? )?"
_NOT: Final = (
    r"(?:(?:cannot|can ?not|can't|could not|couldn't|did not|didn't|must not)(?: have)? "
    rf"{_BE}|(?:is|are|was|were) not|isn't|aren't|wasn't|weren't)"
)
_POSITIONS: Final = rf"{_POSITION}(?:{_ANY}{_POSITION})*"
_NOUN: Final = r"(?: (?!can|could|did|must|has|have|is|are|was|were|not)\w+)?"
_SUBJECT: Final = rf"(?P<subject>{_OBJECT}|it|they|he|she){_NOUN}"

_COMPARED: Final = re.compile(
    rf"{_SUBJECT} (?:{_MODAL}{_BE} )?(?P<sign>[<>])_* (?P<other>{_OBJECT})(?: \w+)?"
)
_PLACED: Final = re.compile(
    rf"{_SUBJECT} (?:(?P<not>{_NOT})|{_MODAL}{_BE})(?: also| in| either| the)*"
    rf" (?P<where>{_POSITIONS})(?: \w+)?"
)
_REVERSED: Final = re.compile(
    rf"(?:the )?(?:only )?(?:\w+ ){{0,5}}(?P<where>{_POSITION})(?: \w+){{0,3}}"
    rf" (?:is|are|must be) (?P<subject>{_OBJECT})(?: \w+)?"
)
_FLUFF: Final = re.compile(
    r"(?:(?:so|thus|therefore|hence|then|and|but|since|because|finally|also|from this"
    r"|(?:this|which) means(?: that)?|we know(?: that)?|by (?:process of )?elimination"
    r"|according to (?:this|the|our) \w+|there are \w+ \w+ in total"
    r"|(?:previously,? |earlier,? )?we (?:previously |earlier )?(?:concluded|know|knew)(?: that)?"
    r"),?\s+)+"
)
_HYPOTHESIS: Final = re.compile(
    r"\b(?:if|suppose|assum\w+|might|may|maybe|possibl[ey]|necessarily|don't know|whether)\b|\?"
)
_SENTENCE: Final = re.compile(r"[^.!\n]+(?:[.!](?!\s|$)[^.!\n]*)*")
_PIECE: Final = re.compile(r",? (?:so|therefore|thus|because|since) |, which means |, (?=@)")
_CONJUNCTION: Final = re.compile(r",? and |, ")
_LISTING: Final = re.compile(
    r"\bfrom (?P<one>[#^]?[\w ]{1,40}?) to (?P<other>[#^]?[\w ]{1,40}?)\s?[:,] ?"
)
_SLOT: Final = re.compile(
    rf"(?:the )?(?P<slots>{_POSITIONS})(?: place| position)?"
    r" (?:is|are|was|were|(?:can|could|must|has to|have to)(?: only)? be)(?: either)?"
    r" (?P<value>.+)"
)
_NEXT: Final = re.compile(
    rf"[,;]? then |[,;] (?:and )?(?=(?:the )?{_POSITIONS} (?:is|are|can|must|could) )"
)
_VERB: Final = re.compile(r" (?:is|are|was|were|be) ")
_CHOICE: Final = re.compile(
    rf"(?P<things>{_OBJECT}(?:(?:, or |, and |, | or | and ){_OBJECT})*)(?: \w+)?"
)
_EXCEPT: Final = re.compile(
    rf"any(?: \w+)? (?:except|but|other than)(?: for)? (?P<things>{_OBJECT}"
    rf"(?:(?:, or |, and |, | or | and ){_OBJECT})*)"
)
_THING: Final = re.compile(_OBJECT)
_MARK: Final = re.compile(_POSITION)
_MAX_STATEMENTS: Final = 40


class Statement(NamedTuple):
    """One statement of a step.

    Attributes:
        readings: What it may mean; none where it names a position that does not exist.
        span: Its place in the step's text.
        listed: Whether it is part of a listing of all positions.
        open: Positions of which a listing says that any object can stand there.
    """

    readings: tuple[Reading, ...]
    span: Span
    listed: bool
    open: frozenset[int] = frozenset()


def statements(text: str, marker: Marker) -> list[Statement]:
    """The statements of a text that the grammar knows, in order; none if there are too many."""
    marked = marker.marked(text)
    found: list[Statement] = []
    subject = None
    for sentence in _SENTENCE.finditer(marked):
        if _HYPOTHESIS.search(sentence[0]):
            continue
        listing = _LISTING.search(sentence[0])
        forward = listing and _direction(listing["one"], listing["other"], marker)
        if listing and forward is not None:
            begin = sentence.start() + listing.end()
            found += _slots(marked, (begin, sentence.end()), marker, forward=bool(forward))
        else:
            for span in _split(marked, sentence.span(), _PIECE):
                more, subject = _clauses(marked, span, marker, subject)
                found += more
        if len(found) > _MAX_STATEMENTS:
            return []
    return found


def _clauses(
    marked: str, span: Span, marker: Marker, subject: int | None
) -> tuple[list[Statement], int | None]:
    """The statements of one piece of a sentence, whole or joined by `and`, and its last subject."""
    start, end = span
    if fluff := _FLUFF.match(marked, start, end):
        start = fluff.end()
    found: list[Statement] = []
    whole = clause(marked[start:end].strip(), marker, subject)
    for begin, stop in [(start, end)] if whole else _split(marked, (start, end), _CONJUNCTION):
        text = marked[begin:stop].strip()
        begin = marked.index(text, begin)
        parsed = whole or clause(text, marker, subject)
        if parsed is not None:
            readings, subject = parsed
            found.append(Statement(readings, (begin, begin + len(text)), listed=False))
        elif text.startswith("@"):
            subject = number(text)
    return found, subject


def clause(
    text: str, marker: Marker, subject: int | None = None
) -> tuple[tuple[Reading, ...], int] | None:
    """The readings of one marked clause and the object it speaks of; None if it is none."""
    match = _COMPARED.fullmatch(text)
    if match and (thing := _subject(match, subject)) is not None:
        other = number(match["other"])
        pair = (thing, other) if match["sign"] == "<" else (other, thing)
        return (((Before(*pair),),), thing)
    match = _PLACED.fullmatch(text) or _REVERSED.fullmatch(text)
    if match is None or (thing := _subject(match, subject)) is None:
        return None
    readings: list[Reading] = []
    marks = _MARK.findall(match["where"])
    bare = any(mark.startswith("^") for mark in marks)
    for forward in (True, False) if bare else (True,):
        places = _positions(match["where"], marker, forward=forward)
        if places is None:
            return ((), thing)
        if match.groupdict().get("not"):
            places = _every(marker) - places
        readings.append((Place(thing, places),))
    return (tuple(readings), thing)


def _subject(match: re.Match[str], subject: int | None) -> int | None:
    word = match["subject"]
    return number(word) if word.startswith("@") else subject


def _slots(marked: str, span: Span, marker: Marker, *, forward: bool) -> Iterator[Statement]:
    """The items of a listing from one end to the other."""
    for start, end in _items(marked, span):
        item = _SLOT.fullmatch(marked[start:end].strip())
        if item is None:
            continue
        places = _positions(item["slots"], marker, forward=forward)
        reading = None if places is None else _held(item["slots"], places, item["value"], marker)
        if places is None:
            yield Statement((), (start, end), listed=True)
        elif reading is not None:
            free = places if not reading and item["value"].startswith("any") else frozenset[int]()
            yield Statement((reading,), (start, end), listed=True, open=free)


def _items(marked: str, span: Span) -> Iterator[Span]:
    """Cut a listing into its items; a comma among the positions of one item is no cut."""
    start, end = span
    for cut in _NEXT.finditer(marked, start, end):
        if "then" in cut[0] or _VERB.search(marked, start, cut.start()):
            yield start, cut.start()
            start = cut.end()
    yield start, end


def _held(slots: str, places: frozenset[int], value: str, marker: Marker) -> Reading | None:
    """What a listing says of some positions: no claim at all, or None if it can't be read."""
    elsewhere = _every(marker) - places
    if exception := _EXCEPT.match(value):
        return tuple(Place(thing, elsewhere) for thing in _things(exception["things"]))
    choice = _CHOICE.fullmatch(value) or _CHOICE.match(value.partition(", and ")[0])
    if choice is None:
        return None if _THING.search(value) else ()
    things = _things(choice["things"])
    if len(things) == 1 or " or " in slots or len(things) == len(places):
        return tuple(Place(thing, places) for thing in things)
    if len(places) == 1:
        others = set(range(marker.count)) - set(things)
        return tuple(Place(thing, elsewhere) for thing in sorted(others))
    return None


def _things(text: str) -> list[int]:
    return [number(mark) for mark in _THING.findall(text)]


def _positions(text: str, marker: Marker, *, forward: bool) -> frozenset[int] | None:
    """Positions from the first pole; None if one of them does not exist."""
    places: set[int] = set()
    reach = 0
    for mark in _MARK.finditer(text):
        place = number(mark[0])
        if not 1 <= place <= marker.count:
            return None
        if not forward and (mark[0].startswith("^") or marker.axis.ranked):
            place = marker.count + 1 - place
        places.add(place)
        if text[: mark.start()].endswith((" to ", " through ")):
            places.update(range(min(reach, place), max(reach, place)))
        reach = place
    return frozenset(places)


def _every(marker: Marker) -> frozenset[int]:
    return frozenset(range(1, marker.count + 1))


def _direction(one: str, other: str, marker: Marker) -> bool | None:
    """Whether a listing begins at the first pole; None if its ends are not known."""
    for end, words in ((1, one), (marker.count, other)):
        if mark := _MARK.search(words):
            return number(mark[0]) == end
        if (side := _side(words, marker.axis)) is not None:
            return side == (end != 1)
    return None


def _side(words: str, axis: Axis) -> bool | None:
    """False for the first side, True for the last, None for neither."""
    word = words.removeprefix("the ").strip()
    return axis.sides.index(word) == 1 if axis.sides and word in axis.sides else None


def _split(text: str, span: Span, at: re.Pattern[str]) -> Iterator[Span]:
    start, end = span
    for cut in at.finditer(text, start, end):
        yield start, cut.start()
        start = cut.end()
    yield start, end
