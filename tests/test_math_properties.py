"""Properties of the parser and of the whole plugin on made and on random text."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from triage_math import triage_propose
from triage_math.notation import latex
from triage_math.notation.tokens import tokenize_all
from triage_math.notation.wording import join_edges, operators
from triage_math.parsing.grammar import parse
from triage_math.parsing.nodes import CannotEvaluate, Node, evaluate

from triage.plugininfo import PluginContext
from triage.records import Abstention, Label, Proposal, Step, Trace

DEADLINE = 5_000
"""Milliseconds an example may take on a busy machine: a guard against hangs."""
SIGNS = {"+": "+", "-": "-", "*": r"\times", "/": r"\div"}


def number(value: int, places: int = 0) -> Node:
    return Node("n", value=value if not places else Fraction(value, 10**places), places=places)


trees: st.SearchStrategy[Node] = st.recursive(
    st.builds(number, st.integers(0, 999), st.integers(0, 2)),
    lambda inner: st.one_of(
        st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from("+-*/"), inner, inner),
        st.builds(lambda a: Node("neg", (a,)), inner),
        st.builds(lambda a, k: Node("^", (a, number(k))), inner, st.integers(0, 3)),
    ),
    max_leaves=8,
)


def plain(node: Node) -> str:
    """The tree in keyboard notation, every operation in brackets."""
    if node.op == "n":
        return f"{float(node.value):.{node.places}f}" if node.places else str(node.value)
    if node.op == "neg":
        return f"(-{plain(node.args[0])})"
    return f"({plain(node.args[0])} {node.op} {plain(node.args[1])})"


def written(node: Node) -> str:
    """The tree in LaTeX."""
    if node.op == "n":
        return plain(node)
    if node.op == "neg":
        return rf"\left(-{written(node.args[0])}\right)"
    a, b = (written(x) for x in node.args)
    if node.op == "/":
        return rf"\frac{{{a}}}{{{b}}}"
    if node.op == "^":
        return rf"\left({a}\right)^{{{b}}}"
    return rf"\left({a} {SIGNS[node.op]} {b}\right)"


def read(text: str) -> Node:
    """What the grammar makes of a whole text."""
    tokens = join_edges(operators(tokenize_all(latex.plain(text))))
    parsed = parse(tokens, 0, len(tokens))
    assert parsed is not None
    assert parsed.end == len(tokens)
    return parsed.node


def value(node: Node) -> Any:
    try:
        return evaluate(node, {})
    except CannotEvaluate:
        return None


def label_of(text: str) -> Label | None:
    """The label the plugin gives a step that stands alone."""
    trace = Trace(id="t", domain="math", problem="p", group="g", steps=(Step(index=0, text=text),))
    outcome = triage_propose(trace, 0, PluginContext())
    assert isinstance(outcome, Proposal | Abstention)
    if isinstance(outcome, Proposal):
        for claim in outcome.evidence.claims:
            assert claim.span is not None
            start, end = claim.span
            assert 0 <= start < end <= len(text)
            assert text[start:end] == claim.text
    return outcome.label if isinstance(outcome, Proposal) else None


@given(trees)
@settings(max_examples=150, deadline=DEADLINE)
def test_keyboard_notation_and_latex_read_back_to_the_same_value(tree: Node) -> None:
    assert value(read(plain(tree))) == value(tree)
    assert value(read(written(tree))) == value(tree)


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 50))
@settings(max_examples=100, deadline=DEADLINE)
def test_a_true_sum_is_never_refuted_and_a_false_one_always(a: int, b: int, off: int) -> None:
    assert label_of(f"So ({a}) + ({b}) = {a + b} in all.") is None
    assert label_of(f"So ({a}) + ({b}) = {a + b + off} in all.") is Label.INCORRECT


@given(st.integers(1, 500), st.integers(2, 60), st.integers(1, 3))
@settings(max_examples=100, deadline=DEADLINE)
def test_a_rounded_quotient_is_never_refuted(a: int, b: int, places: int) -> None:
    assert label_of(f"That is {a} / {b} = {a / b:.{places}f} each.") is None


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=DEADLINE)
def test_plain_text_keeps_its_length(text: str) -> None:
    assert len(latex.plain(text)) == len(text)


RUBBISH = (
    "3|12|4.5|0|x|y|e|i|f(x)|x = 3|2x + 1|=|≈|<|+|-|*|/|^|(|)|{|}|$|!|%|°|_2|?|'|&|;|:|...|<<|>>|**"
    "| of | and |km|$5|. |, |- |10^9|mod| is prime|log|so |let |simplifying|\\\\|\\(|\\)|\\[|\\]"
    "|\\frac|\\sqrt|\\text{m}|\\pi|\\binom|\\le|\\begin{align}"
)
PIECES = [*RUBBISH.split("|"), "|", "\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400, deadline=DEADLINE)
def test_nothing_raises_on_mathematical_rubbish(text: str) -> None:
    label_of(text)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=DEADLINE)
def test_nothing_raises_on_any_text(text: str) -> None:
    label_of(text)
