"""Reads one expression from tokens: recursive descent over a whitelist, greedy to the right."""

from fractions import Fraction
from typing import Final, NamedTuple

from triage_math.nodes import Node
from triage_math.tokens import Token
from triage_math.units import is_unit_letter, is_unit_word

MAX_DEPTH: Final = 40
_CALLED: Final = frozenset("fghpqFGHPQCNTSVREuvw")
_STOP_WORDS: Final = frozenset(
    ("and", "or", "is", "are", "was", "were", "equals", "so", "then", "but", "which", "because",
     "if", "where", "when", "gives", "than", "by", "with", "since", "that", "not", "times",
     "has", "have", "gets", "makes", "we", "he", "she", "it", "they", "who", "will", "would", "be",
     "half", "twice", "double", "triple", "mod", "only", "divided", "percent", "thus", "hence")
)  # fmt: skip
MAX_UNIT_WORDS: Final = 7


class Style(NamedTuple):
    """How to read what the grammar leaves open.

    Attributes:
        tight: `1/2x` is 1/(2x).
        joined: `a / b/c` divides by the fraction b/c.
        mixed: `1\\frac{1}{2}` is one and a half.
    """

    tight: bool = False
    joined: bool = False
    mixed: bool = True


class Unreadable(Exception):  # noqa: N818 - no error: there is just no expression here
    """No expression of the grammar begins here."""


class Parsed(NamedTuple):
    """An expression, where it ends, and which styles would read it differently."""

    node: Node
    end: int
    open_to: frozenset[str]


