"""Reads a text the ways in which a model might still understand it."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_UNSEEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0001-\U000e007f]")
"""Signs that turn the order of text around, and tags: no honest step needs them."""
_SPLIT_WORD: Final = re.compile("[A-Za-z][\u200b-\u200d\u2060\ufeff\u00ad][A-Za-z]")
_SPACED: Final = re.compile(
    r"(?<![A-Za-z])[A-Za-z](?:([ ._*\-])[A-Za-z])(?:\1[A-Za-z]| {2,3}[A-Za-z]){4,}(?![A-Za-z])"
)
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/\\])[A-Za-z0-9+/]{24,}={0,2}")
# what stands in every disguise of a kind, and is found in a tenth of the time
_BESIDE_LETTER: Final = re.compile("[0134578@$](?:[a-z]|(?<=[a-z].))")
_LONE_LETTER: Final = re.compile(r"[ ._*\-][A-Za-z][ ._*\-]")
_LEET_WORD: Final = re.compile(r"\b(?=[a-z]*[0134578@$])(?=[0-9@$]*[a-z])[a-z0134578@$]{4,}\b")
_LEET: Final = str.maketrans("0134578@$", "oieastbas")
_LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁԛԝһӏкмтвнΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαρυνικ",
    "aeopcyxijsdqwhlkmtbhabezhikmnoptyxoapuvik",
)
_BACKWARDS: Final = tuple(
    word[::-1]
    for word in (
        "ignore",
        "instructions",
        "prompt",
        "necessary",
        "redundant",
        "disregard",
        "previous",
        "forget",
    )
)
_MIXED: Final = re.compile(r"[A-Za-z][а-яѕіјԁԛԝһӏα-ω]|[а-яѕіјԁԛԝһӏ][A-Za-z]")


def views(text: str) -> Iterator[tuple[str, str]]:
    """The text as it stands, then undisguised; each with the name of the disguise taken off.

    The name is empty for plain text, and `unseen signs` where their presence alone tells.
    """
    if text.isascii():
        plain = text
    else:
        if (found := _UNSEEN.search(text)) is not None:
            yield "unseen signs", f"U+{ord(found[0]):04X}"
        if _SPLIT_WORD.search(text) is not None:
            yield "unseen signs", "between the letters of a word"
        plain = "".join(s for s in unicodedata.normalize("NFKC", text) if _seen(s))
    yield "", plain
    if not plain.isascii() and _MIXED.search(plain):
        yield "lookalike letters", plain.translate(_LOOKALIKES)
    lower = plain.lower()
    if _BESIDE_LETTER.search(lower) and _LEET_WORD.search(lower):
        unleeted = _LEET_WORD.sub(lambda word: word[0].translate(_LEET), lower)
        yield "digits for letters", unleeted
    if _LONE_LETTER.search(plain) and _SPACED.search(plain):
        yield "spaced letters", _SPACED.sub(_joined, plain)
    for found in _BASE64.finditer(plain):
        if (hidden := _decoded(found[0])) is not None:
            yield "base64", hidden
    if any(map(lower.__contains__, _BACKWARDS)):
        yield "backwards", lower[::-1]


def _seen(sign: str) -> bool:
    return unicodedata.category(sign) != "Cf"


def _joined(found: re.Match[str]) -> str:
    between = found[1]
    words = re.split(" {2,}", found[0]) if between == " " else [found[0]]
    return " ".join(word.replace(between, "") for word in words)


def _decoded(text: str) -> str | None:
    try:
        hidden = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return hidden if hidden.isprintable() else None
