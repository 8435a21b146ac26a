"""Formulas as plain text: nothing is lost, nothing is made up, nothing breaks."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.terminal.latex import readable
from triage.terminal.screen import plain


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Half is \(\frac{1}{2}\).", "Half is 1/2."),
        (r"$\frac{1}{2}x$", "(1/2)x"),
        (r"$\frac{a \cdot b}{c + d} e$", "((a · b)/(c + d)) e"),
        (r"$\frac{1}{2} \cdot 3$", "(1/2) · 3"),
        (r"\[ \binom{6}{2} = 15 \]", "C(6, 2) = 15"),
        (r"$2^{10} x_{12} y^{n+1}$", "2¹⁰ x₁₂ yⁿ⁺¹"),
        (r"$e^{-x} + a^{bc}$", "e^(-x) + a^(bc)"),
        (r"$x^{2^{n}}$", "x^(2ⁿ)"),
        (r"$\sqrt{5}c, \sqrt[3]{x+1}$", "√(5)c, ∛(x+1)"),
        (r"$0.\overline{3}$", "0.3\u0305"),
        (r"$\triangle PQR \sim \triangle STU$", "△PQR ∼ △STU"),
        (r"$40^\circ \leq \theta$", "40° ≤ θ"),
        (r"$\left\{1, 2\right\} \subset \mathbb{N}$", "{1, 2} ⊂ ℕ"),
        (r"$\sin x\cos x$", "sin x cos x"),
        (r"$a \equiv b \pmod{7}$", "a ≡ b (mod 7)"),
        (r"$\begin{pmatrix}1&2\\3&4\end{pmatrix}$", "[1 2; 3 4 ]"),
        (r"$\unheardof{z} + 1$", r"\unheardof z + 1"),
        (r"$25% + 50\%$", "25% + 50%"),
        (r"\boxed{42}", "[42]"),
    ],
)
def test_formulas_become_readable(written: str, shown: str) -> None:
    assert readable(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "It costs $3 and then $4.",
        "From $5-$8 it is 100% more, i.e. x^2 + a_1.",
        r"Run `\frac{1}{2}` in a shell.",
        "```\n\\alpha $x$\n```",
        r"It is kept in C:\windows\temp for now.",
        "A dollar: $",
        r"An open \(formula",
    ],
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert readable(text) == text


@pytest.mark.parametrize("text", ["$" + "{" * 5000 + "$", r"$\frac$", "$" + r"\sqrt{" * 900 + "$"])
def test_broken_formulas_stay_as_they_are(text: str) -> None:
    assert readable(text) == text


PIECES = st.sampled_from(
    [r"\frac", r"\sqrt", r"\left", r"\begin{cases}", r"\end{cases}", "{", "}", "$", "^", "_", r"\(",
     r"\)", r"\[", r"\]", "&", "%", "\\", r"\\", "a", "7", " ", r"\text{", r"\binom", r"\overline"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join) | st.text())
@example("$\ue000\ue002$")
def test_no_text_breaks_it_or_reaches_the_terminal_raw(text: str) -> None:
    shown = plain(text)
    bad = {c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"}
    assert not bad
