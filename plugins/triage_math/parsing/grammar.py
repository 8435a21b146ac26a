"""Reads one expression from tokens: recursive descent over a whitelist, greedy to the right."""

from typing import Final

from triage_math.notation.tokens import Token
from triage_math.parsing.applications import ApplicationReader
from triage_math.parsing.atoms import END_NUMBERS, ENDINGS
from triage_math.parsing.nodes import Node
from triage_math.parsing.reader import MAX_DEPTH, Parsed, Style, Unreadable, literal
from triage_math.parsing.unitphrases import is_unit_name

_SURE: Final[frozenset[str]] = frozenset()


class Reader(ApplicationReader):
    """Reads sums, products and powers."""

    __slots__ = ()

    def sum(self) -> Node:
        """Reads terms joined by signs."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable
        try:
            return self.terms()
        finally:
            self.depth -= 1

    def terms(self) -> Node:
        """Reads the terms of a sum."""
        token = self.peek()
        if token is not None and token.kind == "o" and token.text in "+-±":
            self.at += 1
            node = self.product()
            if token.text != "+":
                node = Node("neg" if token.text == "-" else "±", (node,))
        else:
            node = self.product()
        tokens, limit = self.tokens, self.limit
        while self.at < limit and (sign := tokens[self.at]).kind == "o" and sign.text in "+-±":
            mark = self.at
            self.at += 1
            try:
                right = self.product(signed=True)
            except Unreadable:
                self.at = mark
                break
            if not self.hyphened(sign, node, mark):
                node = Node(sign.text, (node, right))
            elif node.op == "n":
                node = Node("+", (node, right))
            else:
                node = node._replace(args=(node.args[0], Node("+", (node.args[1], right))))
        return node

    def hyphened(self, sign: Token, node: Node, at: int) -> bool:
        """Whether the hyphen at `at` joins a mixed number, as in `1-1/2 hours`."""
        whole = node.args[1] if node.op in ("+", "-") else node
        if sign.text != "-" or sign.spaced or whole.op != "n" or whole.places:
            return False
        parts = self.tokens[at + 1 : at + 4]
        if [t.kind for t in parts] != ["n", "o", "n"] or parts[1].text != "/":
            return False
        if any(t.spaced for t in parts) or not 0 < parts[0].value < parts[2].value:
            return False
        self.open.add("hyphened")
        return self.style.hyphened

    def product(self, *, signed: bool = False) -> Node:
        """Reads factors joined by signs of multiplication and division."""
        node = self.implicit(signed=signed)
        tokens, limit = self.tokens, self.limit
        while self.at < limit and (token := tokens[self.at]).kind == "o" and token.text in "*/":
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
                return self.postfix(Node("/", (literal(first), literal(second))))
        if self.style.tight:
            return self.implicit(signed=True)
        return self.signed()

    def implicit(self, *, signed: bool = False) -> Node:
        """Factors written side by side."""
        node = self.signed() if signed else self.power()
        tokens, limit = self.tokens, self.limit
        while self.at < limit and (token := tokens[self.at]).kind in "nv(f":
            if not self.continues(token):
                break
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
        if token.kind != "f" or token.text == "choose" or before not in "nv)°":
            return False
        bracket = self.peek(1)
        return near or (before == "n" and bracket is not None and bracket.text == "(")

    def signed(self) -> Node:
        """Reads a factor that may carry a sign."""
        token = self.peek()
        if token is not None and token.kind == "o" and token.text in "+-":
            self.at += 1
            node = self.power()
            return Node("neg", (node,)) if token.text == "-" else node
        return self.power()

    def power(self) -> Node:
        """Reads an atom with its exponent."""
        alone = self.alone()
        if alone is not None:
            return alone
        node = self.postfix(self.atom())
        token = self.peek()
        if token is not None and token.kind == "o" and token.text == "^":
            degree = self.degree()
            if degree:
                return Node("°", (node,))
            self.at += 1
            exponent = self.raised() or self.exponent()
            node = self.postfix(Node("^", (node, exponent)))
        return node

    def raised(self) -> Node | None:
        """A glued fraction as exponent, where the style reads `x^2/3` so."""
        top, slash, bottom = self.peek(), self.peek(1), self.peek(2)
        if not (top and slash and bottom) or slash.text != "/" or slash.spaced or bottom.spaced:
            return None
        if top.kind != "n" or bottom.kind != "n" or not bottom.value:
            return None
        self.open.add("raised")
        if not self.style.raised:
            return None
        self.at += 3
        return Node("/", (literal(top), literal(bottom)))

    def degree(self) -> bool:
        """Consumes `^°` or `^{°}`."""
        inside = "".join([t.kind for t in self.tokens[self.at + 1 : min(self.at + 4, self.limit)]])
        width = 2 if inside[:1] == "°" else 4 if inside == "(°)" else 0
        self.at += width
        return width > 0

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
        """Reads what stands behind an atom."""
        while True:
            token = self.peek()
            if token is None or token.kind in ENDINGS or token.text in END_NUMBERS:
                return node
            if token.kind == "o" and token.text == "!":
                node = Node("!", (node,))
                self.at += 1
            elif token.kind == "%":
                node = Node("%", (node,))
                self.at += 1
                if (off := self.peek()) is not None and off.text == "off":
                    raise Unreadable  # of what, the words say
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
                node = Node("f", (node, literal(after)), name=token.text)
            elif (
                token.text == "/" and self.tokens[self.at - 1].kind == "n"
                and self.at + 1 < self.limit and self.tokens[self.at + 1].kind == "w"
                and self.is_unit(self.at + 1) and is_unit_name(self.tokens[self.at + 1].text)
            ):  # fmt: skip
                self.at = self.unit_only(self.at + 1)
                node = node._replace(unit=f"{node.unit} / {self.tokens[self.at - 1].text}".strip())
            elif self.tokens[self.at - 1].kind in "n)" and (
                token.kind in "wcv" or self.remark_end(self.at) > self.at
            ):
                before = self.at
                node = self.unit(node)
                if self.at == before:
                    return node
            else:
                return node


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
    reader = Reader(tokens, start, limit, style, letters)
    if start + 1 >= limit or tokens[start + 1].kind in ENDINGS:
        alone = reader.alone()  # before all levels of the grammar are passed
        if alone is not None:
            return Parsed(alone, reader.at, _SURE)
    try:
        node = reader.sum()
    except Unreadable:
        return None
    return Parsed(node, reader.at, frozenset(reader.open))
