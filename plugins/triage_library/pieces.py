"""Cuts a document into passages that can be read alone."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_LONGEST: Final = 1_200
_LONGEST_HEADING: Final = 300
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
        if _is_heading(block) and (found := _HEADING.fullmatch(block)) is not None:
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
        headings = 0
        while headings < len(lines) and _is_heading(lines[headings].strip()):
            yield lines[headings].strip()
            headings += 1
        if text := "\n".join(lines[headings:]).strip():
            yield text


def _is_heading(line: str) -> bool:
    return len(line) <= _LONGEST_HEADING and _HEADING.fullmatch(line) is not None


def _short_enough(block: str) -> Iterator[str]:
    if len(block) <= _LONGEST:
        yield block
        return
    gathered = ""
    for sentence in _SENTENCE_END.split(block):
        if gathered and len(gathered) + len(sentence) > _LONGEST:
            yield gathered
            gathered = ""
        at, gathered = 0, f"{gathered} {sentence}".strip()
        while len(gathered) - at > _LONGEST:  # no sentence end in sight: cut at the last space
            cut = gathered.rfind(" ", at + 1, at + _LONGEST)
            cut = at + _LONGEST if cut < 0 else cut
            if piece := gathered[at:cut].strip():
                yield piece
            at = cut
        gathered = gathered[at:].strip()
    if gathered:
        yield gathered
