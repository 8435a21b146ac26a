"""Every claim kind through the plugin's front door: a true, a false and an undecided example."""

import re
from pathlib import Path

import pytest
from triage_math import triage_propose
from triage_math.confidence import CONFIDENCE

from triage.plugininfo import PluginContext
from triage.records import (
    Abstention,
    Claim,
    ClaimVerdict,
    Label,
    Proposal,
    Step,
    Trace,
    Validity,
)

STORY = "Mia has 30 shells and gives some of them to her friends. How many are left?"


def judge(
    *steps: str, problem: str = "Work it out.", options: tuple[str, ...] | None = None
) -> list[Proposal | Abstention]:
    """The plugin's outcome for each step of a made trace."""
    trace = Trace(
        id="t",
        domain="math",
        problem=problem,
        options=options,
        group="g",
        steps=tuple(Step(index=i, text=t) for i, t in enumerate(steps)),
    )
    context = PluginContext()
    outcomes = []
    for i in range(len(steps)):
        outcome = triage_propose(trace, i, context)
        assert isinstance(outcome, Proposal | Abstention)
        outcomes.append(outcome)
    return outcomes


def flags(*steps: str, problem: str = "Work it out.") -> list[tuple[str, str]]:
    """Kind and text of every claim of the last step that makes it incorrect."""
    last = judge(*steps, problem=problem)[-1]
    return [(c.kind, c.text) for c in proofs(last)]


def proofs(outcome: Proposal | Abstention) -> list[Claim]:
    """The refuted or conflicting claims behind a label."""
    if not isinstance(outcome, Proposal) or outcome.label is None:
        return []
    assert outcome.label is Label.INCORRECT
    assert outcome.validity is Validity.INVALID
    assert outcome.confidence is not None
    found = [
        c
        for c in outcome.evidence.claims
        if c.verdict in (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)
    ]
    assert found
    return found


FALSE = [
    ("arithmetic", "So 12 * 3 = 38 shells in all."),
    ("arithmetic", r"Thus \[ \frac{3}{4} + \frac{1}{8} = \frac{5}{8}. \]"),
    ("arithmetic", "She pays 20% of $50 = $12 for it."),
    ("arithmetic", "That is 7 boxes * 6 eggs/box = 43 eggs."),
    ("arithmetic", r"Hence $\binom{6}{2} = 16$ pairs."),
    ("arithmetic", "The sum is 2 + 3 = 5 * 4 = 21."),
    ("arithmetic", "Then 7 times 8 = 54."),
    ("arithmetic", r"We get \(\sqrt{49} + 2^3 = 16\)."),
    ("arithmetic", "gcd(12, 18) = 4"),
    ("arithmetic", "**Total:** 40 - 15 = 35"),
    ("arithmetic", "- 3 + 4 = 8\n- done"),
    ("arithmetic", "We write 1011_2 = 12 in decimal."),
    ("calculator-mark", "He has 4*6=<<4*6=26>>26 of them."),
    ("truncation", "Each gets 23 / 4 = 5 sweets."),
    ("inequality", "Since 3 * 4 > 15, we go on."),
    ("unit-conversion", "The film takes 2 hours = 100 minutes."),
    ("zero-only", "Together they have 3x + 2x = 6x coins."),
    ("no-solution", "So 2(x + 3) = 2x + 3."),
    ("identity", "The area is a = (n + 1)(n + 2) = n^2 + 2n + 3."),
    ("expansion", "Expanding gives $(p + 2)(q + 3) = pq + 3p + 3q + 6$."),
    ("remainder", "29 divided by 6 is 4 with a remainder of 3."),
    ("congruence", r"Here $23 \equiv 4 \pmod{7}$."),
    ("divisibility", "Note 52 is divisible by 6."),
    ("prime", "Clearly 57 is prime."),
    ("rounding", "And 3.146 rounded to the nearest hundredth is 3.14."),
    ("perfect-square", "But 50 is a perfect square."),
]
TRUE = [
    "$2^3 \\cdot 10^2 = 800$",
    "So 12 * 3 = 36 shells in all.",
    r"Thus \[ \frac{3}{4} + \frac{1}{8} = \frac{7}{8}. \]",
    "She pays 20% of $50 = $10 for it.",
    r"Hence $\binom{6}{2} = 15$ pairs.",
    "The sum is 2 + 3 = 5 * 4 = 20.",
    "That leaves 10 / 3 = 3.33 each.",
    "It weighs 4 pounds - 6 ounces = 58 ounces.",
    "The rope is 24 feet / 2/3 = 36 feet long.",
    r"So 1\frac{1}{2} + 1 = 2.5.",
    "He has 4*6=<<4*6=24>>24 of them.",
    "The film takes 2 hours = 120 minutes.",
    "We write 1011_2 = 11 in decimal.",
    "29 divided by 6 is 4 with a remainder of 5.",
    "Since 57 is not prime, we go on.",
    "Together 3x + 2x = 5x coins.",
    "Light needs (3.0 x 10^8 m/s) * 2 s = 6.0 x 10^8 m.",
    "0.5 + 0.25 = 75%",
    "So 8^2/3 = 4.",
    "And 2.5 rounded to the nearest whole number is 3.",
    "It costs $20 (the ticket) - $2 (the rebate) = $18.",
]
UNDECIDED = [
    "So 5 < k < 3 × 4 = 11 < k < 20.",
    "He bakes bread for 2 hours + his 3 cakes * 2 = 9 pieces.",
    "If 2 + 2 = 5, then all is lost.".replace("If", "Suppose"),
    "It is a contradiction, since 3 + 4 = 8.",
    "At 7:30 the ratio 1:2 = 4 seems odd.",
    "On weeks 1-2 = 14 days he rests.",
    "Then 1 book = 5 stories.",
    "The capacitor holds (2 mF) * (5 V) = 0.01 C.",
    r"So \(16 = 5\), which is impossible.",
    "Half of the 3 * 4 = 7 rows stay.",
]


