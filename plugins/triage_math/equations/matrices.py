r"""Matrices and vectors written with numbers: sums, multiples, products, dots, determinants."""

import re
from fractions import Fraction
from itertools import islice, pairwise
from typing import Final, NamedTuple

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import State
from triage_math.comparing.compare import same
from triage_math.notation import latex
from triage_math.parsing import expressions
from triage_math.parsing.nodes import Number

HINTS: Final = ("(", "⟨", "\\langle", latex.OPAQUE)
MAX_SIDE: Final = 6
MAX_ITEMS: Final = 40
"""Matrices and vectors that are read in a step."""
_LISTED: Final = re.compile(r"\([^()\n,]{1,60},|\\langle|⟨")
MAX_GAP: Final = 30
"""Characters between two of them; more are words."""
_ITEM: Final = re.compile(
    r"\\begin\s*\{(?P<env>[pbBvV]?matrix)\}(?P<rows>.{1,600}?)\\end\s*\{(?P=env)\}"
    r"|(?:\\left\s*)?(?:\(|\\langle|⟨)(?P<list>[^()\n=;:<>⟨⟩]{3,120}?)"
    r"(?:\\right\s*)?(?:\)|\\rangle|⟩)",
    re.DOTALL,
)
_TRANSPOSED: Final = re.compile(r"\s*\^\s*\{?\s*(?:T|\\top|\\intercal)\s*\}?")
_BETWEEN: Final = re.compile(
    r"\s*(?P<equals>=)?\s*(?P<sign>[-+])?\s*(?P<scalar>[\d./]{1,12}|\\[dt]?frac\{-?\d{1,9}\}\{\d{1,9}\})?"
    r"\s*(?P<dot>\*|·|⋅|•|\\cdot|\\bullet)?\s*(?P<cross>×|\\times)?\s*(?P<det>\\det)?\s*(?:\\left)?\s*"
)
_LEAD: Final = re.compile(
    r"(?P<before>\\?[A-Za-z]{1,30}|[\w)\]}*/^·×+-])?(?P<space>[\s&$=:]*)"
    r"(?P<sign>-)?\s*(?P<scalar>(?<![\w.^])[\d.]{1,9}|\\[dt]?frac\{-?\d{1,9}\}\{\d{1,9}\})?"
    r"\s*(?:\\cdot|\*|·)?\s*(?P<det>\\det)?\s*(?:\\left)?$"
)
_RESULT: Final = re.compile(r"\s*=\s*(?P<value>-?\s*[^=\\\n,;$]{1,60}|-?\\[dt]?frac\{\d+\}\{\d+\})")
Entries = tuple[tuple[Fraction, ...], ...]


class Item(NamedTuple):
    """A matrix; `listed` if written as a vector in one row, `det` if its determinant is meant."""

    entries: Entries
    start: int
    end: int
    listed: bool = False
    det: bool = False


