"""Makes the LaTeX in a trace readable as plain text, without losing or adding any meaning."""

import re
from functools import cache
from typing import Any, Final

_LONGEST: Final = 20_000
"""Characters of mathematics beyond which a formula is shown as it was written."""

_PIECES: Final = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)"
    r"|\$\$(?P<display>.+?)\$\$"
    r"|\\\[(?P<bracket>.+?)\\\]"
    r"|\\\((?P<paren>.+?)\\\)"
    # a dollar before a digit is money unless its partner ends a formula: "$3 and then $4"
    r"|(?<![\\$\w])\$(?=[^\s$])(?P<dollar>[^$\n]*?)(?<=[^\s\\])\$(?![\d$])"
    r"|(?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}.*?\\end\{(?P=name)\})"
    r"|(?P<bare>\\[a-zA-Z]+(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*)",
    re.DOTALL,
)

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand for braces that are shown, while those that only group are still there."""
_FROM, _TO = "\ue002", "\ue003"
"""Stand around a fraction until it is known whether its neighbours call for parentheses."""

_RAISED, _LOWERED = "\ue004", "\ue005"
"""Stand for ^ and _ that are shown, while those that only mark a script are still there."""

_ATOM: Final = re.compile(r"-?[\w.,°]+|\S|[√∛∜C]?\([^()]*\)")
_SUPER: Final = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
_SUB: Final = dict(zip("0123456789+-=()aeijknmpx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₙₘₚₓ", strict=True))
_GROUPED: Final = re.compile(r"\s*([\^_])\s*\{([^{}]*)\}")
_SINGLE: Final = re.compile(r"\s*([\^_])\s*([^\s{}])")

_PLAIN: Final = {
    "triangle": "△", "square": "□", "boxed": "[%s]", "operatorname": "%s", "mbox": "%s",
    "cancel": "⟨struck: %s⟩", "underline": "%s", "pmod": " (mod %s)", "tag": "(%s)",
    "implies": "⟹", "iff": "⟺", "land": "∧", "lor": "∨", "lnot": "¬", "bmod": " mod ",
    "mod": " mod ", "nmid": "∤", "dots": "…", "degree": "°", "colon": ":", "ne": "≠", "Box": "□",
}  # fmt: skip
_DROPPED: Final = (
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "middle",
    "displaystyle", "textstyle", "limits", "nolimits", "hline", "notag", "nonumber", "hfill",
)  # fmt: skip
_FRACTIONS: Final = ("frac", "dfrac", "tfrac", "cfrac")
_CHOICES: Final = ("binom", "dbinom", "tbinom")
_ACCENTS: Final = {
    "overline": "\u0305", "bar": "\u0305", "hat": "\u0302", "widehat": "\u0302", "vec": "\u20d7",
    "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "overrightarrow": "\u20d7",
}  # fmt: skip
_FUNCTIONS: Final = (
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "log", "ln", "lg", "exp", "lim", "max", "min", "sup", "inf", "gcd", "lcm", "det", "deg", "arg",
)  # fmt: skip
_STACKED: Final = {"overset": "%(2)s[above: %(1)s]", "underset": "%(2)s[below: %(1)s]"}


def readable(text: str) -> str:
    """The text with its formulas in Unicode; whatever is not understood stays as written."""
    return _PIECES.sub(_piece, text)


def _piece(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found[0]
    bare = found["bare"]
    inner = bare or found["environment"] or found[found.lastgroup or 0]
    for name in ("display", "bracket", "paren", "dollar"):
        inner = found[name] or inner
    return _formula(inner) or found[0]


def _formula(latex: str) -> str | None:
    if len(latex) > _LONGEST:
        return None
    walker_context, converter = _converter()
    # models write a bare percent sign where LaTeX would begin a comment
    escaped = re.sub(r"(?<!\\)%", r"\\%", latex)
    try:
        text = converter.latex_to_text(escaped, latex_context=walker_context)
    except Exception:  # noqa: BLE001  whatever foreign code trips over, the text itself can be read
        return None
    return _tidy(text)


def _tidy(text: str) -> str:
    text = _scripts(text)
    text = text.replace("{", "").replace("}", "").replace(_OPEN, "{").replace(_CLOSE, "}")
    text = text.replace(_RAISED, "^").replace(_LOWERED, "_")
    while found := re.search(f"{_FROM}([^{_FROM}{_TO}]*){_TO}", text):
        before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        alone = (not before or before[-1] in "=<>≤≥≈+-−([{,;:→⟹⇒") and (
            not after or after[0] in "=<>≤≥≈+-−)]},;:.→⟹⇒"
        )
        shown = found[1] if alone else f"({found[1]})"
        text = text[: found.start()] + shown + text[found.end() :]
    # the blank after a sign was taken for the end of its name: give back what stood before it
    text = re.sub(r"(?<=\S) *([≡≤≥⩽⩾≠≈∼≅∈∉⊂⊆⇒⟹⟺]) *(?=[^\s,.)])", r" \1 ", text)
    text = re.sub(r" ([×·∘∩∪→∧∨÷±∣])(?=[^\s,.)])", r" \1 ", text)
    return re.sub(r"(?<=[(\[{]) (?=\S)", "", re.sub(r"[ \t]+", " ", text)).strip()


def _scripts(text: str) -> str:
    """Raise and lower what stands after ^ and _, from the innermost out."""
    before = ""
    while before != text:
        before = text
        text = _GROUPED.sub(_script, text)
    return _SINGLE.sub(_script, text)


def _script(found: re.Match[str]) -> str:
    mark, body = found[1], found[2].strip()
    if mark == "^" and body in {"∘", "°"}:
        return "°"
    if mark == "^" and body in {"'", "′"}:
        return "′"
    table = _SUPER if mark == "^" else _SUB
    if body and all(char in table for char in body):
        return "".join(table[char] for char in body)
    sign = _RAISED if mark == "^" else _LOWERED
    return sign + (body if len(body) == 1 else f"({body})")


@cache
def _converter() -> tuple[Any, Any]:
    from pylatexenc import latex2text, latexwalker, macrospec  # type: ignore[import-untyped]

    two = [*_FRACTIONS, *_CHOICES, *_STACKED]
    arity = {name: 1 if "%s" in _PLAIN.get(name, "") else 0 for name in (*_PLAIN, *_DROPPED)}
    arity |= dict.fromkeys(_ACCENTS, 1) | dict.fromkeys(_FUNCTIONS, 0)
    arity |= dict.fromkeys(two, 2)
    walker_context = latexwalker.get_default_latex_context_db()
    walker_context.add_context_category(
        "readable",
        prepend=True,
        macros=[macrospec.std_macro(name, False, count) for name, count in arity.items()],
    )
    shown: dict[str, Any] = {**_PLAIN, **dict.fromkeys(_DROPPED, ""), **_STACKED}
    shown |= dict.fromkeys(_FRACTIONS, _fraction) | dict.fromkeys(_CHOICES, _choice)
    shown |= dict.fromkeys(_ACCENTS, _accent) | {name: f" {name} " for name in _FUNCTIONS}
    shown |= {"sqrt": _root, "{": _OPEN, "}": _CLOSE, ",": " ", ";": " ", ":": " ", "!": ""}
    text_context = latex2text.get_default_latex_context_db()
    text_context.add_context_category(
        "readable",
        prepend=True,
        macros=[latex2text.MacroTextSpec(name, how) for name, how in shown.items()],
    )
    text_context.add_context_category(
        "readable environments",
        prepend=True,
        environments=[latex2text.EnvironmentTextSpec("cases", simplify_repl=_cases)],
    )
    text_context.set_unknown_macro_spec(latex2text.MacroTextSpec("", _verbatim))
    converter = latex2text.LatexNodes2Text(
        latex_context=text_context,
        math_mode="text",
        keep_braced_groups=True,
        keep_braced_groups_minlen=0,
        strict_latex_spaces=False,
    )
    return walker_context, converter


def _arguments(node: Any, converter: Any) -> list[str | None]:
    given = node.nodeargd.argnlist if node.nodeargd is not None else []
    return [None if one is None else _argument(one, converter) for one in given]


def _argument(node: Any, converter: Any) -> str:
    nodes = node.nodelist if hasattr(node, "nodelist") else [node]
    return _scripts(str(converter.nodelist_to_text(nodes)).strip())


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (_whole(one or "") for one in _arguments(node, l2tobj)[-2:])
    return f"{_FROM}{above}/{below}{_TO}"


def _choice(node: Any, l2tobj: Any) -> str:
    above, below = _arguments(node, l2tobj)[-2:]
    return f"C({above}, {below})"


def _root(node: Any, l2tobj: Any) -> str:
    index, body = _arguments(node, l2tobj)
    signs = {None: "√", "2": "√", "3": "∛", "4": "∜"}
    return f"{signs.get(index, f'√[{index}]')}({body})"


def _accent(node: Any, l2tobj: Any) -> str:
    body = _arguments(node, l2tobj)[-1] or ""
    return "".join(char + _ACCENTS[node.macroname] for char in body)


def _cases(node: Any, l2tobj: Any) -> str:
    lines = str(l2tobj.nodelist_to_text(node.nodelist)).split("\n")
    return f" {_OPEN} {'; '.join(line.strip() for line in lines if line.strip())} {_CLOSE} "


def _verbatim(node: Any) -> str:
    return f"\\{node.macroname} "


def _whole(text: str) -> str:
    return text if _ATOM.fullmatch(text) else f"({text})"
