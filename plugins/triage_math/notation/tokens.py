"""Cuts a plain step into tokens with their place in the raw text."""

import re
from fractions import Fraction
from operator import itemgetter
from typing import Final, NamedTuple

from triage_math.notation import latex
from triage_math.notation.numerals import in_base, read_number
from triage_math.notation.units import is_unit_word
from triage_math.notation.windows import ABBREVIATED, REACH, ranges


class Token(NamedTuple):
    r"""One token.

    Attributes:
        kind: `n` number, `v` variable, `w` word, `f` function, `o` operator, `(` and `)` brackets,
            `r` relation, `c` currency, `%`, `°`, `,` punctuation, `.` end of a sentence, `\n` end
            of a line or row, `m` edge of inline mathematics, `?` not readable.
        text: The token in normal form.
        value: The number's value.
        places: Decimals shown.
        math: Whether it stands inside LaTeX mathematics.
        spaced: Whether blanks precede it.
    """

    kind: str
    text: str
    start: int
    end: int
    value: int | Fraction = 0
    places: int = 0
    math: bool = False
    spaced: bool = False


FUNCTIONS: Final = frozenset(
    ("sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "arcsin", "arccos",
     "arctan", "frac", "binom", "gcd", "lcm", "max", "min", "floor", "ceil", "abs", "lg", "det",
     "sinh", "cosh", "tanh", "asin", "acos", "atan", "choose")
)  # fmt: skip
GREEK: Final = frozenset(
    ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "omega", "phi",
     "psi", "rho", "sigma", "tau", "varphi", "eta", "xi", "zeta", "kappa", "Delta", "Omega", "ell",
     "varepsilon", "hbar", "Phi", "Theta")
)  # fmt: skip
# `letters`, `whole` and `sign` are the usual cases of what follows, and tried before the others
_TOKEN: Final = re.compile(
    r"[ \t\r\f\v]*+(?:"
    r"(?=[A-Za-zÀ-ÖØ-öø-ɏ])(?:"
    r"(?P<letters>[A-Za-z]++(?![-'_À-ÖØ-öø-ɏ]))"
    r"|(?P<hyphened>[A-Za-z]{2,}+(?:-[a-z]{2,}+)+(?![-_(]))"
    r"|(?P<word>[A-Za-zÀ-ÖØ-öø-ɏ]++(?:'[a-z]++|(?!'[a-z]))'*+(?!_))"
    r"|(?P<base>log(?=_))"
    r"|(?P<sub>[A-Za-z](?:_\{[^{}]{0,16}\}|_[A-Za-z0-9])'*)"
    r"|(?P<ident>[A-Za-z]+(?:_[A-Za-z0-9]+)+))"
    r"|(?=[\d.])(?:"
    r"(?P<whole>[1-9][0-9]{0,15}+(?![\d:_eE{snrt]|\.\d|,\d|, ?\\))"
    r"|(?P<time>\d{1,2}:\d\d\b)"
    r"|(?P<based>\d{1,40}_(?:\{\d{1,2}\}|\d{1,2}(?!\d)))"
    r"|(?P<num>\d{1,3}(?:(?:,|\{,\}|, ?\\!)\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+|(?<![\d.])\.\d+|\d+)"
    r"(?P<sci>[eE][+-]?\d{1,3}(?![\w.]))?(?P<ord>(?:st|nd|rd|th)s?\b)?)"
    r"|(?P<sign>[-()\[\]{}+/^±,\"'≈≠≤≥≡]|=(?![=>])|\*(?!\*))"
    r"|\\(?P<cmd>[A-Za-z]+)"
    r"|(?P<rel><=|>=|==|=>|!=(?!=)|:=|[<>])"
    r"|(?P<op>\*\*|[!√²³])"
    r"|(?P<edge>[" + latex.MATH_ON + latex.MATH_OFF + r"])"
    r"|(?P<nl>\n+|;|⇒|[" + latex.ROW + latex.BULLET + latex.DISPLAY + latex.DISPLAY_END + r"])"
    r"|(?P<mode>[" + latex.TEXT_ON + latex.TEXT_OFF + r"])"
    r"|(?P<stop>[.?!](?=\s|$|[" + latex.MATH_OFF + latex.DISPLAY_END + r"]))"
    r"|(?P<dots>\.\.\.+|…)"
    r"|(?P<colon>:)"
    r"|(?P<money>[$€£₹¥" + latex.MONEY + r"])"
    r"|(?P<pct>%)|(?P<deg>°)|(?P<pi>[πθαβγλμφωρσδ])"
    r"|(?P<amp>[&`])"
    r"|(?P<odd>[^\s]))"
)
_RELATIONS: Final = {"==": "=", ":=": "=", "<=": "≤", ">=": "≥", "!=": "≠", "=>": "⇒"}
_SUPERSCRIPT: Final = {"²": 2, "³": 3}
_ON: Final = frozenset((latex.MATH_ON, latex.DISPLAY))
_UPRIGHT: Final = frozenset((latex.TEXT_ON,))


