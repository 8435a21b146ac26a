"""Words and letters that stand for operators: `times`, `divided by`, `x` between numbers, `of`."""

from fractions import Fraction
from operator import itemgetter
from typing import Final

from triage_math.notation.tokens import Token, kinds

_INFIX: Final = {"times": "*", "plus": "+", "minus": "-", "over": "/"}
_INFIX_BY: Final = {"multiplied": "*", "divided": "/", "×": "*"}
_SPOKEN: Final = frozenset(
    form
    for word in (*_INFIX, *_INFIX_BY, "x", "of", "percent", "percentage", "*")
    for form in (word, word.capitalize(), word.upper())
)
"""All other words stay as they are; a quick way past them."""
_TEXT: Final = itemgetter(Token._fields.index("text"))
_ENDS_OPERAND: Final = frozenset("n)v%°")
_STARTS_OPERAND: Final = frozenset("nv(cf")


def _is_times(tokens: list[Token], i: int) -> bool:
    """Whether the letter x at `i` is a multiplication sign."""
    before, after = tokens[i - 1], tokens[i + 1]
    if tokens[i].math:
        return False
    spaced_both = tokens[i].spaced and after.spaced
    if after.kind == "c" or (after.kind == "n" and before.kind in {"n", "%"}):
        return True
    if after.kind == "n" and before.kind in {")", "w"}:
        return spaced_both
    if after.kind == "(" and before.kind in {"n", ")", "w", "%"}:
        return spaced_both
    return False


def _is_share(tokens: list[Token], i: int) -> bool:
    """Whether the `of` at `i` multiplies: `20% of 50`, `2/3 of 24`."""
    before, after = tokens[i - 1], tokens[i + 1]
    return (
        after.kind in "nc("
        and before.kind == "n"
        and i >= 3
        and tokens[i - 2].text == "/"
        and tokens[i - 3].kind == "n"
    )


def _power_of_ten(tokens: list[Token], i: int) -> Token | None:
    """`x108` or `x10-3` behind a number, where superscripts were lost."""
    ten = tokens[i + 1]
    if tokens[i - 1].kind != "n" or ten.kind != "n" or not ten.text.startswith("10"):
        return None
    power = ten.text[2:]
    if not power and i + 3 < len(tokens) and tokens[i + 2].text == "-":
        sign, digits = tokens[i + 2], tokens[i + 3]
        if sign.spaced or digits.spaced or digits.kind != "n" or len(digits.text) > 2:
            return None
        if ten.spaced and not (i + 4 < len(tokens) and tokens[i + 4].kind in "wv"):
            return ten._replace(kind="?", end=digits.end)  # without a unit it may be 10 - 3
        value = Fraction(1, 10 ** int(digits.value))
        return ten._replace(value=value, end=digits.end)
    if not ten.spaced and power.isdigit() and len(power) <= 2:
        return ten._replace(value=10 ** int(power))
    return None


def operators(tokens: list[Token]) -> list[Token]:
    """Returns the tokens with such words replaced by operator tokens.

    The operator that stands for `of` carries the value 1: what follows it may not belong to the
    result before it.
    """
    out: list[Token] = []
    last = len(tokens) - 1
    skip = done = -1
    for i in [i for i, text in enumerate(map(_TEXT, tokens)) if text in _SPOKEN]:
        if i <= skip or tokens[i].kind not in "wvo":
            continue
        out += tokens[done + 1 : i]
        token, done = tokens[i], i
        if token.text == "*":
            out.append(token)
            if 0 < i < last - 3 and tokens[i + 1].text == "10":
                power = _power_of_ten(tokens, i) if tokens[i + 4].kind in "wv" else None
                if power is not None and not tokens[i + 3].spaced:
                    out.append(power)
                    skip = done = i + 3
            continue
        if 0 < i < last and out:
            before, after = tokens[i - 1], tokens[i + 1]
            text = token.text.lower()
            if text == "x" and (power := _power_of_ten(tokens, i)) is not None:
                out.append(token._replace(kind="o", text="*"))
                out.append(power)
                skip = done = i + 3 if power.end != after.end else i + 1
                continue
            if text == "x" and _is_times(tokens, i):
                out.append(token._replace(kind="o", text="*"))
                continue
            if token.kind == "w" and not token.math:
                sign = _INFIX.get(text)
                operand = before.kind in _ENDS_OPERAND or before.kind == "w"
                if sign and operand and after.kind in _STARTS_OPERAND:
                    out.append(token._replace(kind="o", text=sign))
                    continue
                sign = _INFIX_BY.get(text)
                by = after.text == "by" and i + 2 <= last
                if sign and operand and by and tokens[i + 2].kind in _STARTS_OPERAND:
                    out.append(token._replace(kind="o", text=sign, end=after.end))
                    skip = done = i + 1
                    continue
                if (
                    text == "of"
                    and (out[-1].kind == "%" or _is_share(tokens, i))
                    and after.kind in "nc("
                ):
                    out.append(token._replace(kind="o", text="*", value=1))
                    continue
        if token.text in {"percent", "percentage"} and i and tokens[i - 1].kind == "n":
            out.append(token._replace(kind="%", text="%"))
            continue
        out.append(token)
    return out + tokens[done + 1 :]


def join_edges(tokens: list[Token]) -> list[Token]:
    """Drops edges of inline mathematics that stand beside an operator or a relation.

    `$3$ + $4$ = $7$` is one formula; `$a$ $b$` are two.
    """
    marks = kinds(tokens)
    if "m" not in marks:
        return tokens
    out: list[Token] = []
    last, done = len(tokens) - 1, 0
    for i in [i for i, kind in enumerate(marks) if kind == "m"]:
        out += tokens[done:i]
        done = i + 1
        before = tokens[i - 1] if i > 1 else None
        if before is not None and before.text == "-" and before.kind == "o" and not before.math:
            operand = tokens[i - 2].kind in "nv)%°"
            if before.spaced and not operand:
                out[-1] = before._replace(kind="\n")  # a dash before a formula, in a list
        near_before = out and out[-1].kind in "or"
        if not near_before and (i == last or marks[i + 1] not in "or"):
            out.append(tokens[i])
    return out + tokens[done:]