class _Reader:
    __slots__ = ("at", "depth", "letters", "limit", "open", "style", "tokens")

    def __init__(
        self, tokens: list[Token], start: int, limit: int, style: Style, letters: frozenset[str]
    ) -> None:
        self.tokens, self.at, self.limit = tokens, start, limit
        self.style, self.letters = style, letters
        self.depth = 0
        self.open: set[str] = set()

    def peek(self, ahead: int = 0) -> Token | None:
        i = self.at + ahead
        return self.tokens[i] if i < self.limit else None

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable
        try:
            return self.terms()
        finally:
            self.depth -= 1

    def terms(self) -> Node:
        token = self.peek()
        if token is not None and token.kind == "o" and token.text in "+-±":
            self.at += 1
            node = self.product()
            if token.text != "+":
                node = Node("neg" if token.text == "-" else "±", (node,))
        else:
            node = self.product()
        while (token := self.peek()) is not None and token.kind == "o" and token.text in "+-±":
            mark = self.at
            self.at += 1
            try:
                right = self.product(signed=True)
            except Unreadable:
                self.at = mark
                break
            node = Node(token.text, (node, right))
        return node

    def product(self, *, signed: bool = False) -> Node:
        node = self.implicit(signed=signed)
        while (token := self.peek()) is not None and token.kind == "o" and token.text in "*/":
            mark = self.at
            self.at += 1
            try:
                right = self.divisor() if token.text == "/" else self.implicit(signed=True)
            except Unreadable:
                self.at = mark
                break
            node = Node(token.text, (node, right))
            while (after := self.peek()) is not None and self.continues(after):
                self.open.add("tight")
                node = Node("*", (node, self.power()))
        return node

    def divisor(self) -> Node:
        """What follows a division sign; whether a factor glued to it belongs to it is open."""
        first, slash, second = self.peek(), self.peek(1), self.peek(2)
        if (
            first and slash and second
            and first.kind == "n" and slash.text == "/" and second.kind == "n"
            and not slash.spaced and not second.spaced
        ):  # fmt: skip
            self.open.add("joined")
            if self.style.joined and second.value:
                self.at += 3
                return self.postfix(Node("/", (_literal(first), _literal(second))))
        if self.style.tight:
            return self.implicit(signed=True)
        return self.signed()

    def implicit(self, *, signed: bool = False) -> Node:
        """Factors written side by side."""
        node = self.signed() if signed else self.power()
        while (token := self.peek()) is not None and self.continues(token):
            mark = self.at
            mixed = token.text == "frac" and node.op == "n" and not node.places
            try:
                right = self.power()
            except Unreadable:
                self.at = mark
                return node
            if mixed and right.op == "/" and all(n.op == "n" for n in right.args):
                self.open.add("mixed")
                if self.style.mixed:
                    node = Node("+", (node, right))
                    continue
            node = Node("*", (node, right))
        return node

    def continues(self, token: Token) -> bool:
        """Whether `token` multiplies what stands before it without a sign."""
        before = self.tokens[self.at - 1].kind
        if before == "o":
            return self.tokens[self.at - 1].text == "!" and token.kind in "nv(" and not token.spaced
        near = token.math or not token.spaced
        if token.kind == "v":
            return near and before in "nv)"
        if token.kind == "(":
            if token.text == "[" and before == "n":
                return False
            return before == ")" or (near and before in "nv")
        return token.kind == "f" and near and before in "nv)" and token.text != "choose"

    def signed(self) -> Node:
        token = self.peek()
        if token is not None and token.kind == "o" and token.text in "+-":
            self.at += 1
            node = self.power()
            return Node("neg", (node,)) if token.text == "-" else node
        return self.power()

    def power(self) -> Node:
        node = self.postfix(self.atom())
        token = self.peek()
        if token is not None and token.kind == "o" and token.text == "^":
            degree = self.degree()
            if degree:
                return Node("°", (node,))
            self.at += 1
            exponent = self.exponent()
            node = self.postfix(Node("^", (node, exponent)))
        return node

    def degree(self) -> bool:
        """Consumes `^°` in any bracketing."""
        for width in (1, 3):
            token = self.peek(width // 2 + 1)
            if token is not None and token.kind == "°":
                self.at += width + 1
                return True
        return False

    def exponent(self) -> Node:
        """A signed atom, or a tower of them; a tower's height counts as depth."""
        token = self.peek()
        negative = False
        if token is not None and token.kind == "o" and token.text in "+-":
            self.at += 1
            negative = token.text == "-"
        node = self.atom()
        token = self.peek()
        if token is not None and token.kind == "o" and token.text == "^":
            self.at += 1
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Unreadable
            node = Node("^", (node, self.exponent()))
            self.depth -= 1
        return Node("neg", (node,)) if negative else node

    def postfix(self, node: Node) -> Node:
        while True:
            token = self.peek()
            if token is None:
                return node
            if token.kind == "o" and token.text == "!":
                node = Node("!", (node,))
                self.at += 1
            elif token.kind == "%":
                node = Node("%", (node,))
                self.at += 1
                node = self.unit(node)
            elif token.kind == "°":
                node = Node("°", (node,))
                self.at += 1
            elif token.kind == "f" and token.text == "choose" and node.op in "nv":
                self.at += 1
                node = Node("f", (node, self.atom()), name="choose")
            elif (
                token.kind == "v" and token.text in "CP" and node.op == "n" and not token.spaced
                and (after := self.peek(1)) is not None and after.kind == "n" and not after.spaced
            ):  # fmt: skip
                self.at += 2
                node = Node("f", (node, _literal(after)), name=token.text)
            elif (
                token.text == "/" and self.tokens[self.at - 1].kind == "n"
                and self.at + 1 < self.limit and self.tokens[self.at + 1].kind == "w"
                and self.is_unit(self.at + 1) and _is_unit_name(self.tokens[self.at + 1].text)
            ):  # fmt: skip
                self.at = self.unit_only(self.at + 1)
                node = node._replace(unit=f"{node.unit} / {self.tokens[self.at - 1].text}".strip())
            elif token.kind in "wcv" and self.tokens[self.at - 1].kind in "n)":
                before = self.at
                node = self.unit(node)
                if self.at == before:
                    return node
            else:
                return node

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
            else:
                end = i if token.kind in "or)" else -1
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
        return node._replace(unit=" ".join(words[:6]))

    def unit_only(self, i: int) -> int:
        """The end of the run of true units from `i`."""
        i += 1
        while i < self.limit:
            token = self.tokens[i]
            if token.kind == "w" and is_unit_word(token.text):
                i += 1
            elif (token.text in "/*" and i + 1 < self.limit and self.is_unit(i + 1)) or (token.text == "^" and i + 1 < self.limit and self.is_exponent(i + 1)):
                i += 2
            else:
                break
        return i

    def is_unit(self, i: int) -> bool:
        token = self.tokens[i]
        if token.kind == "w":
            return token.text.lower() not in _STOP_WORDS
        return token.kind == "v" and not token.math and self.is_letter_unit(token, ["/"])

    def is_exponent(self, i: int) -> bool:
        return self.tokens[i].kind == "n"

    def is_letter_unit(self, token: Token, words: list[str]) -> bool:
        if token.text == "a":
            return bool(words)
        return is_unit_letter(token.text) and token.text not in self.letters

    def atom(self) -> Node:
        token = self.peek()
        if token is None:
            raise Unreadable
        kind = token.kind
        if kind == "n":
            self.at += 1
            return self.mixed_number(token)
        if kind == "c":
            self.at += 1
            token = self.peek()
            if token is not None and token.kind == "o" and token.text == "-":
                self.at += 1
                token = self.peek()
                if token is None or token.kind != "n":
                    raise Unreadable
                self.at += 1
                return Node("neg", (_literal(token)._replace(unit="$"),))
            if token is None or token.kind not in "n(":
                raise Unreadable
            if token.kind == "(":
                return self.atom()
            self.at += 1
            return _literal(token)._replace(unit="$")
        if kind == "(":
            return self.bracket(token)
        if kind == "v":
            return self.variable(token)
        if kind == "f":
            return self.function(token)
        if token.text == "|":
            self.at += 1
            inner = self.sum()
            closing = self.peek()
            if closing is None or closing.text != "|":
                raise Unreadable
            self.at += 1
            return Node("f", (inner,), name="abs")
        raise Unreadable

    def scientific(self, token: Token) -> Node | None:
        """`3.0 * 10^8` as one number, so that it binds as one in a division."""
        sign, ten, hat, power = (self.peek(i) for i in range(4))
        if (
            sign is None or ten is None or hat is None or power is None
            or sign.text != "*" or sign.value or ten.value != 10 or ten.places or hat.text != "^"
        ):  # fmt: skip
            return None
        i = self.at + 3
        braced = power.text == "{"
        i += braced
        negative = i < self.limit and self.tokens[i].text == "-"
        i += negative
        digits = self.tokens[i] if i < self.limit else None
        if digits is None or digits.kind != "n" or digits.places or not 0 <= digits.value < 100:
            return None
        if braced and (i + 1 >= self.limit or self.tokens[i + 1].text != "}"):
            return None
        if i + 1 < self.limit and self.tokens[i + 1].text in "^!":
            return None
        self.at = i + 1 + braced
        exponent = -int(digits.value) if negative else int(digits.value)
        value = token.value * Fraction(10) ** exponent
        return Node("n", value=value, places=token.places - exponent)

    def mixed_number(self, token: Token) -> Node:
        node = self.scientific(token)
        if node is not None:
            return node
        node = _literal(token)
        top, slash, bottom = self.peek(), self.peek(1), self.peek(2)
        if (
            not token.places and top and slash and bottom
            and top.kind == "n" and slash.text == "/" and bottom.kind == "n"
            and not slash.spaced and not bottom.spaced and 0 < top.value < bottom.value
        ):  # fmt: skip
            self.at += 3
            fraction = Fraction(top.value) / Fraction(bottom.value)
            return Node("+", (node, Node("n", value=fraction)))
        return node

    def bracket(self, token: Token) -> Node:
        closing = {"(": ")", "[": "]", "{": "}"}[token.text]
        self.at += 1
        node = self.sum()
        after = self.peek()
        if after is not None and after.kind == "f" and after.text == "choose":
            self.at += 1
            node = Node("f", (node, self.sum()), name="choose")
            after = self.peek()
        if after is None or after.text != closing:
            raise Unreadable
        self.at += 1
        return node._replace(unit="")

    def variable(self, token: Token) -> Node:
        after = self.peek(1)
        name = token.text
        self.at += 1
        near = after is not None and (token.math or not after.spaced)
        if near and after is not None and after.kind == "(" and after.text == "(":
            base = name.rstrip("'").split("_")[0]
            inside, closing = self.peek(1), self.peek(2)
            value = (
                inside is not None and inside.kind == "n"
                and closing is not None and closing.text in "),"
            )  # fmt: skip
            if base in _CALLED or name != base or value:
                args = self.arguments()
                if name in {"C", "P"} and len(args) == 2:
                    return Node("f", args, name=name)
                return Node("call", args, name=name)
        return Node("v", name=name)

    def arguments(self) -> tuple[Node, ...]:
        self.at += 1
        args = [self.sum()]
        while (token := self.peek()) is not None and token.text == ",":
            self.at += 1
            args.append(self.sum())
        if token is None or token.kind != ")":
            raise Unreadable
        self.at += 1
        return tuple(args)

    def group(self) -> Node:
        """An argument in the LaTeX manner: a braced group, else one token."""
        token = self.peek()
        if token is None:
            raise Unreadable
        if token.kind == "(" and token.text == "{":
            return self.bracket(token)
        return self.atom()

    def function(self, token: Token) -> Node:
        name = token.text
        self.at += 1
        if name in {"frac", "binom"}:
            after = self.peek()
            if after is not None and after.kind == "n" and len(after.text) == 2:
                self.at += 1
                pair = tuple(Node("n", value=int(d)) for d in after.text if d.isdigit())
            else:
                pair = (self.group(), self.group())
            if len(pair) != 2:
                raise Unreadable
            return Node("/", pair) if name == "frac" else Node("f", pair, name="binom")
        if name in {"gcd", "lcm", "max", "min"}:
            after = self.peek()
            if after is None or after.text != "(":
                raise Unreadable
            return Node("f", self.arguments(), name=name)
        if name == "sqrt":
            after = self.peek()
            if after is not None and after.text == "[":
                degree = self.bracket(after)
                return Node("f", (self.group(), degree), name="root")
            return Node("f", (self.group(),), name="sqrt")
        if name in {"det", "choose"}:
            raise Unreadable
        base: Node | None = None
        power: Node | None = None
        glued, bracket = self.peek(), self.peek(1)
        if (
            name == "log" and glued is not None and glued.kind == "n" and not glued.spaced
            and bracket is not None and bracket.text == "(" and not bracket.spaced
        ):  # fmt: skip
            self.at += 1  # log2(8)
            base = _literal(glued)
        for _ in range(2):
            after = self.peek()
            if after is not None and after.text == "_" and name == "log":
                self.at += 1
                base = self.group()
            elif after is not None and after.text == "^" and after.kind == "o":
                self.at += 1
                power = self.exponent()
        args = (self.argument(),) if base is None else (self.argument(), base)
        if base is None and name == "log":
            self.open.add("log")
        if name[-3:] in {"sin", "cos", "tan", "cot", "sec", "csc"}:
            self.open.add("degrees")
        if power is not None:
            if power.op == "neg":
                if name not in {"sin", "cos", "tan"}:
                    raise Unreadable
                return Node("f", args, name="arc" + name)
            return Node("^", (Node("f", args, name=name), power))
        return Node("f", args, name=name)

    def argument(self) -> Node:
        """A function's argument: bracketed, or the factors that follow it."""
        token = self.peek()
        if token is None:
            raise Unreadable
        if token.kind == "(":
            return self.postfix(self.bracket(token)) if token.text == "(" else self.bracket(token)
        node = self.power()
        while (after := self.peek()) is not None and after.kind == "v":
            if not self.continues(after):
                break
            node = Node("*", (node, self.power()))
        return node


def _is_unit_name(word: str) -> bool:
    """Whether a word behind a slash is a unit (`$15/student`) and no variable (`1/di`)."""
    return len(word) > 2 or is_unit_word(word)


def _literal(token: Token) -> Node:
    return Node("n", value=token.value, places=max(token.places, 0))


def parse(
    tokens: list[Token],
    start: int,
    limit: int,
    style: Style = Style(),  # noqa: B008 - an immutable value
    letters: frozenset[str] = frozenset(),
) -> Parsed | None:
    """Reads the longest expression that begins at token `start` and ends before `limit`.

    Args:
        tokens: Tokens after `wording.operators`.
        start: First token of the expression.
        limit: First token that does not belong to it in any case.
        style: How to read what notation leaves open.
        letters: Letters that are variables here, so never units.

    Returns:
        The expression with its end, or None if none begins there.
    """
    reader = _Reader(tokens, start, limit, style, letters)
    try:
        node = reader.sum()
    except Unreadable:
        return None
    return Parsed(node, reader.at, frozenset(reader.open))