def _is_product(word: str, *, glued: bool, before: list[Token]) -> bool:
    """Whether a short word in plain text is a product of letters, as in `4ac` or `xy`."""
    if not 1 < len(word) <= 4:
        return False
    if glued and before and before[0].kind in "n)":
        return not is_unit_word(word) and word.islower()
    return not word.strip("xyz") or word in _IMAGINARY_PARTS


def _letters(word: str, start: int, out: list[Token], *, spaced: bool) -> None:
    """Adds the letters of a run inside mathematics, each a variable; primes join their letter."""
    for i, letter in enumerate(word):
        at = start + i
        if letter == "'" and out:
            out[-1] = out[-1]._replace(text=out[-1].text + "'", end=at + 1)
        else:
            first = spaced and i == 0
            out.append(_new(Token, ("v", letter, at, at + 1, 0, 0, True, first)))


def _short_word(
    raw: str, start: int, end: int, out: list[Token], *, math: bool, spaced: bool
) -> None:
    """Adds a word of up to four letters: a variable, a product of letters, or a word."""
    kind, name = "w", _LOWERED.get(raw, raw)
    if raw == "pi":
        kind, name = "v", "π"
    elif _is_product(raw, glued=not spaced, before=out[-1:]):
        for i, letter in enumerate(raw):
            out.append(Token("v", letter, start + i, start + i + 1, spaced=spaced and not i))
        return
    elif len(raw.rstrip("'")) == 1:
        kind = "v"
    elif name in FUNCTIONS:
        kind = "f"
    out.append(_new(Token, (kind, name, start, end, 0, 0, math, spaced)))


def _numeral(match: re.Match[str], out: list[Token], *, math: bool) -> Token:
    """The token of a number; unreadable where it is an ordinal, a code or far too long."""
    raw = match["num"]
    number = read_number(raw)
    kind = "n"
    if number is None or match["ord"]:
        fraction_tail = match["ord"] and out and out[-1].text == "/"
        kind = "n" if number and fraction_tail else "?"
    if raw[0] == "0" and len(raw) > 1 and raw.isdigit():
        kind = "?"  # a clock time or a code
    value, places = number or (0, 0)
    if match["sci"]:
        power = int(match["sci"][1:])
        if abs(power) > 300 or ("." not in raw and power < 0):
            kind = "?"
        else:
            value, places = value * Fraction(10) ** power, places - power
    start = match.start("num")
    text = match[0].lstrip()
    spaced = start > match.start()
    return _new(Token, (kind, text, start, match.end(), value, places, math, spaced))


def tokenize(text: str, breaks: list[int]) -> list[Token]:
    """Returns the tokens of a plain text (see `latex.plain`), as far as relations are near.

    Args:
        text: The text.
        breaks: Where its sentences and lines begin (see `windows.breaks_of`).
    """
    out: list[Token] = []
    for low, high in ranges(text, breaks):
        if out:
            out.append(Token("\n", "\n", low, low))
        edges = _EDGES.findall(text, max(0, low - REACH), low)
        _tokenize(text, low, high, out, math=bool(edges) and edges[-1] in _ON)
    return out


def kinds(tokens: list[Token]) -> str:
    """The kinds of tokens as one text, a sign for each: what is sought in it is found at once."""
    return "".join(map(_KIND, tokens))


def tokenize_all(text: str) -> list[Token]:
    """Returns all tokens of a plain text."""
    out: list[Token] = []
    _tokenize(text, 0, len(text), out, math=False)
    return out


