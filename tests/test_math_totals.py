"""Listed numbers in words, and probabilities that are said to sum to one."""

import pytest
from test_math_claims import flags, judge

from triage.records import ClaimVerdict, Proposal

KINDS = {"listed-numbers", "probability-sum"}
FALSE = [
    ("listed-numbers", "The sum of 3, 4 and 6 is 14."),
    ("listed-numbers", "The average of 3, 5 and 10 is 7."),
    ("listed-numbers", "The product of 1,200 and 3 is 3,900."),
    ("listed-numbers", "The difference between 12 and 5 is 8."),
    ("probability-sum", "The numbers 0.2, 0.3 and 0.6 add up to 1."),
    ("probability-sum", "Let P(A) = 0.3, P(B) = 0.5 and P(C) = 0.4. The probabilities sum to 1."),
]
TRUE = [
    "The sum of 3, 4, and 6 is 13.",
    "The average of 3, 5 and 8 is 5.33.",
    "The product of $1,200$ and $3$ is $3,600$.",
    "The probabilities 1/2, 1/3 and 1/6 add up to 1.",
    "The shares 20%, 30% and 50% add up to 100%.",
    "Let P(A) = 1/2, P(B) = 1/3, and P(C) = 1/6. The probabilities add up to 1.",
]
UNDECIDED = [
    "The sum of 3 and 4 is 7 times 2.",
    "The sum of 3, 4 and 6 is not 14.",
    "If the sum of 3, 4 and 6 is 14, we stop.",
    "Check whether the sum of 3, 4 and 6 is 14.",
    "The probabilities must sum to 1. P(A) = 0.5, P(B) = 0.9.",
    "P(A) = 0.5, P(B) = 0.9, and the probabilities should sum to 1.",
    "P(A) = 0.5, P(B | A) = 0.9, and the probabilities sum to 1.",
    "P(A) = 0.5, and the probabilities sum to 1.",
    "The weighted average of 3, 5 and 10 is 7.",
    "The sum of the squares of 3 and 4 is 25.",
    "The sum of 3, 4, ... and 6 is 99.",
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
    assert kinds & KINDS


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_unclear_is_never_refuted(text: str) -> None:
    assert flags(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "sum of " + "111," * 4_000,
        "sum of " + "1, " * 6_000 + "is 3",
        "sum of 3" + " " * 18_000 + "and 4 is 8",
        "P(A) = 0.1, " * 1_500 + "the probabilities sum to 1",
        "the sum of 1/0 and 3 is 4",
    ],
)
def test_hostile_text_is_left_undecided(text: str) -> None:
    assert flags(text) == []
