"""Word sorting, letter by letter: groups of words that agree so far, split again and again."""

import re
from string import ascii_lowercase
from typing import Final

from triage.records import Span
from triage_logic.findings import Finding, judged
from triage_logic.orderings.order_words import ORDINALS

Groups = tuple[tuple[str, ...], ...]
"""Words in order; those that stand in one group are not told apart yet."""

_TASK: Final = re.compile(
    r"\b(?:sort|order|arrange|put)\b[^:\n]{0,80}\b(?:alphabetical\w*|alphabetic|words)\b",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r":[ \t]*([A-Za-z'-]+(?:(?:, ?| )[A-Za-z'-]+)+)[ \t.]*(?:\n|$)")
_ORDINAL: Final = "|".join(ORDINALS)
_LETTERS: Final = re.compile(rf"\bthe ({_ORDINAL}) letters?:", re.IGNORECASE)
_LETTER: Final = re.compile(r"\"([A-Za-z'-]+)\": ?\"([A-Za-z'-]?)\" ?\((\d{1,2})\)")
_GROUP: Final = r"\[ ?\"[^\]\"]+\"(?: ?\? ?\"[^\]\"]+\")* ?\]|\"[^\"]+\"(?: ?\? ?\"[^\"]+\")*"
_ITEM: Final = rf"(?:\(\d{{1,2}}\) ?)?(?:{_GROUP})"
_ORDER: Final = rf"{_ITEM}(?: ?< ?{_ITEM})*"
_NOW: Final = re.compile(rf"\bwe now have: ?({_ORDER})", re.IGNORECASE)
_HENCE: Final = re.compile(rf"\bhence,? we have:? ?({_ORDER})", re.IGNORECASE)
_FOCUS: Final = re.compile(
    rf"\bsort this subpart ({_GROUP}) by looking at their ({_ORDINAL}) letters?", re.IGNORECASE
)
_ANSWER: Final = re.compile(
    r"\bthe answer is:? ?((?:[A-Za-z'-]+(?:, ?| ))*[A-Za-z'-]+)\W*$", re.IGNORECASE
)
_WORD: Final = re.compile(r"\"([^\"]+)\"")
_MAX_WORDS: Final = 200


def recognise(problem: str) -> "Sorting | None":
    """A simulator for a problem that asks to sort a list of words."""
    listed = _LIST.findall(problem) if _TASK.search(problem) else []
    words = re.findall(r"[a-z'-]+", listed[-1].lower()) if listed else []
    return Sorting(tuple(words)) if 1 < len(words) <= _MAX_WORDS else None


class Sorting:
    """Keeps the list as the trace states it, with the part that is sorted at the moment."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words
        self._groups: Groups = (words,)
        self._focus = words
        self._letter = 1
        self._erred = False
        self._told: tuple[int, ...] = ()

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the letters, the part chosen, the order of its groups and the whole list."""
        found: list[Finding] = []
        if focus := _FOCUS.search(text):
            found.append(self._chosen(focus))
        if letters := _LETTERS.search(text):
            found += self._letters(text, letters)
        if now := _NOW.search(text):
            found.append(self._split(_groups(now[1]), now.span(1)))
        if hence := _HENCE.search(text):
            found.append(self._whole(_groups(hence[1]), hence.span(1)))
        if answer := _ANSWER.search(text):
            found.append(self._answered(answer))
        if found:
            self._told = (step,)
        return found

    def _chosen(self, match: re.Match[str]) -> Finding:
        stated = tuple(_WORD.findall(match[1].lower()))
        open_groups = [group for group in self._groups if len(group) > 1]
        due = open_groups[0] if open_groups else ()
        self._focus, self._letter = stated, ORDINALS[match[2].lower()]
        before = {word[: self._letter - 1] for word in stated}
        right = sorted(stated) == sorted(due) and len(before) == 1
        return self._finding(right, match.span(), (due,), (stated,), "first group to be told apart")

    def _letters(self, text: str, match: re.Match[str]) -> list[Finding]:
        place = ORDINALS[match[1].lower()]
        entries = list(_LETTER.finditer(text, match.end()))
        stated = tuple(m[1].lower() for m in entries)
        if not entries:
            return []
        self._letter = place
        span = (match.start(), entries[-1].end())
        note = "words of the part that is sorted"
        same = sorted(stated) == sorted(self._focus)
        found = [self._finding(same, span, (self._focus,), (stated,), note)]
        for entry in entries:
            letter = entry[1].lower()[place - 1 : place]
            number = ascii_lowercase.find(letter) + 1 if letter else 0
            right = entry[2].lower() == letter and int(entry[3]) == number
            shown = f'letter {place} of "{entry[1]}" is "{letter}" ({number})'
            found.append(self._shown(right, entry.span(), shown, entry[0], "letter"))
        return found

    def _split(self, stated: Groups, span: Span) -> Finding:
        due = _by_letter(self._focus, self._letter)
        found = self._finding(_same(stated, due), span, due, stated, f"by letter {self._letter}")
        focus = sorted(self._focus)
        at = next((i for i, group in enumerate(self._groups) if sorted(group) == focus), None)
        if at is not None:
            self._groups = (*self._groups[:at], *stated, *self._groups[at + 1 :])
        return found

    def _whole(self, stated: Groups, span: Span) -> Finding:
        found = self._finding(_same(stated, self._groups), span, self._groups, stated, "whole list")
        self._groups = stated
        return found

    def _answered(self, match: re.Match[str]) -> Finding:
        stated = tuple(re.findall(r"[a-z'-]+", match[1].lower()))
        due = tuple(sorted(self._words))
        if self._erred and all(len(group) == 1 for group in self._groups):
            due = tuple(group[0] for group in self._groups)
        note = "answer"
        return self._finding(stated == due, match.span(1), _single(due), _single(stated), note)

    def _finding(
        self, right: bool, span: Span, expected: Groups, found: Groups, note: str
    ) -> Finding:
        return self._shown(right, span, _text(expected), _text(found), note)

    def _shown(self, right: bool, span: Span, expected: str, found: str, note: str) -> Finding:
        self._erred |= not right
        return Finding("sorting", judged(right), span, expected, found, self._told, note)


def _groups(text: str) -> Groups:
    return tuple(tuple(_WORD.findall(part)) for part in text.lower().split("<"))


def _by_letter(words: tuple[str, ...], place: int) -> Groups:
    letters = sorted({word[place - 1 : place] for word in words})
    return tuple(tuple(w for w in words if w[place - 1 : place] == one) for one in letters)


def _same(one: Groups, other: Groups) -> bool:
    """Whether the groups are equal; the order of words in a group says nothing yet."""
    return [sorted(group) for group in one] == [sorted(group) for group in other]


def _single(words: tuple[str, ...]) -> Groups:
    return tuple((word,) for word in words)


def _text(groups: Groups) -> str:
    return " < ".join(" ? ".join(group) for group in groups)
