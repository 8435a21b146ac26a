"""Turns LaTeX into MathML that browsers show by themselves, or says that it can't."""

import re
from typing import Final
from xml.etree import ElementTree as ET

from triage.server.desk.text.chemistry import chemistry

LONGEST: Final = 4_000
"""Characters of one formula beyond which it is shown as it was written."""

_LESS, _MORE, _AND = "\ue010", "\ue011", "\ue012"
"""Stand for the signs that mean something in markup until the formula is in markup."""
_SIGNS: Final = {_LESS: "&lt;", _MORE: "&gt;", _AND: "&amp;"}

_ALIGNED: Final = re.compile(
    r"\\(begin|end)\{(?:aligned|alignedat|alignat|eqnarray|flalign|align)\*?\}(?:\{\d+\})?"
)
_CENTRED: Final = re.compile(r"\\(begin|end)\{(?:gathered|gather|multline|equation)\*?\}")
_TABULAR: Final = re.compile(r"\\(begin|end)\{(?:tabular|tabularx|longtable)\*?\}")
_CASES: Final = re.compile(r"\\(begin|end)\{[dr]cases\*?\}")
_WORDED: Final = re.compile(
    r"\\(text|textrm|textbf|textit|textsf|texttt|textnormal|mbox|hbox|emph|fbox)\s*\{"
)
_DROPPED: Final = re.compile(
    r"\\(?:label|vspace|require|phantomsection)\s*\*?\{[^{}]*\}|\\(?:nonumber|notag|displaylimits|"
    r"centering|noindent|hfill|allowbreak|protect|relax|left\.|right\.)(?![a-zA-Z])"
)
_RENAMED: Final = {
    "\\not=": "\\ne ", "\\not\\in": "\\notin ", "\\newline": "\\\\", "\\lvert": "|",
    "\\rvert": "|", "\\textdollar": "\\$", "\\textdegree": "^\\circ ", "\\degree": "^\\circ ",
    "\\hdots": "\\ldots ", "\\dotsc": "\\ldots ", "\\coloneqq": ":= ", "\\nicefrac": "\\frac ",
    "\\sfrac": "\\frac ", "\\mathds": "\\mathbb ", "\\overarc": "\\overparen ", "\\pounds": "£",
    "\\euro": "€",
}  # fmt: skip
_OLD: Final = re.compile(
    "(?:" + "|".join(re.escape(one) for one in sorted(_RENAMED, key=len, reverse=True))
    + r")(?![a-zA-Z])"
)  # fmt: skip
_PARTS: Final = {
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_UNKNOWN: Final = re.compile(r"<m[ion]>\\|&#x?;")
_STRAY: Final = re.compile(r"&(?!#?\w+;)")
_COMPARED: Final = re.compile(f"<mi[^>]*>([{_LESS}{_MORE}])</mi>")
_DEFINES: Final = re.compile(
    r"\\(?:[egx]?def|let|(?:re)?newcommand|providecommand|newenvironment)(?![a-zA-Z])"
)
_BARE_PERCENT: Final = re.compile(r"(?<!\\)((?:\\\\)*)%")


def to_mathml(latex: str, *, display: bool = False) -> str | None:
    r"""The formula as MathML, not yet sanitised; None where it can't be shown as one.

    A command that is not known makes the whole formula fail: half a formula would mislead. So does
    one that gives a command another meaning: it could hide what the text says.
    """
    if len(latex) > LONGEST or _DEFINES.search(latex):
        return None
    try:
        plain = _prepared(latex)
        made = _converted(plain, display=display)
        if 'linebreak="newline"' in made:
            # browsers break no lines in formulas: rows of a table do
            made = _converted(f"\\begin{{matrix}}{plain}\\end{{matrix}}", display=display)
    except Exception:  # noqa: BLE001  whatever foreign code trips over, the source can be read
        return None
    if _UNKNOWN.search(made) or 'linebreak="newline"' in made:
        return None
    made = _STRAY.sub("&amp;", made)
    made = _COMPARED.sub(r"<mo>\1</mo>", made)
    made = re.sub(f"[{_LESS}{_MORE}{_AND}]", lambda found: _SIGNS[found[0]], made)
    return made if _is_whole(made) else None


def _is_whole(made: str) -> bool:
    r"""Whether every element has the parts it needs: browsers show \frac{1} as a mere 1."""
    try:
        # no declarations can be in it: every < of the formula was taken out before
        tree = ET.fromstring(made)  # noqa: S314
    except ET.ParseError:
        return False
    return all(len(one) == _PARTS.get(one.tag.rpartition("}")[2], len(one)) for one in tree.iter())


def _converted(latex: str, *, display: bool) -> str:
    from latex2mathml.converter import convert

    return str(convert(latex, display="block" if display else "inline"))


def _prepared(latex: str) -> str:
    """The same formula in words that the converter knows, its text parts free of markup."""
    latex = chemistry(latex)
    latex = _ALIGNED.sub(r"\\\1{align*}", latex)
    latex = _CENTRED.sub(r"\\\1{matrix}", latex)
    latex = _TABULAR.sub(r"\\\1{array}", latex)
    latex = _CASES.sub(r"\\\1{cases}", latex)
    latex = _DROPPED.sub(lambda found: found[0] if "." in found[0] else " ", latex)
    latex = _OLD.sub(lambda found: _RENAMED[found[0]], latex)
    # models write a bare percent sign where LaTeX would begin a comment
    latex = _BARE_PERCENT.sub(r"\1\\%", latex)
    latex = _texts(latex)
    return latex.replace("<", _LESS).replace(">", _MORE)


def _texts(latex: str) -> str:
    r"""Give every \text{...} plain content: no escapes, inner braces or formulas of its own."""
    parts: list[str] = []
    at = 0
    while found := _WORDED.search(latex, at):
        end = _closing(latex, found.end())
        if end is None:
            break
        parts.append(latex[at : found.start()])
        for number, part in enumerate(latex[found.end() : end].split("$")):
            if number % 2:
                parts.append(f"{{{part}}}")
            elif part:
                parts.append(f"\\{found[1]}{{{_plain(part)}}}")
        at = end + 1
    return "".join([*parts, latex[at:]])


def _closing(latex: str, at: int) -> int | None:
    depth = 1
    while at < len(latex):
        char = latex[at]
        if char == "\\":
            at += 1
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return at
        at += 1
    return None


def _plain(text: str) -> str:
    text = re.sub(r"\\([%&_#{}])", r"\1", text.replace("~", " "))
    return text.replace("{", "").replace("}", "").replace("&", _AND)
