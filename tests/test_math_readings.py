"""Notations that were once misread, and claims of everyday knowledge: each true, false and open."""

import pytest
from test_math_claims import flags, judge
from triage_math.answer import compare

from triage.records import AnswerVerdict, ClaimVerdict, Proposal

FALSE = [
    ("arithmetic", r"\[ 10 (\text{on Monday}) + 20 (\text{on Tuesday}) = 40 \]"),
    ("arithmetic", "He paid a total of $12 * 11 = $123."),
    ("arithmetic", "Now multiply it by 3: (1/2) * 8 * 3 = 14."),
    ("arithmetic", "So E = 5 x 10-2 J = 0.5 J."),
    ("calculator-mark", "It is <<4+X*0.5+2=6+X>>6 + X."),
    ("calendar", "There are 31 days in the month of June, so he runs daily."),
    ("known-size", "Since there are 14 inches in a foot, we divide."),
    ("part-of-a-person", "So the club has 31 / 2 = 15.5 students."),
]
NOT_FALSE = [
    r"\[ 10 (\text{on Monday}) + 20 (\text{on Tuesday}) = 30 \]",
    "It takes 2-1/2 hours = 150 minutes.",
    "The shelf holds 3 dozen + 4 = 40 eggs.",
    "She is 4 ft 2 in = 50 inches tall.",
    "At 40 mph * 15 minutes = 10 miles he stops.",
    "The train leaves 8 am + 6 hours = 2 pm.",
    "So it costs 60 * 25% off = 45.",
    "He needs 3 x 10-4 s = 0.0003 s for it.",
    "The ratio 3 : 4 = 6 : 8 holds.",
    "There are 31 days in July, so we go on.",
    "There are 5 days in a week for work.",
    "There are 20 days in May on which he works.",
    "There are 366 days in a year, at times.",
    "Half of the total of 2 * 6 = 6 apples.",
    "There are 21 / 2 = 10.5 students per class on average.",
    "We substitute 3 into it: 2 * 3 + 1 = 9, which does not hold.",
]


@pytest.mark.parametrize(("kind", "text"), FALSE)
def test_a_false_claim_is_refuted(kind: str, text: str) -> None:
    assert kind in [k for k, _ in flags(text, problem="How many members are there?")]


@pytest.mark.parametrize("text", NOT_FALSE)
def test_what_is_true_or_open_is_not_refuted(text: str) -> None:
    assert flags(text, problem="How many members are there?") == []


def test_bare_cents_may_stand_behind_a_result_in_dollars() -> None:
    assert flags("Then 700 - 200 = $5.", problem="A pen costs 700 cents.") == []
    assert flags("Then 700 - 200 = $5.", problem="A pen costs 700 dollars.") != []


def test_units_that_do_not_fit_are_a_sign_and_no_proof() -> None:
    (outcome,) = judge("It takes 90 miles / 30 miles per hour = 3 miles per hour.")
    assert isinstance(outcome, Proposal)
    assert outcome.label is None
    (sliding,) = judge("It takes 4 boxes * 6 eggs/box = 24 boxes.")
    assert isinstance(sliding, Proposal)
    assert sliding.label is None
    assert [(c.kind, c.verdict) for c in sliding.evidence.claims] == [
        ("dimension", ClaimVerdict.SOFT)
    ]


def test_equations_with_decimals_are_held_against_each_other() -> None:
    first, second = "We write 0.5x - 10 = 20.", "Adding 10 to both sides, we get 0.5x = 40."
    assert [kind for kind, _ in flags(first, second)] == ["equation"]
    assert flags(first, "Adding 10 to both sides, we get 0.5x = 30.") == []
    assert flags("So 0.33x = 5.", "Hence x = 15.2.", "That is 0.33x = 5.02.") == []


def test_another_case_is_judged_on_its_own() -> None:
    first = "In the first case we have 2d + 1 = 3."
    assert flags(first, "So 2d = 6.") != []
    assert flags(first, "Consider the case where it is even: 2d = 6.") == []


@pytest.mark.parametrize(
    ("found", "expected", "verdict"),
    [
        (r"Choice\_B", "B", AnswerVerdict.RIGHT),
        ("None of the options is right.", "12", AnswerVerdict.WRONG),
        ("none", "None of the above", AnswerVerdict.UNKNOWN),
        ("twelve plus Ann's age", "50", AnswerVerdict.UNKNOWN),
        (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}",
         AnswerVerdict.RIGHT),
    ],
)  # fmt: skip
def test_answers_that_are_words(found: str, expected: str, verdict: AnswerVerdict) -> None:
    assert compare(found, expected) is verdict
