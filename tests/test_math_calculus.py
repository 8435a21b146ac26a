"""Integrals and limits through the plugin's front door."""

import pytest
from test_math_claims import flags, judge

from triage.records import ClaimVerdict, Proposal

FALSE = [
    ("integral", r"So $\int_0^1 x^2 \, dx = \frac{1}{2}$."),
    ("integral", r"So \[\int_{0}^{\pi} \sin(x) \, dx = \left[ \cos x \right]_{0}^{\pi} = 2\]"),
    ("integral", r"Thus $\int_0^2 (3x^2 - 2x)\,\mathrm{d}x = 6$."),
    ("antiderivative", r"We get $\int \cos(2x) \, dx = 2 \sin(2x) + C$."),
    ("antiderivative", r"We get $\int x e^x dx = x^2 + C$."),
    ("limit", r"So $\lim_{x \to 0} \frac{\sin x}{x} = 0$."),
    ("limit", r"So $\lim_{n \to \infty} \frac{2n + 1}{n + 3} = 3$."),
    ("limit", r"So $\lim_{x \to 3} (x^2 + 1) = 9$ and we are done."),
]
TRUE = [
    r"So \[\int_0^1 x^2 \, dx = \left[ \frac{x^3}{3} \right]_0^1 = \frac{1}{3}\]",
    r"So $\int_1^2 \frac{1}{x} dx = \ln 2 = 0.69$.",
    r"We get $\int 3x^2 dx = x^3 + C$.",
    r"We get $\int e^{2t} dt = \frac{1}{2} e^{2t} + C$.",
    r"So $\lim_{x \to 2} \frac{x^2 - 4}{x - 2} = \lim_{x \to 2} (x + 2) = 4$.",
    r"So $\lim_{x \to \infty} \frac{1}{x} = 0$.",
    r"So $\lim_{x \to 0^+} \frac{\ln(1+x)}{x} = 1$.",
]
UNDECIDED = [
    r"So $\int_{-1}^1 \frac{1}{x} dx = 4$.",
    r"So $\int_0^1 \frac{1}{\sqrt{x}} dx = 5$.",
    r"So $\int_0^a x dx = 7$.",
    r"So $\int_0^\infty e^{-x} dx = 7$.",
    r"So $2 + \int_0^1 x dx = 7$.",
    r"So $\int_0^1 x dx = 7 + a$.",
    r"Suppose $\int_0^1 x^2 dx = 2$.",
    r"It is a contradiction that $\lim_{x \to 0} x = 2$.",
    r"So $\lim_{x \to 0} \frac{1}{x} = 0$.",
    r"So $\lim_{x \to 0} \sin(1/x) = 7$.",
    r"So $\lim_{x \to 0} \frac{\cos(ax)}{2} = 7$.",
    r"So $\lim_{x \to \infty} \frac{1}{\ln x} = 7$.",
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
    assert kinds & {"integral", "antiderivative", "limit"}


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_unclear_is_never_refuted(text: str) -> None:
    assert flags(text) == []


@pytest.mark.parametrize(
    "text",
    [
        r"\int" * 4_000,
        r"$" + r"\int_0^1 9^{9^{x}} dx = 3, " * 200 + "$",
        r"$\int_0^1 " + "(" * 70 + "x" + ")" * 70 + r" dx = 3$",
        r"$\lim_{x \to " + " " * 9_000 + r"0} x = 0$",
        r"$\lim_{x \to \infty} x^{x^{x}} = 3$" * 50,
    ],
)
def test_hostile_text_is_left_undecided(text: str) -> None:
    assert flags(text) == []
