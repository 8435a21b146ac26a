"""Matrices and vectors through the plugin's front door."""

import pytest
from test_math_claims import flags, judge

from triage.records import ClaimVerdict, Proposal

A = r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
B = r"\begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}"


def m(*rows: str) -> str:
    """A matrix of rows."""
    return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


FALSE = [
    ("matrix", f"So ${A} + {B} = {m('1 & 3', '4 & 5')}$."),
    ("matrix", f"So ${A} {B} = {m('2 & 1', '3 & 4')}$."),
    ("matrix", f"So $v = {m('1', '2')} + 2{m('3', '1')} = {m('7', '5')}$."),
    ("matrix", f"So $A^2 = {A}{A} = {m('7 & 10', '15 & 23')}$."),
    ("matrix", "So (1, 2) + (3, 4) = (4, 7)."),
    ("matrix", r"So $(1, 0, 0) \times (0, 1, 0) = (0, 0, -1)$."),
    ("vector-product", r"So $(1, 2, 3) \cdot (4, 5, 6) = 30$."),
    ("vector-product", r"So $\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix} = 2$."),
    ("vector-product", rf"So $\det {A} = 10$."),
]
TRUE = [
    f"So ${A} {B} = {m('2 & 1', '4 & 3')}$.",
    f"So $-{A} + 2{B} = {m('-1 & 0', '-1 & -4')}$.",
    rf"So $\frac{{1}}{{2}} {A} = {m('1/2 & 1', '3/2 & 2')}$.",
    "So 3(1, 2) - (1, 1) = (2, 5).",
    r"So $\left(\frac{1}{2}, 2\right) \cdot (4, 5) = 12$.",
    rf"So $\det {A} = -2$.",
    r"So $\langle 1, 2, 3 \rangle \times \langle 3, 2, 1 \rangle = \langle -4, 8, -4 \rangle$.",
]
UNDECIDED = [
    "The point (1, 2) = (2, 5) is odd.",
    "f(1, 2) + (3, 4) = (4, 7)",
    "It is not true that (1, 2) + (3, 4) = (4, 7).",
    "So (1,200) + (3,000) = (4,200).",
    f"So ${A} x = {B}$.",
    f"So ${A} {B} = {A} + {B}$.",
    f"So ${m('1 & 2')} {m('1 & 2')} = {m('3 & 4')}$.",
    f"So $M {A} + {B} = {m('9 & 9', '9 & 9')}$.",
    "We have gcd(12, 18) + (3, 4) = 9.",
]


@pytest.mark.parametrize(("kind", "text"), FALSE)
def test_a_false_one_is_refuted(kind: str, text: str) -> None:
    assert kind in [k for k, _ in flags(text)]


@pytest.mark.parametrize("text", TRUE)
def test_a_true_one_is_evidence_and_no_label(text: str) -> None:
    (outcome,) = judge(text)
    assert isinstance(outcome, Proposal)
    assert outcome.label is None
    kinds = {c.kind for c in outcome.evidence.claims if c.verdict is ClaimVerdict.SUPPORTED}
    assert kinds & {"matrix", "vector-product"}


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_unclear_is_never_refuted(text: str) -> None:
    assert flags(text) == []


@pytest.mark.parametrize(
    "text",
    [
        r"\begin{pmatrix}" * 1_000,
        "(1, 2)" + " " * 18_000 + "= (3, 4)",
        "(1, 2) + " * 2_000 + "(1, 2) = (3, 4)",
        "(1, " * 5_000,
        r"\begin{pmatrix} 9^{9^9} & 1 \\ 1 & 9 \end{pmatrix} = 3",
    ],
)
def test_hostile_text_is_left_undecided(text: str) -> None:
    assert flags(text) == []