@pytest.mark.parametrize(("kind", "text"), FALSE)
def test_a_false_claim_is_refuted(kind: str, text: str) -> None:
    assert kind in [k for k, _ in flags(text)]


@pytest.mark.parametrize("text", TRUE)
def test_a_true_claim_is_evidence_and_no_label(text: str) -> None:
    (outcome,) = judge(text)
    assert isinstance(outcome, Proposal)
    assert outcome.label is None
    assert outcome.validity is None
    assert outcome.confidence is None
    assert any(c.verdict is ClaimVerdict.SUPPORTED for c in outcome.evidence.claims)


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_may_be_misread_is_never_refuted(text: str) -> None:
    assert flags(text) == []


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("solution", ("We have 5x + 4 = 19.", "Solving it, we get x = 4.")),
        ("equation", ("We have 5x + 4 = 19.", "So 5x = 14.")),
        ("function-value", (r"Let f(x) = x^2 - 3x.", "Then f(4) = 5.")),
        ("function-value", ("Let h(2x + 1) = 6x.", "So h(5) = 14.")),
        ("derivative", ("Let f(x) = x^3 - 3x.", "Then f'(x) = 3x^2 - 3x.")),
        ("derivative", (r"Let $y = \\sin(x) + x^2$.", r"Hence $y' = \\sin(x) + 2x$.")),
        ("rewriting", ("Total = 100 - (30 + 20)", "Total = 100 - 40")),
        ("transform", ("2(a + 3b) = 10 + a", "Simplifying, we get a + 5b = 10.")),
    ],
)
def test_a_conflict_with_an_earlier_step(kind: str, steps: tuple[str, str]) -> None:
    first, second = judge(*steps)
    assert proofs(first) == []
    (claim,) = proofs(second)
    assert claim.kind == kind
    assert claim.verdict is ClaimVerdict.CONFLICT
    assert claim.rests_on == (0,)


@pytest.mark.parametrize(
    "steps",
    [
        ("We have 5x + 4 = 19.", "Solving it, we get x = 3."),
        ("We have 5x + 4 = 19.", "So 5x = 15."),
        ("x^2 - 5x + 6 = 0", "x - 2 = 0", "x - 3 = 0", "So x = 2 or x = 3."),
        ("We have 5x + 4 = 19.", "If x = 4, we get too much."),
        ("Let f(x) = x^2 - 3x.", "Then f(4) = 4."),
        ("Let f(x) = x^3 - 3x.", "Then f'(x) = 3(x^2 - 1).", "Setting f'(x) = 0, we get x = 1."),
        ("Total = 100 - (30 + 20)", "Total = 100 - 50", "Total = 50"),
        ("x = (5 + 1)/2", "x = (5 - 1)/2"),
        ("2(a + 3b) = 10 + a", "Simplifying, we get a + 6b = 10."),
        ("0.333x = 5", "So x = 15."),
        ("So 12 * 3 = 36", "Let us think.", "= 4 * 10"),
    ],
)
def test_no_conflict_where_there_is_none(steps: tuple[str, ...]) -> None:
    assert all(not proofs(outcome) for outcome in judge(*steps))


