"""Cuts a document into passages that can be read alone."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_LONGEST: Final = 1_200
_HEADING: Final = re.compile(r"#{1,6} +(.+?) *#*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


class Piece(NamedTuple):
    """A passage under the headings it stands under."""

    heading: str
    text: str


def pieces(document: str) -> Iterator[Piece]:
    """The paragraphs of a text or Markdown document, short neighbours under a heading together."""
    trail: list[tuple[int, str]] = []
    gathered: list[str] = []

    def leave() -> Iterator[Piece]:
        if gathered:
            yield Piece(" > ".join(title for _, title in trail), "\n\n".join(gathered))
            gathered.clear()

    for block in _blocks(document):
        if (found := _HEADING.fullmatch(block)) is not None:
            yield from leave()
            level = len(block) - len(block.lstrip("#"))
            trail[:] = [one for one in trail if one[0] < level] + [(level, found[1])]
            continue
        for part in _short_enough(block):
            if sum(map(len, gathered)) + len(part) > _LONGEST:
                yield from leave()
            gathered.append(part)
    yield from leave()


def _blocks(document: str) -> Iterator[str]:
    """Paragraphs, and headings also where no blank line follows them."""
    for block in re.split(r"\n\s*\n", document.replace("\r\n", "\n")):
        lines = block.strip().split("\n")
        while lines and _HEADING.fullmatch(lines[0].strip()):
            yield lines.pop(0).strip()
        if text := "\n".join(lines).strip():
            yield text


def _short_enough(block: str) -> Iterator[str]:
    if len(block) <= _LONGEST:
        yield block
        return
    gathered = ""
    for sentence in _SENTENCE_END.split(block):
        if gathered and len(gathered) + len(sentence) > _LONGEST:
            yield gathered
            gathered = ""
        gathered = f"{gathered} {sentence}".strip()
        while len(gathered) > _LONGEST:  # no sentence end in sight: cut at the last space
            cut = gathered.rfind(" ", 0, _LONGEST) if " " in gathered[:_LONGEST] else _LONGEST
            yield gathered[:cut]
            gathered = gathered[cut:].strip()
    if gathered:
        yield gathered
