"""Swaps and assignments: who holds what after each exchange of a given series."""

import re
from typing import Final, NamedTuple

from triage.records import Span
from triage_logic.findings import Finding, judged

_VERB: Final = r"(?:swap|trade|switch|exchange)s?\b"
_HOLDS: Final = r"(?:has|gets|holds|owns|is holding|is (?:now )?\w+ing(?: with)?)"
_PAIR: Final = re.compile(rf"\b([A-Z]\w*) and ([A-Z]\w*) {_VERB}")
_ARTICLE: Final = re.compile(r"^(?:the|an?|now)\s+", re.IGNORECASE)
_OPTION: Final = re.compile(r"^[ \t]*\(([A-Z])\)(.+)$", re.MULTILINE)
_ASKED: Final = re.compile(rf"\b([A-Z]\w*) {_HOLDS}(?: the)?\s*(?:\n|$)")
_ANSWER: Final = re.compile(r"\bSo,? the answer is:? \(([A-Z])\)\s*\.?\s*$", re.IGNORECASE)
_ENDING: Final = re.compile(r"[.;](?=\s|$)|\n")
_WORD: Final = re.compile(r"\w+")
_TOLD: Final = re.compile(rf"\b([A-Z]\w*) {_HOLDS} ")
_OPENING: Final = re.compile(
    r"(?:(?P<start>(?:at the (?:start|beginning)|initially|start)[^:.]*[:,]?)"
    r"|(?P<end>(?:so,? )?(?:at the end|in the end)[^:.]*?[:,]?)"
    r"|(?:then|now|next|after that|first|finally|so|step \d+)?[:,]?)",
    re.IGNORECASE,
)
_MAX_PEOPLE: Final = 26
_MAX_EVENTS: Final = 200


def recognise(problem: str) -> "Swaps | None":
    """A simulator for a problem that tells who holds what, then who exchanges with whom."""
    events = [(match[1], match[2]) for match in _PAIR.finditer(problem)]
    first = _PAIR.search(problem)
    if first is None or len(events) > _MAX_EVENTS:
        return None
    people = {name for event in events for name in event}
    holdings: dict[str, str] = {}
    for entry in _listing(problem[: first.start()], _TOLD):
        holdings.setdefault(entry.name, _plain(entry.value))
    distinct = len(set(holdings.values())) == len(holdings)
    if not people <= holdings.keys() or not distinct or len(holdings) > _MAX_PEOPLE:
        return None
    asked = _ASKED.search(problem, first.start())
    options = {match[1]: _plain(match[2]) for match in _OPTION.finditer(problem)}
    return Swaps(holdings, events, asked[1] if asked else None, options)


class _Entry(NamedTuple):
    name: str
    value: str
    span: Span


