"""Hostile problems and steps: nothing to say, in bounded work, and nothing is ever executed."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logic_cases import follow, marks
from triage_logic.families import simulator

from triage.records import Abstention

PROBLEMS = {
    "stacks": "( [ { < ( )",
    "arithmetic": "((1 + 2) * (3 - -4)) =",
    "swaps": "At first Ann has a cup, and Ben has a jug. First, Ann and Ben swap. Ann has\n",
    "ordering": "There are three cups: red, blue, and green.\n- The red is the leftmost.",
    "many": "There are nine cups: aa, bb, cc, dd, ee, ff, gg, hh, and ii.\n- aa is the leftmost.",
    "sorting": "Sort the following words alphabetically: List: oak elm ash",
    "entailment": "Premises: p -> q, q -> r, p",
    "clauses": "Statements:\nIf it rains then it pours\nIt rains\nConclusion: it pours",
    "syllogism": "All cats are mammals. All mammals are animals. What follows?",
    "sets": "Let A = {1, 2} and B = {2, 3}. Find A ∪ B.",
    "calendar": "Today is March 5, 2024. What is the date tomorrow?",
}
PIECES = (
    *("(", ")", "((", "<", "[ ", " ", "\n", "\t", ",", ", ", ".", '"', "x", "9", "1 = ", "1 + "),
    *("A = ", "not ", "-", "~", "(p ", "p -> ", "first is ", "then ", "first, ", "from a to b: "),
    *("and ", "so ", "therefore p ", "therefore ", "if ", "either ", "assume ", "all cats are "),
    *("{", "{1,", "A ∪ ", "{1} ∪ ", "| A ", "March ", "10 days after ", "1/", "p = T, "),
    *("Ann: ", "Ann has ", "Ann and Ben swap ", '["a" ? ', '(1) "a" < ', "the red is "),
    *("__import__('os').system('true') ", "9**9**9 ", "factorial(99999) ", "\u202e", "e\u0301"),
)
FAR_BELOW_A_HANG = 2.0


def test_every_family_is_recognised() -> None:
    kinds = [type(simulator(problem)).__name__ for problem in PROBLEMS.values()]
    assert kinds == [
        *("Stacks", "Evaluation", "Swaps", "Ordering", "Ordering", "Sorting"),
        *("Entailment", "Entailment", "Syllogism", "Sets", "Calendar"),
    ]


@pytest.mark.parametrize("family", PROBLEMS)
def test_long_steps_cost_little(family: str) -> None:
    for piece in PIECES:
        begun = time.perf_counter()
        marks(PROBLEMS[family], [(piece * 4000)[:3990] + tail for tail in ("", "!")])
        assert time.perf_counter() - begun < FAR_BELOW_A_HANG, piece


@pytest.mark.parametrize("start", ["", "Sort the words: ", "Premises: ", "Let A = {1}. "])
def test_long_problems_cost_little(start: str) -> None:
    for piece in PIECES:
        begun = time.perf_counter()
        simulator(start + (piece * 10_000)[:9_900])
        assert time.perf_counter() - begun < FAR_BELOW_A_HANG, piece


@pytest.mark.parametrize(
    "step",
    [
        "1 = " + "9" * 100_000,
        "(" * 60 + "1" + ")" * 60 + " = 2",
        " " * 200_000,
        "1 + " * 20_000 + "1 = 5",
        "A = __import__('os').getpid() = 7",
        "A = open('/etc/passwd') = 1",
        "((((1) = 2",
        "1 = \u202e2",
        "A = 2^2^2^2^2 = 5",
        "A = 2**99999999 = 5",
    ],
)
def test_what_cannot_be_read_is_no_claim(step: str) -> None:
    (outcome,) = follow(PROBLEMS["arithmetic"], [step])
    assert isinstance(outcome, Abstention)
    assert outcome.why == "no-claim"


def test_huge_problems_are_left_alone() -> None:
    assert simulator("(" * 20_000) is None
    assert simulator("1 + " * 20_000 + "1 =") is None
    assert simulator("( ] ( )") is None


def test_five_thousand_lines_stay_linear() -> None:
    steps = ["stack: empty", *["( ; stack: " + "( " * 5] * 200]
    begun = time.perf_counter()
    signs = marks("( ( ( )", ["\n".join(["( ; stack: ("] * 5_000), *steps])
    assert time.perf_counter() - begun < FAR_BELOW_A_HANG
    assert signs[0] == "."


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PROBLEMS)), st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_is_survived(family: str, steps: list[str]) -> None:
    assert len(marks(PROBLEMS[family], steps)) == len(steps)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(PROBLEMS)),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map("".join),
)
def test_any_mixture_of_the_grammars_is_survived(family: str, step: str) -> None:
    assert len(marks(PROBLEMS[family], [step])) == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_problem_is_survived(problem: str) -> None:
    simulator(problem)
