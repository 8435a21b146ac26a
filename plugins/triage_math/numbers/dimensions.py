"""An amount and a rate, multiplied or divided: the result's unit must be what is left of theirs.

`75 miles / 55 miles per hour` gives hours, whatever number comes out.
"""

from collections import Counter
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding
from triage_math.claims.statement import Statement
from triage_math.notation.units import stem

Dimension = Counter[str]
_RATES: Final = {"mph": ("mile", "hour"), "kph": ("kilometer", "hour")}
_SLASHES: Final = frozenset(("/", "per"))
_NO_NOUNS: Final = frozenset(("each", "every", "a", "an", "of", "in", "for", "the", "on", "at"))


def of(unit: str) -> Dimension | None:
    """The dimension of `miles` or `miles per hour`; None where it is not plain."""
    words = [stem(word.lower()) for word in unit.split()]
    if any(word in _NO_NOUNS for word in words):
        return None
    if len(words) == 1:
        top, bottom = _RATES.get(words[0], (words[0], ""))
        return Counter({top: 1, bottom: -1} if bottom else {top: 1})
    if len(words) == 3 and words[1] in _SLASHES and words[0] != words[2]:
        return Counter({words[0]: 1, words[2]: -1})
    return None


def check(said: Statement) -> Finding | None:
    """A sign of a slip: the numbers may be right, and the units cannot be.

    It proves nothing: good solutions are careless about units too.
    """
    left, right = said.left.node, said.right.node
    if said.cut or said.doubtful or left.op not in ("*", "/"):
        return None
    dimensions: list[Dimension] = []
    for node in (right, *left.args):
        dimension = of(node.unit) if node.op == "n" and node.unit else None
        if dimension is None:
            return None
        dimensions.append(dimension)
    stated, amount, other = dimensions
    rates = [one for one in (amount, other) if len(one) == 2]
    if len(rates) != 1 or not _meets(amount, other):
        return None
    expected = _together(amount, other, 1 if left.op == "*" else -1)
    if expected == stated or not set(stated) <= set(rates[0]):
        return None
    return Finding(
        "dimension",
        ClaimVerdict.SOFT,
        said.span,
        expected=_shown(expected),
        found=_shown(stated),
        note="the units of the two sides differ",
    )


def _meets(one: Dimension, other: Dimension) -> bool:
    """Whether the amount is of what the rate speaks of."""
    return bool(set(one) & set(other))


def _together(one: Dimension, other: Dimension, sign: int) -> Dimension:
    total = Counter(one)
    for name, power in other.items():
        total[name] += sign * power
    return Counter({name: power for name, power in total.items() if power})


def _shown(dimension: Dimension) -> str:
    top = [n if p == 1 else f"{n}^{p}" for n, p in dimension.items() if p > 0]
    bottom = [n if p == -1 else f"{n}^{-p}" for n, p in dimension.items() if p < 0]
    return " ".join(top or ["1"]) + (f" / {' '.join(bottom)}" if bottom else "")
