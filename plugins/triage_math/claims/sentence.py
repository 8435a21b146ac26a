"""A step's text made ready for the checks: tokens, relations, and the words around them."""

import re
from bisect import bisect
from typing import Final, NamedTuple

from triage_math.notation import latex
from triage_math.notation.tokens import Token, kinds, tokenize
from triage_math.notation.windows import REACH, breaks_of
from triage_math.notation.wording import join_edges, operators
from triage_math.parsing.nodes import IMAGINARY
from triage_math.parsing.relations import Relation, find, lone_letters

MAX_CHARS: Final = 20_000
MAX_TOKENS: Final = 4_000
_MARK: Final = re.compile(r"<<([^<>]{1,300})>>")
_APPROXIMATE: Final = re.compile(
    r"\b(?:about|approx\w*|around|roughly|nearly|almost|round\w*|nearest|estimat\w*|close|whole|"
    r"full|complete|integer|floor|least)\b"
)
_DENIED: Final = re.compile(
    r"\b(?:contradict\w*|impossib\w*|not|n't|cannot|can't|doesn't|isn't|incorrect\w*|false|invalid|"
    r"absurd|wrong|never|no longer|error|mistake|instead|fails?|suppose|assum\w+|neither|unless|"
    r"whether|verify|more than enough|already enough|thought|typo)\b"
)
_FAILS: Final = re.compile(
    r"\bfalse\b|contradict|impossib|no solution|extraneous|reject|incorrect|mistake|error|wrong"
    r"|not (?:possible|true|valid|hold|satisf|equal|a solution|correct)"
    r"|(?:does not|doesn't|do not|isn't|is not) (?:hold|satisf|work|true|match|equal|possible)"
)
_STOP: Final = re.compile(r"[.\n]")
_TRANSFORMS: Final = (
    "expan", "distribut", "foil", "binomial", "identity", "simplif", "combin", "collect",
    "rearrang", "divid", "multipl", "subtract", "add",
)  # fmt: skip
_HEDGES: Final = (
    "not", "n't", "contradict", "impossib", "no longer", "no solution", "incorrect",
    "false", "invalid", "absurd", "wrong", "never", "error", "mistake", "instead", "fail",
    "suppose", "assum", "neither", "unless", "whether", "verify", "enough", "extraneous",
    "reject", "?", "thought", "typo", "about", "approx", "round", "roughly", "near", "almost",
    "estimat", "close", "whole", "full", "complete", "integer", "floor", "least",
)  # fmt: skip
"""What the patterns above match holds one of these: looking for them is much faster."""
LINES: Final = 3
"""How many sentences or lines back the words before a relation may stand."""
LEAD: Final = 300
"""How many characters of them may lead up to it."""
_LETTER: Final = re.compile(r"[^\W\d_]")
AHEAD: Final = 100
"""How many characters behind a sentence can take back what it states."""


