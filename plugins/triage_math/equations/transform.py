"""What "expanding" and "simplifying" claim: the same expression, or an equation that follows."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.comparing import identity
from triage_math.comparing.compare import same
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, evaluate, variables, walk
from triage_math.polynomials.polynomial import Poly, add, multiply, ratio

_EXPANDS: Final = re.compile(r"\b(?:expan|distribut|foil|binomial theorem|identity)", re.IGNORECASE)
_SIMPLIFIES: Final = re.compile(
    r"\b(?:simplif|expand|distribut|combin|collect|rearrang|(?:divid|multipl|subtract|add)\w* "
    r"(?:both|each|every|through|the (?:whole|entire)|all))",
    re.IGNORECASE,
)
_SUBSTITUTES: Final = re.compile(
    r"\b(?:substitut|plug|replac|insert|solv|isolat|using|use|since|because|where|given|from)",
    re.IGNORECASE,
)
_RESULT: Final = re.compile(
    r"(?:\b(?:get|gets|gives?|giving|obtain|yields?|have|becomes|to|is|as|into)|[:\n])\W*$"
)
_POINTS: Final = 3
_ONE: Final[Poly] = [1]


def check(said: Statement) -> Finding | None:
    """Checks an expansion against itself, or a simplified equation against the one before it."""
    left, right, names = said.left.node, said.right.node, said.names
    if said.relation.sign != "=" or said.doubtful or not said.sentence.transforms:
        return None
    if said.has_decimals or "i" in names:
        return None
    words = said.sentence.lead(said.relation)
    if _EXPANDS.search(words) and _is_expansion(left, right):
        note = "the expanded form is another expression"
        finding = Finding("expansion", ClaimVerdict.REFUTED, said.span, note=note)
        return finding.seen(identity.witness(left, right))
    if len(names) < 2 or said.relation.chained or not said.state.equations:
        return None
    if not _SIMPLIFIES.search(words) or not _RESULT.search(words):
        return None
    if _SUBSTITUTES.search(words + said.sentence.before(said.relation)):
        return None
    known = said.state.equations[-1]
    if known.names != names or known.step < said.state.step - 1:
        return None
    if follows(known, left, right) is not False:
        return None
    return Finding(
        "transform",
        ClaimVerdict.CONFLICT,
        said.span,
        rests_on=(known.step,) if 0 <= known.step < said.state.step else (),
        note="does not follow from the equation before it",
    )


def _is_expansion(left: Node, right: Node) -> bool:
    """Whether a product form stands beside a different sum of the same degree and names."""
    names = variables(left)
    if not names or names != variables(right):
        return False
    if not _has_product_of_sums(left) or _has_product_of_sums(right):
        return False
    if identity.compare(left, right).equal is not False:
        return False
    top = _degree(left, names)
    return top is not None and top > 1 and top == _degree(right, names)


def _has_product_of_sums(node: Node) -> bool:
    for n in walk(node):
        if n.op in ("*", "^") and any(
            a.op in ("+", "-") and variables(a) for a in (n.args if n.op == "*" else n.args[:1])
        ):
            return True
    return False


def _degree(node: Node, names: frozenset[str]) -> int | None:
    """The total degree, found along a random line through the origin."""
    line: dict[str, Poly] = {name: [0, 2 * i + 3] for i, name in enumerate(sorted(names))}
    try:
        return len(_along(node, line)) - 1
    except CannotEvaluate:
        return None


def _along(node: Node, line: dict[str, Poly]) -> Poly:
    if node.op == "v" and node.name in line:
        return line[node.name]
    if node.op == "n":
        return [node.value] if node.value else []
    if node.op == "neg":
        return multiply(_along(node.args[0], line), [-1])
    if node.op in ("+", "-"):
        a, b = (_along(x, line) for x in node.args)
        return add(a, b, 1 if node.op == "+" else -1)
    if node.op == "*":
        a, b = (_along(x, line) for x in node.args)
        return multiply(a, b)
    if node.op == "^" and node.args[1].op == "n" and not node.args[1].places:
        power, result = int(node.args[1].value), _ONE
        if not 0 <= power <= 8:
            raise CannotEvaluate
        for _ in range(power):
            result = multiply(result, _along(node.args[0], line))
        return result
    raise CannotEvaluate


def follows(known: Equation, left: Node, right: Node) -> bool | None:
    """Whether points that satisfy one equation satisfy the other; None where none can be found."""
    checked = 0
    for name in sorted(known.names):
        for seed in range(2 * _POINTS):
            point: dict[str, Number] = {
                n: Fraction(5 + 7 * i + 11 * seed, 3 + i)
                for i, n in enumerate(sorted(known.names - {name}))
            }
            root = _root(known, name, point)
            if root is None:
                continue
            try:
                point[name] = root
                a, b = evaluate(left, point), evaluate(right, point)
            except CannotEvaluate:
                continue
            if same(a, b):
                return True
            checked += 1
            if checked >= _POINTS:
                return False
    return None


def _root(known: Equation, name: str, point: dict[str, Number]) -> Fraction | None:
    """The value of a name in which the equation is linear, the others given."""
    try:
        a, b = ratio(known.left, name, point), ratio(known.right, name, point)
        poly = add(multiply(a[0], b[1]), multiply(b[0], a[1]), -1)
    except CannotEvaluate:
        return None
    return -Fraction(poly[0]) / poly[1] if len(poly) == 2 else None
