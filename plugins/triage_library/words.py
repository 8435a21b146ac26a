"""Which words of a step are worth looking for."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]{3,40}")
_FEW: Final = 4
_MOST: Final = 40
_COMMON_WORDS: Final = (
    "about above after again all also and any are because been before being below between both "
    "but can cannot case could did does done due each either for from further given had has have "
    "having hence here how however into its itself less like likely made make many may might more "
    "most must need needs neither nor not now off one only option options other our out over own "
    "problem question same shall should since some step such than that the their them then there "
    "therefore these they this those through thus too two under until upon used using very was "
    "way were what when where whether which while who whose why will with within without would "
    "you your answer correct incorrect true false"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())


def search_words(step: str, problem: str) -> tuple[str, ...]:
    """The telling words of a step, each once; a step of few words borrows from its problem."""
    words = dict.fromkeys(_telling(step))
    if len(words) < _FEW:
        words |= dict.fromkeys(_telling(problem))
    return tuple(words)[:_MOST]


def _telling(text: str) -> list[str]:
    return [word for word in _WORD.findall(text[:20_000].lower()) if word not in _COMMON]