class Swaps:
    """Carries the stated holdings along: a wrong statement is judged once, then believed."""

    def __init__(
        self,
        holdings: dict[str, str],
        events: list[tuple[str, str]],
        asked: str | None,
        options: dict[str, str],
    ) -> None:
        self._initial = holdings
        self._holdings = dict(holdings)
        self._events = events
        self._asked = asked
        self._options = options
        self._done = 0
        self._pending: tuple[str, str] | None = None
        self._recapped = False
        self._told: tuple[int, ...] = ()
        initials = [name[0] for name in holdings]
        self._names = {n[0]: n for n in holdings if initials.count(n[0]) == 1}
        self._names |= {name: name for name in holdings}
        names = "|".join(sorted(map(re.escape, self._names), key=len, reverse=True))
        self._anchor = re.compile(rf"(?<!\()\b({names})(?::|,? {_HOLDS}(?= )) *")
        self._event = re.compile(rf"\b({names}) and ({names}) {_VERB}[^:.,]*[:.,]?\s*")

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the exchange that a step names, the holdings it states, and the answer."""
        answer = _ANSWER.search(text)
        body = text[: answer.start()] if answer else text
        entries = _listing(body, self._anchor)
        before = body[: entries[0].span[0]] if entries else body
        events = list(self._event.finditer(before))
        opening = _OPENING.fullmatch(self._event.sub("", before).strip())
        found: list[Finding] = []
        if opening is not None and (entries or events):
            found += self._exchanges(events, recap=not entries)
            if entries:
                found += self._listed(entries, opening, named=bool(events))
        if answer and (found or not body.strip()):
            found += self._answered(answer)
        if found:
            self._told = (step,)
        return found

    def _exchanges(self, named: list[re.Match[str]], *, recap: bool) -> list[Finding]:
        """Carry out the exchanges a step names; several without holdings only tell them again."""
        self._recapped = recap and len(named) > 1
        if self._recapped:
            return []
        found = []
        for match in named:
            pair = (self._names[match[1]], self._names[match[2]])
            if self._pending is not None and set(pair) == set(self._pending):
                continue
            due = self._events[self._done] if self._done < len(self._events) else None
            found.append(
                Finding(
                    kind="swap",
                    verdict=judged(due is not None and set(pair) == set(due)),
                    span=(match.start(), match.end(2)),
                    expected=" and ".join(due) if due else "no further exchange",
                    found=" and ".join(pair),
                    rests_on=self._told,
                    note=f"exchange {self._done + 1} of {len(self._events)}",
                )
            )
            self._holdings = _exchanged(self._holdings, [pair])
            self._done = min(self._done + 1, len(self._events))
            self._pending = pair
        return found

    def _listed(
        self, entries: list[_Entry], opening: re.Match[str], *, named: bool
    ) -> list[Finding]:
        """Compare the listed holdings with those that are due, then believe what is stated."""
        left = self._events[self._done :]
        stated = {self._names[e.name]: self._value(e.value) for e in entries}
        opened = not (self._told or named) and stated.items() <= self._initial.items()
        if opening["start"] or opened:
            due, self._done = [self._initial], 0
        elif opening["end"] or not left:
            due, self._done = [_exchanged(self._holdings, left)], len(self._events)
        elif named or self._pending:
            due = [self._holdings]
        else:
            due = [_exchanged(self._holdings, left[:1])]
            due += [_exchanged(self._holdings, left)] if self._recapped else []
            self._done += 1
        self._pending, self._recapped = None, False
        if None in stated.values():
            return []
        state = next((one for one in due if stated.items() <= one.items()), None)
        self._holdings = (state or due[0]) | {n: v for n, v in stated.items() if v is not None}
        return [
            Finding(
                kind="swap",
                verdict=judged(state is not None),
                span=(entries[0].span[0], entries[-1].span[1]),
                expected=", ".join(f"{name}: {(state or due[0])[name]}" for name in stated),
                found=", ".join(f"{name}: {value}" for name, value in stated.items()),
                rests_on=self._told,
                note=f"holdings after exchange {self._done} of {len(self._events)}",
            )
        ]

    def _answered(self, answer: re.Match[str]) -> list[Finding]:
        stated = self._value(self._options.get(answer[1], ""))
        final = _exchanged(self._holdings, self._events[self._done :])
        if stated is None or self._asked is None or self._asked not in final:
            return []
        return [
            Finding(
                kind="swap",
                verdict=judged(final[self._asked] == stated),
                span=answer.span(),
                expected=f"{self._asked}: {final[self._asked]}",
                found=f"{answer[1]}: {stated}",
                rests_on=self._told,
                note="answer",
            )
        ]

    def _value(self, text: str) -> str | None:
        """The thing in play that a text names, in full or by part of its words."""
        plain = _plain(text)
        known = self._initial.values()
        if plain in known or not plain:
            return plain or None
        words = set(_WORD.findall(plain))
        fitting = [value for value in known if words <= set(_WORD.findall(value))]
        return fitting[0] if len(fitting) == 1 else None


def _listing(text: str, anchor: re.Pattern[str]) -> list[_Entry]:
    """Who is said to hold what: each value runs up to the next name or the sentence's end."""
    anchors = list(anchor.finditer(text))
    starts = [match.start() for match in anchors]
    entries = []
    for match, end in zip(anchors, [*starts[1:], len(text)], strict=False):
        value = _ENDING.split(text[match.end() : end], maxsplit=1)[0].rstrip(" ,")
        value = value.removesuffix(" and").rstrip(" ,")
        entries.append(_Entry(match[1], value, (match.start(), match.end() + len(value))))
    return entries


def _plain(value: str) -> str:
    return _ARTICLE.sub("", value.strip(" .,;")).lower()


def _exchanged(holdings: dict[str, str], events: list[tuple[str, str]]) -> dict[str, str]:
    after = dict(holdings)
    for one, other in events:
        after[one], after[other] = after[other], after[one]
    return after
