"""Formulas as people write them: in symbols over letters, and in English over whole clauses."""

import re
from typing import Final

from triage_logic.deduction.formulas import Formula, atom, negation

_MAX_TOKENS: Final = 200
_MAX_DEPTH: Final = 30

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<iff><->|<=>|↔|⇔|≡)|(?P<if>->|=>|→|⇒|⊃)|(?P<and>∧|&&?|/\\)|(?P<xor>⊕)"
    r"|(?P<or>∨|\|\|?|\\/)|(?P<not>¬|~|!)|(?P<open>[(\[])|(?P<close>[)\]])"
    r"|(?P<word>(?i:and|or|not|implies|iff)\b)|(?P<atom>[A-Za-z]\d?)(?![A-Za-z0-9']))\s*"
)
_LEVELS: Final = (("iff",), ("if",), ("or", "xor"), ("and",))

_ARTICLE: Final = re.compile(r"\b(?:an?|the|any) ")
_NEGATED: Final = re.compile(r"\b(is|are|was|were|does|do|did|has|have|will|can) ?(?:not|n't)\b")
_NOT_THE_CASE: Final = re.compile(r"it is (?:not (?:the case|true) that|false that) ")
_SPACE: Final = re.compile(r"\s+")


def symbolic(text: str) -> Formula | None:
    """A formula in symbols, e.g. `p -> (q & ~r)`; None unless the whole text is one."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None or len(tokens) == _MAX_TOKENS:
            return None
        kind = match.lastgroup
        word = match[kind]
        if kind == "word":
            kind = {"implies": "if"}.get(word.lower(), word.lower())
        tokens.append((kind, word))
        at = match.end()
    reader = _Reader(tokens)
    formula = reader.binary(0, 0)
    return formula if reader.at == len(tokens) else None


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self.at = 0

    def binary(self, level: int, depth: int) -> Formula | None:
        if level == len(_LEVELS):
            return self._prefix(depth)
        left = self.binary(level + 1, depth)
        while left is not None and self._peek() in _LEVELS[level]:
            operator = self._peek()
            self.at += 1
            same = level if operator == "if" else level + 1
            right = self.binary(same, depth + 1) if depth < _MAX_DEPTH else None
            left = None if right is None else Formula(operator, (left, right))
        return left

    def _prefix(self, depth: int) -> Formula | None:
        kind = self._peek()
        self.at += 1
        if depth > _MAX_DEPTH:
            return None
        if kind == "not":
            inner = self._prefix(depth + 1)
            return None if inner is None else negation(inner)
        if kind == "open":
            inner = self.binary(0, depth + 1)
            closed = self._peek() == "close"
            self.at += 1
            return inner if closed else None
        return atom(self._tokens[self.at - 1][1]) if kind == "atom" else None

    def _peek(self) -> str:
        return self._tokens[self.at][0] if self.at < len(self._tokens) else ""


def english(text: str, known: frozenset[str] | None = None) -> tuple[Formula, ...]:
    """The readings of a sentence; none unless all its atoms are among the known ones, if given."""
    plain = _SPACE.sub(" ", text.strip(" .,;:\"'“”").lower())
    if len(plain) > 400:
        return ()
    readings = _compound(plain)
    if known is None:
        return readings
    return tuple(reading for reading in readings if reading.atoms <= known)


def _compound(text: str) -> tuple[Formula, ...]:
    exclusive = text.endswith((" but not both", " but not both of them"))
    text = text.rpartition(" but not both")[0].rstrip(" ,") if exclusive else text
    for operator, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        left, right = _literal(match[1]), _literal(match[2])
        if left is None or right is None:
            return ()
        if operator == "or":
            kinds = ("xor",) if exclusive else ("or", "xor") if "either" in text else ("or",)
            return tuple(Formula(kind, (left, right)) for kind in kinds)
        if operator == "nor":
            return (Formula("and", (negation(left), negation(right))),)
        return () if exclusive else (Formula(operator, (left, right)),)
    literal = None if exclusive else _literal(text)
    return () if literal is None else (literal,)


_PATTERNS: Final = (
    ("iff", re.compile(r"(.+?) (?:if and only if|iff|exactly when) (.+)")),
    ("if", re.compile(r"if (.+?),? then (.+)")),
    ("if", re.compile(r"if ([^,]+), ([^,]+)")),
    ("if", re.compile(r"(.+?) only if (.+)")),
    ("nor", re.compile(r"neither (.+?) nor (.+)")),
    ("or", re.compile(r"(?:either )?(.+?),? or(?: else)? (.+)")),
    ("and", re.compile(r"(?:both )?(.+?),? and (.+)")),
)
_CONNECTIVE: Final = re.compile(
    r"\b(?:if|then|or|and|either|neither|nor|unless|but|both|because)\b"
)


def _literal(text: str) -> Formula | None:
    """An atom or its negation, in one wording: without articles, in the positive."""
    negative = False
    if denied := _NOT_THE_CASE.match(text):
        text, negative = text[denied.end() :], True
    text = text.removeprefix("that ").strip(" ,")
    if _CONNECTIVE.search(text) or not text:
        return None
    if text.startswith(("there is no ", "there are no ")):
        text, negative = text.replace(" no ", " ", 1), not negative
    positive = _NEGATED.sub(r"\1", text, count=1)
    negative ^= positive != text
    found = atom(_SPACE.sub(" ", _ARTICLE.sub("", positive)).strip())
    return negation(found) if negative else found
