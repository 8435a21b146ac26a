"""Foreign label words: what `--label-map` says and how a word is looked up."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import Field

from triage.errors import UsageError
from triage.records import Record, Word

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_OWN: Final[Mapping[str, Word | None]] = MappingProxyType({word.value: word for word in Word})
_NOTHING: Final = frozenset({"null", "none"})


class LabelMap(Record):
    """Which of the house's words each foreign word stands for.

    Words are compared without surrounding blanks and case, numbers by their value (`+1`, `1` and
    `1.0` are one word), `true` and `false` by these names. The house's own words need no entry but
    may be given one. None stands for "not labelled".

    Attributes:
        general: Foreign word to own word, for all sources.
        by_source: The same for single sources, which go before `general`; expert labels in the
            input are the source `human`.
    """

    general: Mapping[str, Word | None] = Field(default_factory=dict)
    by_source: Mapping[str, Mapping[str, Word | None]] = Field(default_factory=dict)

    def word(self, value: object, source: str) -> Word | None:
        """Read a label as `source` wrote it.

        Raises:
            KeyError: No entry for it; the argument is the word as it was looked up.
        """
        if value is None:
            return None
        key = label_key(value)
        for words in (self.by_source.get(source), self.general, _OWN):
            if words is not None and key in words:
                return words[key]
        raise KeyError(key)


def parse_label_map(entries: Iterable[str]) -> LabelMap:
    """Read label maps as the command line gives them.

    Each entry is `[SOURCE:]WORD=LABEL[,WORD=LABEL...]`. LABEL is `necessary`, `redundant`,
    `incorrect`, `incomplete`, `correct` (valid, necessity not judged) or `null` (not labelled).
    SOURCE limits the whole entry to one judge's words, or with `human` to the expert labels, and
    may hold colons itself. Examples: `+1=necessary,0=redundant,-1=incorrect`,
    `judge:a:good=correct,bad=incorrect`.

    Raises:
        UsageError: An entry is malformed, names an unknown label, or gives a word two meanings.
    """
    general: dict[str, Word | None] = {}
    by_source: dict[str, dict[str, Word | None]] = {}
    for entry in entries:
        first_word = entry.partition("=")[0]
        source, colon, _ = first_word.rpartition(":")
        pairs = entry[len(source) + 1 :] if colon else entry
        words = by_source.setdefault(source.strip(), {}) if colon else general
        for pair in pairs.split(","):
            _add(words, pair, entry)
    return LabelMap(general=general, by_source=by_source)


def label_key(value: object) -> str:
    """The form in which label words are compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip().casefold()
    if _NUMBER.fullmatch(text):
        number = float(text)
        return str(int(number)) if number.is_integer() else repr(number)
    return text


def _add(words: dict[str, Word | None], pair: str, entry: str) -> None:
    foreign, equals, own = pair.rpartition("=")
    key, name = label_key(foreign), own.strip().casefold()
    if not equals or not key:
        raise UsageError(f"label map {entry!r}: {pair!r} is not of the form WORD=LABEL")
    if name not in _OWN and name not in _NOTHING:
        raise UsageError(f"label map {entry!r}: {own!r} is none of {', '.join(_OWN)}, null")
    meaning = _OWN.get(name)
    if words.setdefault(key, meaning) is not meaning:
        raise UsageError(f"label map {entry!r}: the word {foreign.strip()!r} is given two meanings")
