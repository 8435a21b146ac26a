"""Units and other words behind a number, which carry no value of their own."""

from typing import Final

from triage_math.notation.tokens import Token
from triage_math.notation.units import is_unit_letter, is_unit_word
from triage_math.parsing.nodes import Node
from triage_math.parsing.reader import Cursor

_STOP_WORDS: Final = frozenset(
    ("and", "or", "is", "are", "was", "were", "equals", "so", "then", "but", "which", "because",
     "if", "where", "when", "gives", "than", "by", "with", "since", "that", "not", "times",
     "has", "have", "gets", "makes", "we", "he", "she", "it", "they", "who", "will", "would", "be",
     "both", "sides", "get", "obtain", "yields", "from", "half", "twice", "double", "triple",
     "mod", "only", "divided", "percent", "thus", "hence",
     "am", "pm", "AM", "PM")
)  # fmt: skip
MAX_UNIT_WORDS: Final = 7
MAX_REMARK: Final = 8


class UnitReader(Cursor):
    """Reads unit phrases."""

    __slots__ = ()

    def unit(self, node: Node) -> Node:
        """Attaches the words behind a number; they are passed over if an operand ends there."""
        words: list[str] = []
        i = self.at
        end = -1
        steps = 0
        while i < self.limit and steps < 2 * MAX_UNIT_WORDS:
            token = self.tokens[i]
            text = token.text
            steps += 1
            if token.kind == "w":
                if text.lower() in _STOP_WORDS or (text == "of" and not words):
                    break
                words.append(text)
            elif token.kind == "c":
                if words:
                    break
                words.append("$")
            elif (
                token.kind == "v" and not token.math and (token.spaced or words)
                and self.is_letter_unit(token, words)
            ):  # fmt: skip
                words.append(text)
            elif text == "/" and words and i + 1 < self.limit and self.is_unit(i + 1):
                words.append("/")
            elif text == "^" and words and i + 1 < self.limit and self.is_exponent(i + 1):
                words.append(f"^{self.tokens[i + 1].text}")
                i += 1
            elif text == "*" and words and i + 1 < self.limit and self.is_unit(i + 1):
                words.append("*")
            elif (remark := self.remark_end(i)) > i:
                words.append("()")
                i = remark - 1
            else:
                remarked = words[-1:] == ["()"] and token.kind in ".\n"
                end = i if token.kind in "or)" or remarked else -1
                break
            i += 1
        else:
            end = i if i == self.limit and i < len(self.tokens) else -1
            if i < len(self.tokens) and self.tokens[i].kind not in "or)":
                end = -1
        if not words or len(words) > 2 * MAX_UNIT_WORDS:
            return node
        if end >= 0:
            self.at = end
        elif (first := self.tokens[self.at]).kind == "c" or is_unit_word(first.text):
            self.at = self.unit_only(self.at)
        unit = " ".join(w for w in words[:6] if w != "()")
        return node._replace(unit=unit or node.unit)

    def remark_end(self, i: int) -> int:
        """The end of a bracketed remark in words, as in `$20 (the ticket) - $2`; else `i`."""
        token = self.tokens[i]
        if token.text != "(" or not token.spaced:
            return i
        allowed = "w," if token.math else "wv,"  # a letter in mathematics is a factor
        j = i + 1
        while j < self.limit and j - i <= MAX_REMARK and self.tokens[j].kind in allowed:
            j += 1
        said = j - i > 2 or (j - i == 2 and len(self.tokens[i + 1].text) > 3)
        closed = j < self.limit and self.tokens[j].text == ")" and said
        return j + 1 if closed else i

    def unit_only(self, i: int) -> int:
        """The end of the run of true units from `i`."""
        i += 1
        while i < self.limit:
            token = self.tokens[i]
            if token.kind == "w" and is_unit_word(token.text):
                i += 1
            elif (token.text in "/*" and i + 1 < self.limit and self.is_unit(i + 1)) or (
                token.text == "^" and i + 1 < self.limit and self.is_exponent(i + 1)
            ):
                i += 2
            else:
                break
        return i

    def is_unit(self, i: int) -> bool:
        """Whether the token at `i` can be part of a unit."""
        token = self.tokens[i]
        if token.kind == "w":
            return token.text.lower() not in _STOP_WORDS
        return token.kind == "v" and not token.math and self.is_letter_unit(token, ["/"])

    def is_exponent(self, i: int) -> bool:
        """Whether the token at `i` can be the exponent of a unit."""
        return self.tokens[i].kind == "n"

    def is_letter_unit(self, token: Token, words: list[str]) -> bool:
        """Whether a letter is a unit here rather than a variable."""
        if token.text == "a":
            return bool(words)
        return is_unit_letter(token.text) and token.text not in self.letters


def is_unit_name(word: str) -> bool:
    """Whether a word behind a slash is a unit (`$15/student`) and no variable (`1/di`)."""
    return len(word) > 2 or is_unit_word(word)