class Sentence(NamedTuple):
    """One readable piece: a step, or the inside of a calculator mark.

    Attributes:
        plain: Its plain text.
        low: The same in lower case, of the same length.
        breaks: Where its sentences and lines begin (see `windows.breaks_of`).
        tokens: Its tokens.
        kinds: Their kinds (see `tokens.kinds`).
        relations: The relations found in it.
        letters: Letters that are variables in it.
        flagged: The sentences of a step by their first token, as `around` has found them.
        approximate: Whether words say that values are approximate.
        denied: Whether words may deny what the relation states.
        transforms: Whether words speak of expanding, simplifying and the like.
        hedges: What stands anywhere in it of the words that may approximate or deny.
        offset: Where it begins in the step.
    """

    plain: str
    low: str
    breaks: list[int]
    tokens: list[Token]
    kinds: str
    relations: list[Relation]
    letters: frozenset[str]
    flagged: dict[int, "Sentence"]
    approximate: bool = False
    denied: bool = False
    transforms: bool = False
    hedges: tuple[str, ...] = ()
    offset: int = 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters of the step that tokens `start` to `end` cover."""
        return self.tokens[start].start + self.offset, self.tokens[end - 1].end + self.offset

    def before(self, relation: Relation) -> str:
        """The words of the sentence before the relation's left side."""
        high = relation.left.start if relation.left is not None else relation.at
        end = self.tokens[high].start
        low, i = max(0, end - REACH), bisect(self.breaks, end)
        for begin in self.breaks[max(0, i - LINES) : i][::-1]:
            text = self.plain[max(low, begin) : end]
            if begin < low or _LETTER.search(text) is not None:
                return text
        return self.plain[low:end]

    def lead(self, relation: Relation) -> str:
        """The words before the relation's left side, as far as the relation before it."""
        high = relation.left.start if relation.left is not None else relation.at
        end = self.tokens[high].start
        low, i = max(0, end - LEAD), bisect(self.breaks, end)
        if i >= LINES:
            low = max(low, self.breaks[i - LINES])
        sign = self.kinds.rfind("r", 0, high)
        if sign >= 0:
            low = max(low, self.tokens[sign].end)
        return self.plain[low:end]

    def _stop(self, at: int) -> int:
        """The last end of a sentence or a line before token `at`; -1 if there is none."""
        return max(self.kinds.rfind(".", 0, at), self.kinds.rfind("\n", 0, at))

    def around(self, relation: Relation) -> "Sentence":
        """The same with the flags of the sentence in which `relation` stands."""
        if not self.hedges:
            return self
        low = self._stop(relation.at) + 1
        known = self.flagged.get(low)
        if known is None:
            known = self
            stop = _STOP.search(self.kinds, relation.at)
            high = stop.start() if stop else len(self.tokens)
            begin, end = self.tokens[low].start, self.tokens[high - 1].end
            near = self.low[begin : end + AHEAD]
            if [hedge for hedge in self.hedges if hedge in near]:
                text, after = self.low[begin:end], self.low[end : end + AHEAD]
                approximate = _APPROXIMATE.search(text) is not None
                denied = _DENIED.search(text) is not None or _FAILS.search(after) is not None
                denied = denied or (high < len(self.tokens) and self.tokens[high].text == "?")
                if approximate or denied:
                    known = self._replace(approximate=approximate, denied=denied)
            self.flagged[low] = known
        return known


def denies(text: str) -> bool:
    """Whether words of a text may deny what its formulas state."""
    return _DENIED.search(text.lower()) is not None


def read(plain: str, offset: int = 0, *, imaginary: bool = False) -> Sentence | None:
    """Reads a plain text; None if it is too long to read within the time a step has.

    Args:
        plain: The text (see `latex.plain`).
        offset: Where it begins in the step.
        imaginary: Whether the letter i is the imaginary unit.
    """
    if len(plain) > MAX_CHARS:
        return None
    breaks = breaks_of(plain)
    tokens = join_edges(operators(tokenize(plain, breaks)))
    if len(tokens) > MAX_TOKENS:
        return None
    if imaginary:
        tokens = [
            t._replace(text=IMAGINARY) if t.text == "i" and t.kind == "v" else t for t in tokens
        ]
    marks = kinds(tokens)
    letters = lone_letters(tokens, marks)
    relations = find(tokens, marks, letters)
    low = plain.lower()
    return Sentence(
        plain,
        low,
        breaks,
        tokens,
        marks,
        relations,
        letters,
        {},
        transforms=bool(relations and [stem for stem in _TRANSFORMS if stem in low]),
        hedges=tuple([stem for stem in _HEDGES if stem in low]) if relations else (),
        offset=offset,
    )


def split(text: str) -> tuple[str, list[tuple[str, int]]]:
    """Makes a step plain and takes its calculator marks out.

    Returns:
        The plain text with marks blanked, and each mark's inside with its offset.
    """
    plain = latex.plain(text)
    if "<<" not in plain:
        return plain, []
    marks = [(m[1], m.start(1)) for m in _MARK.finditer(plain)]
    return _MARK.sub(lambda m: " " * len(m[0]), plain), marks
