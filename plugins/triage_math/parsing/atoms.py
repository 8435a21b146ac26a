"""Numbers, brackets, variables and calls: what the grammar's operators join."""

from fractions import Fraction
from typing import Final

from triage_math.notation.tokens import Token
from triage_math.parsing.nodes import IMAGINARY, Node, new_node
from triage_math.parsing.reader import Unreadable, literal
from triage_math.parsing.unitphrases import UnitReader

_CALLED: Final = frozenset("fghpqFGHPQCNTSVREuvw")
"""Letters that name functions where a bracket follows them."""

ENDINGS: Final = frozenset((")", ",", ".", "\n", "m", "r", "?", "…"))
"""Kinds of tokens that belong to nothing before them."""
END_NUMBERS: Final = frozenset("+-±")
_END_LETTERS: Final = frozenset("+-±*/")
"""Signs behind which something else begins."""


class AtomReader(UnitReader):
    """Reads atoms."""

    __slots__ = ()

    def atom(self) -> Node:
        """Reads a number, an amount, a bracket, a variable, a call or a modulus."""
        token = self.peek()
        if token is None:
            raise Unreadable
        kind = token.kind
        if kind == "n":
            self.at += 1
            if "_" in token.text:
                return Node("f", (literal(token),), name="numeral")
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
                return Node("neg", (literal(token)._replace(unit="$"),))
            if token is None or token.kind not in "n(":
                raise Unreadable
            if token.kind == "(":
                return self.atom()
            self.at += 1
            return literal(token)._replace(unit="$")
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

    def alone(self) -> Node | None:
        """A number or letter to which nothing behind it can belong: the quick way for most."""
        at = self.at
        if at >= self.limit:
            return None
        token = self.tokens[at]
        if token.kind == "n" and "_" not in token.text:
            ends = END_NUMBERS
        elif token.kind == "v":
            ends = _END_LETTERS
        else:
            return None
        if at + 1 < self.limit:
            after = self.tokens[at + 1]
            if after.kind not in ENDINGS and after.text not in ends:
                factor = after.kind == "v" and after.math and after.text not in "CP"
                if not factor and (token.kind == "n" or after.kind not in "vw"):
                    return None
        self.at = at + 1
        if token.kind == "v":
            return new_node(Node, ("v", (), 0, 0, token.text, ""))
        return literal(token)

    def scientific(self, token: Token) -> Node | None:
        """`3.0 * 10^8` as one number, so that it binds as one in a division."""
        sign = self.peek()
        if sign is None or sign.text != "*":
            return None
        if self.at > 1 and self.tokens[self.at - 2].text == "^":
            return None  # an exponent ends before the next factor
        ten, hat, power = self.peek(1), self.peek(2), self.peek(3)
        if (
            ten is None or hat is None or power is None
            or sign.value or ten.value != 10 or ten.places or hat.text != "^"
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
        """Reads a number, with `1 1/2` and `3 * 10^8` as single ones."""
        node = self.scientific(token)
        if node is not None:
            return node
        node = literal(token)
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
        """Reads a bracketed sum."""
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
        return node._replace(unit="") if node.unit else node

    def variable(self, token: Token) -> Node:
        """Reads a variable, or a call such as `f(3)` or `C(5, 2)`."""
        after = self.peek(1)
        name = token.text
        self.at += 1
        near = name != IMAGINARY and after is not None and (token.math or not after.spaced)
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
        """Reads a bracketed list."""
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