def test_an_amount_below_zero_in_a_story() -> None:
    assert [k for k, _ in flags("She keeps 30 - 45 = -15 shells.", problem=STORY)] == [
        "negative-amount"
    ]
    signed = "The temperature was 30 degrees. How warm is it now?"
    assert flags("It is 30 - 45 = -15 degrees.", problem=signed) == []


def test_redefined_notation_is_left_alone() -> None:
    problem = "In base 7, add the numbers 5 and 4."
    assert flags("5 + 4 = 12", problem=problem) == []
    assert flags("5 + 4 = 12") != []


def test_later_steps_are_judged_on_what_was_stated() -> None:
    first, second = judge("There are 6 * 7 = 43 seats.", "Half of them: 43 + 1 = 44.")
    assert proofs(first)
    assert not proofs(second)


def test_a_repeated_calculation_is_a_sign_and_no_label() -> None:
    first, second = judge("That is 4 * 5 = 20.", "Again, 4 * 5 = 20, so 20 it is.")
    assert isinstance(first, Proposal)
    assert isinstance(second, Proposal)
    assert second.label is None
    assert ClaimVerdict.SOFT not in {c.verdict for c in first.evidence.claims}
    (soft,) = (c for c in second.evidence.claims if c.verdict is ClaimVerdict.SOFT)
    assert soft.rests_on == (0,)


def test_a_rounded_result_may_be_used_further() -> None:
    outcomes = judge("Each costs 20 / 7 = 2.86.", "Seven cost 2.86 * 7 = 20.")
    assert not any(proofs(o) for o in outcomes)


def test_evidence_shows_what_was_read_and_computed() -> None:
    text = r"Hence the total is $\frac{12}{4} \times 5 = 16$ for all."
    (outcome,) = judge(text)
    (claim,) = proofs(outcome)
    assert claim.span is not None
    assert text[slice(*claim.span)] == claim.text == r"\frac{12}{4} \times 5 = 16"
    assert (claim.expected, claim.found) == ("15", "16")
    assert claim.readings == ("15",)
    assert claim.engine
    assert claim.ms is not None


def test_a_step_without_a_claim_is_an_abstention() -> None:
    (outcome,) = judge("Let us think about the shells first.")
    assert isinstance(outcome, Abstention)
    assert outcome.why == "no-claim"


def test_a_skipped_step_is_merely_missing() -> None:
    trace = Trace(
        id="t",
        domain="math",
        problem="p",
        group="g",
        steps=(Step(index=0, text="5x = 10"), Step(index=1, text="Solved: x = 3.")),
    )
    outcome = triage_propose(trace, 1, PluginContext())
    assert isinstance(outcome, Proposal | Abstention)
    assert not proofs(outcome)


OPTIONS = ("A: 9", "B: 15")
DOCS = (Path(__file__).parent.parent / "docs" / "math.md").read_text(encoding="utf-8")
DOCUMENTED = re.findall(
    r"^\| `([a-z-]+)` \| `(.+?)` \| (.*?) ?\| (.*?) ?\| [\w ]+ \|$", DOCS, re.MULTILINE
)


@pytest.mark.parametrize(("kind", "example", "expected", "found"), DOCUMENTED)
def test_the_documented_example_gives_the_documented_evidence(
    kind: str, example: str, expected: str, found: str
) -> None:
    last = judge(*example.split(" // "), problem=STORY, options=OPTIONS)[-1]
    claims = [c for c in proofs(last) if c.kind == kind]
    assert [(c.expected or "", c.found or "") for c in claims] == [(expected, found)]


def test_every_kind_is_documented() -> None:
    documented = {kind for kind, *_ in DOCUMENTED}
    assert documented >= set(CONFIDENCE) | {kind for kind, _ in FALSE}
