"""An option's letter beside its text: does the text belong to the letter?"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from triage.records import Claim, ClaimVerdict
from triage_text.words import words

_LISTED: Final = re.compile(r"^\s*(?:\(([A-J])\)|([A-J])[.):])\s+(\S.*)$", re.MULTILINE)
_LABEL: Final = re.compile(r"^\s*\(?([A-J])[.):]\s*")
_NAMED: Final = re.compile(
    r"(?<![(\[])\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer(?: choice)?(?: is| would be|:)?"
    r"|[Cc]orrect option is)"
    r"\s*:?\s*"
    r"\*{0,2}\(?(?P<letter>[A-J])\)?\*{0,2}\s*(?:[.:,)–-]|\(|(?:says|states|reads)[:,]? [\"“])"
    r"\s*\*{0,2}[\"“]?(?P<text>[^\n]{3,400})"
)
_HINTS: Final = ("ption", "hoice", "nswer")
_FEWEST: Final = 2
_MOST: Final = 10
_DENIED: Final = re.compile(
    r"\b(?:not|instead of|rather than|unlike|if|whereas|than)\b[^.]{0,30}$", re.IGNORECASE
)


def check(text: str, problem: str, options: Sequence[str]) -> Iterator[Claim]:
    """Judge every option that a step names by its letter and its text."""
    if not any(hint in text for hint in _HINTS):
        return
    listed = _options(problem, tuple(options))
    if len(listed) < _FEWEST:
        return
    for found in _NAMED.finditer(text):
        if _DENIED.search(text[: found.start()]) or found["letter"] not in listed:
            continue
        begins = words(found["text"])
        named = [letter for letter, said in listed.items() if begins[: len(said)] == said]
        longest = max((len(listed[letter]) for letter in named), default=0)
        named = [letter for letter in named if len(listed[letter]) == longest]
        if not named:
            continue
        right = found["letter"] in named
        yield Claim(
            kind="option",
            verdict=ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED,
            span=(found.start("letter"), found.end("letter")),
            text=found["letter"],
            expected=f"option {' or '.join(named)} has this text",
            found=f"option {found['letter']}",
            engine="text",
        )


@lru_cache(maxsize=64)
def _options(problem: str, options: tuple[str, ...]) -> dict[str, list[str]]:
    """The words of every option by its letter; none where the letters are not plain."""
    if options:
        labels = [_LABEL.match(one) for one in options]
        letters = [
            label[1] if label else chr(ord("A") + place) for place, label in enumerate(labels)
        ]
        texts = [_LABEL.sub("", one) for one in options]
    else:
        found = _LISTED.findall(problem)
        letters = [one or other for one, other, _ in found]
        texts = [text for _, _, text in found]
    if len(set(letters)) != len(letters) or not _FEWEST <= len(letters) <= _MOST:
        return {}
    told = {letter: words(text) for letter, text in zip(letters, texts, strict=True)}
    return told if all(told.values()) else {}