def check(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form of check
    """Checks `A + B = C`, `k A = C`, `A B = C`, `u · v = n`, `det A = n` and their like."""
    if "=" not in text or ("matrix" not in text and _LISTED.search(text) is None):
        return []
    found: list[Finding] = []
    matches = list(islice(_ITEM.finditer(text), MAX_ITEMS))
    for group in _groups(matches, text):
        if len(group) == 1 and group[0]["list"] is not None:
            continue  # nothing is done with a vector alone
        items: list[Item] = []
        for item in (_read(match, text) for match in group):
            if item is None:
                found += _judge(items, text)
                items = []
            else:
                items.append(item)
        found += _judge(items, text)
    return [] if found and denies(plain) else found


def _groups(matches: list[re.Match[str]], text: str) -> list[list[re.Match[str]]]:
    """The matches in runs with nothing but operators between them."""
    groups: list[list[re.Match[str]]] = []
    for match in matches:
        end = groups[-1][-1].end() if groups else -1
        if groups and _between(end, match.start(), text) is not None:
            groups[-1].append(match)
        else:
            groups.append([match])
    return groups


def _read(match: re.Match[str], text: str) -> Item | None:
    if match["list"] is not None:
        if re.search(r"\d,\d{3}(?!\d)", match["list"]):
            return None  # perhaps thousands
        rows = [match["list"].split(",")]
        if len(rows[0]) < 2:
            return None
    else:
        body = match["rows"].strip().removesuffix("\\\\")
        rows = [row.split("&") for row in body.split("\\\\")]
    if not rows or len(rows) > MAX_SIDE or len({len(r) for r in rows}) > 1:
        return None
    if len(rows[0]) > MAX_SIDE:
        return None
    entries: list[tuple[Fraction, ...]] = []
    for row in rows:
        values = [expressions.number(latex.plain(cell)) for cell in row]
        exact = tuple(Fraction(v) for v in values if isinstance(v, int | Fraction))
        if len(exact) != len(row):
            return None
        entries.append(exact)
    read: Entries = tuple(entries)
    end = match.end()
    transposed = _TRANSPOSED.match(text, end)
    if transposed is not None:
        read, end = tuple(zip(*read, strict=True)), transposed.end()
    det = match["env"] == "vmatrix"
    if det and len(read) != len(read[0]):
        return None
    return Item(read, match.start(), end, match["list"] is not None, det)


def _between(end: int, start: int, text: str) -> re.Match[str] | None:
    """The operators between two matrices; a transposition sign belongs to the first."""
    if start - end > MAX_GAP:
        return None
    transposed = _TRANSPOSED.match(text, end, start)
    return _BETWEEN.fullmatch(text, transposed.end() if transposed else end, start)


def _judge(items: list[Item], text: str) -> list[Finding]:
    """Judges one chain of items with operators between them."""
    if not items:
        return []
    lead = _LEAD.search(text, max(0, items[0].start - 40), items[0].start)
    if lead is None or not _opens(lead):
        return []
    value = _value(items[0], det=bool(lead["det"]))
    if value is None:
        return []
    factor = _scalar(lead["scalar"])
    if factor is None:
        return []
    term = _scaled(value, -factor if lead["sign"] else factor)
    start, done = (
        lead.end("space"),
        factor != 1 or bool(lead["sign"]) or isinstance(value, Fraction),
    )
    total: Entries | Fraction | None = None
    for before, item in pairwise(items):
        gap = _between(before.end, item.start, text)
        right = _value(item, det=bool(gap and gap["det"]))
        if gap is None or right is None:
            return []
        factor = _scalar(gap["scalar"])
        if factor is None:
            return []
        if gap["equals"]:
            if gap["sign"] or factor != 1 or not done or gap["dot"] or gap["cross"]:
                return []
            tail = text[item.end : item.end + 12].lstrip(" &")
            if re.match(r"[-+*^·×(\d\\]", tail) and not re.match(r"\\[)\]},.]|\\end|\\\\", tail):
                return []  # the right side goes on
            ours = _sum(total, term)
            return [] if ours is None else [_finding(ours, right, (start, item.end))]
        if gap["sign"]:
            total = _sum(total, term)
            if total is None:
                return []
            term = _scaled(right, -factor if gap["sign"] == "-" else factor)
        else:
            if factor != 1:
                return []
            product = _product(
                term, right, before, item, dot=bool(gap["dot"]), cross=bool(gap["cross"])
            )
            if product is None:
                return []
            term = product
        done = True
    ours = _sum(total, term)
    result = _RESULT.match(text, items[-1].end)
    if not isinstance(ours, Fraction) or not done or result is None:
        return []
    piece = expressions.first(latex.plain(result["value"]))
    stated = expressions.number(latex.plain(result["value"])[: piece.length]) if piece else None
    if piece is None or not isinstance(stated, int | Fraction):
        return []
    end = result.start("value") + piece.length
    return [_finding(ours, Fraction(stated), (start, end))]


def _opens(lead: re.Match[str]) -> bool:
    """Whether the formula begins with what is read, so that nothing before it takes part."""
    before, space = lead["before"], lead["space"]
    if not before or any(sign in space for sign in "$=:&"):
        return True
    return bool(space) and len(before) > 1 and before.isalpha() and not lead["sign"]


def _scalar(text: str | None) -> Fraction | None:
    if not text:
        return Fraction(1)
    value: Number | None = expressions.number(latex.plain(text))
    return Fraction(value) if isinstance(value, int | Fraction) else None


def _value(item: Item, *, det: bool) -> Entries | Fraction | None:
    if not (det or item.det):
        return item.entries
    return determinant(item.entries) if len(item.entries) == len(item.entries[0]) else None


def determinant(entries: Entries) -> Fraction:
    """The determinant of a square matrix, by elimination with exact fractions."""
    rows, result = [list(r) for r in entries], Fraction(1)
    for i in range(len(rows)):
        pivot = next((j for j in range(i, len(rows)) if rows[j][i]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != i:
            rows[i], rows[pivot], result = rows[pivot], rows[i], -result
        result *= rows[i][i]
        for j in range(i + 1, len(rows)):
            share = rows[j][i] / rows[i][i]
            rows[j] = [a - share * b for a, b in zip(rows[j], rows[i], strict=True)]
    return result


def _scaled(value: Entries | Fraction, factor: Fraction) -> Entries | Fraction:
    if isinstance(value, Fraction):
        return value * factor
    return tuple(tuple(factor * x for x in row) for row in value)


def _sum(a: Entries | Fraction | None, b: Entries | Fraction) -> Entries | Fraction | None:
    if a is None:
        return b
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else None
    if (len(a), len(a[0])) != (len(b), len(b[0])):
        return None
    return tuple(tuple(x + y for x, y in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True))


def _product(
    a: Entries | Fraction, b: Entries | Fraction, left: Item, right: Item, *, dot: bool, cross: bool
) -> Entries | Fraction | None:
    if isinstance(a, Fraction) or isinstance(b, Fraction):
        return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else None
    vectors = [len(m) == 1 or len(m[0]) == 1 for m in (a, b)]
    if all(vectors) and (dot or cross):
        u, v = ([x for row in m for x in row] for m in (a, b))
        if len(u) != len(v):
            return None
        if dot:
            return sum((x * y for x, y in zip(u, v, strict=True)), Fraction(0))
        if len(u) != 3:
            return None
        flat = tuple(u[i - 2] * v[i - 1] - u[i - 1] * v[i - 2] for i in range(3))
        return (flat,) if len(a) == 1 else tuple((x,) for x in flat)
    if left.listed or right.listed or len(a[0]) != len(b):
        return None
    columns = tuple(zip(*b, strict=True))
    return tuple(
        tuple(
            sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0))
            for column in columns
        )
        for row in a
    )


def _finding(
    ours: Entries | Fraction, stated: Entries | Fraction, span: tuple[int, int]
) -> Finding:
    """Compares; shapes that differ only by writing a column as a row are the same vector."""
    a, b = _flat(ours), _flat(stated)
    kind = "vector-product" if isinstance(ours, Fraction) else "matrix"
    verdict = ClaimVerdict.UNKNOWN
    if len(a) == len(b):
        equal = all(same(x, y) for x, y in zip(a, b, strict=True))
        verdict = ClaimVerdict.SUPPORTED if equal else ClaimVerdict.REFUTED
    return Finding(kind, verdict, span, expected=_shown(ours), found=_shown(stated))


def _flat(value: Entries | Fraction) -> list[Fraction]:
    return [value] if isinstance(value, Fraction) else [x for row in value for x in row]


def _shown(value: Entries | Fraction) -> str:
    if isinstance(value, Fraction):
        return shown(value)
    return "; ".join(", ".join(shown(x) for x in row) for row in value)
