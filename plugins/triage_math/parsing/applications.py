"""Fractions, roots, logarithms, angles and other named functions with their arguments."""

from triage_math.notation.tokens import Token
from triage_math.parsing.atoms import AtomReader
from triage_math.parsing.nodes import Node
from triage_math.parsing.reader import Unreadable, literal


class ApplicationReader(AtomReader):
    """Reads applications of functions."""

    __slots__ = ()

    def function(self, token: Token) -> Node:
        """Reads what a name such as `frac`, `sqrt` or `log` applies to."""
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
            base = literal(glued)
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
