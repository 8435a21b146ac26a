"""Keeps the text of a trace in its place in a prompt."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_CHAT_MARKS: Final = re.compile(
    r"<\|(?=[\w-]{1,40}\|>)"  # <|im_start|>, <|eot_id|>, ...
    r"|\[(?=/?INST\])"
    r"|<(?=<?/?SYS>>?|/?s>|(?:start|end)_of_turn>|/?(?:bos|eos|pad)>)"
    r"|(?<=\n\n)(?=(?:Human|Assistant): )",
    re.IGNORECASE,
)
"""Marks of chat templates. A server of one's own may read them as its template's own, even in the
middle of a message; a blank behind the first sign makes them plain text."""
_KEPT: Final = frozenset("\n\t")


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """The text without signs that nobody sees and without marks of chat templates."""
    text = text.replace("\r\n", "\n")
    # at once for nearly all texts: printable are all signs but those below and some kinds of blank
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = "".join(
            sign
            for sign in text
            if sign in _KEPT or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        )
    return _CHAT_MARKS.sub(lambda mark: f"{mark[0]} ", text)


def mark_for(problem: str, texts: Iterable[str]) -> str:
    """A word that occurs in none of the texts, so that none of them can close its fence.

    It is the same for all steps of a problem, as far as no text plays with it: what questions
    share stays the same to the sign, and can be cached by the provider.
    """
    whole = "\x1f".join((problem, *texts))
    mark = hashlib.sha256(problem.encode()).hexdigest()[:16]
    while mark in whole.lower():
        mark = hashlib.sha256((mark + whole).encode()).hexdigest()[:16]
    return mark


def fenced(mark: str, name: str, text: str) -> str:
    """The text between two lines that nothing in a trace can hold."""
    return f"<<{mark} {name}\n{text}\n{mark}>>"