def _tokenize(text: str, low: int, high: int, out: list[Token], *, math: bool) -> None:
    add = out.append
    upright = False
    last = low
    for match in _TOKEN.finditer(text, low, high):
        group = match.lastgroup or ""
        start, end = match.span(group)
        raw = text[start:end]
        spaced = start > last
        last = end
        if group == "sign":
            add(_new(Token, (_SIGNS[raw], raw, start, end, 0, 0, math, spaced)))
        elif group == "letters" or group == "word":
            if math and not upright and len(raw) < 4 and raw not in FUNCTIONS:
                if len(raw) == 1:
                    add(_new(Token, ("v", raw, start, end, 0, 0, True, spaced)))
                    continue
                _letters(raw, start, out, spaced=spaced)
            elif len(raw) > 4 or raw in _PROSE:
                kind = "f" if raw in FUNCTIONS else "w"
                add(_new(Token, (kind, raw, start, end, 0, 0, math, spaced)))
            elif upright:
                name = _LOWERED.get(raw, raw)
                add(Token("f" if name in FUNCTIONS else "w", name, start, end, 0, 0, math, spaced))
            else:
                _short_word(raw, start, end, out, math=math, spaced=spaced)
        elif group == "whole":
            add(_new(Token, ("n", raw, start, end, int(raw), 0, math, spaced)))
        elif group == "edge":
            math = raw in _ON
            upright = False
            add(_new(Token, ("m", raw, start, end, 0, 0, False, False)))
        elif group == "nl":
            if raw == latex.DISPLAY:
                math = True
            elif raw == latex.DISPLAY_END:
                math = upright = False
            if not out or out[-1].kind != "\n":
                add(_new(Token, ("\n", raw[0], start, end, 0, 0, math, False)))
        elif group == "cmd":
            kind = "f" if raw in FUNCTIONS else "v" if raw in GREEK else "?"
            spaced = start - 1 > match.start()
            add(_new(Token, (kind, raw, start - 1, end, 0, 0, math, spaced)))
        elif (one := _SIGNS.get(raw) or _KINDS.get(group)) is not None:
            add(_new(Token, (one, raw, start, end, 0, 0, math, spaced)))
        elif group in {"num", "sci", "ord"}:
            add(_numeral(match, out, math=math))
        elif group == "based":
            based = in_base(raw)
            kind = "?" if based is None else "n"
            add(Token(kind, raw, start, end, based or 0, 0, math, spaced))
        elif group == "rel":
            if raw == "!=" and not spaced and out and out[-1].kind in "n)v":
                add(Token("o", "!", start, start + 1, 0, 0, math))
                add(Token("r", "=", start + 1, end, 0, 0, math))
            elif raw == "=>":
                add(Token("\n", raw, start, end))
            else:
                add(Token("r", _RELATIONS[raw], start, end, 0, 0, math, spaced))
        elif group == "op":
            if raw == "!" and (spaced or not out or out[-1].kind not in "n)v"):
                add(Token(".", raw, start, end))
            elif raw in _SUPERSCRIPT:
                add(Token("o", "^", start, start, math=math))
                add(Token("n", raw, start, end, _SUPERSCRIPT[raw], math=math))
            elif raw == "√":
                add(Token("f", "sqrt", start, end, 0, 0, math, spaced))
            else:
                name = "^" if raw == "**" else raw
                add(Token("o", name, start, end, 0, 0, math, spaced))
        elif group == "mode":
            upright = raw in _UPRIGHT
        elif group in {"sub", "ident"}:
            name = raw.replace("{", "").replace("}", "")
            add(Token("v", name, start, end, 0, 0, math, spaced))
        elif group == "base":
            add(Token("f", raw, start, end, 0, 0, math, spaced))
        elif group == "stop" and not (
            raw == "." and out and out[-1].kind == "w" and out[-1].text in ABBREVIATED
        ):
            add(Token(".", raw, start, end, 0, 0, math, spaced))


_KIND: Final = itemgetter(0)
_EDGES: Final = re.compile(f"[{latex.MATH_ON}{latex.MATH_OFF}{latex.DISPLAY}{latex.DISPLAY_END}]")
_PROSE: Final = frozenset(
    ("the", "of", "is", "and", "to", "in", "we", "for", "are", "that", "so", "this", "The", "by",
     "on", "each", "with", "be", "he", "she", "it", "has", "have", "all", "can", "So", "from",
     "then", "will", "when", "also", "both", "side", "term", "find", "Let", "get", "not", "our",
     "use", "now", "two", "one", "know", "must", "more", "what", "Then", "This", "From")
)  # fmt: skip
"""Short words that are never products of letters; a quick way through prose."""
_IMAGINARY_PARTS: Final = frozenset(("bi", "di", "yi", "vi"))
_KINDS: Final = {
    "hyphened": "w", "time": "?", "dots": "…", "money": "c", "pct": "%", "deg": "°", "pi": "v",
    "odd": "?",
}  # fmt: skip
"""Groups of the pattern that are one kind of token as they stand."""
_SIGNS: Final = {
    **dict.fromkeys("+-*/^±", "o"), **dict.fromkeys("([{", "("), **dict.fromkeys(")]}", ")"),
    **dict.fromkeys("=≈≠≤≥≡<>", "r"), **dict.fromkeys(",:\"'", ","),
}  # fmt: skip
"""Texts that are one kind of token as they stand."""
_LOWERED: Final = {
    form: word for word in ("gcd", "lcm") for form in (word.upper(), word.capitalize())
}
_new: Final = tuple.__new__  # a third of the time of a NamedTuple's own constructor
