"""Option letters against the options' texts, through the plugin's front door."""

import pytest
from test_math_claims import proofs
from triage_math import triage_check_answer, triage_propose

from triage.plugininfo import PluginContext
from triage.records import Abstention, AnswerVerdict, ClaimVerdict, Proposal, Step, Trace

LETTERED = ("A: 9", "B: 15", "C: 2sqrt(2)", "D: none of these")
BARE = ("9", "15", r"$\frac{1}{2}$", "none of these")


def judge(text: str, options: tuple[str, ...] | None) -> Proposal | Abstention:
    """The plugin's outcome for a single step of a question with options."""
    step = Step(index=0, text=text)
    trace = Trace(id="t", domain="math", problem="p", group="g", options=options, steps=(step,))
    outcome = triage_propose(trace, 0, PluginContext())
    assert isinstance(outcome, Proposal | Abstention)
    return outcome


@pytest.mark.parametrize("options", [LETTERED, BARE])
@pytest.mark.parametrize(
    "text",
    [
        "The answer is (B) 12.",
        "So the answer is B: 12.",
        r"**Answer: (B) $12$**",
        "Option B is 12.",
    ],
)
def test_another_value_than_the_option_conflicts(text: str, options: tuple[str, ...]) -> None:
    (claim,) = proofs(judge(text, options))
    assert (claim.kind, claim.verdict) == ("option", ClaimVerdict.CONFLICT)
    assert (claim.expected, claim.found) == ("B: 15", "12")


@pytest.mark.parametrize("text", ["The answer is (B) 15.", "So the answer is (A) 9 apples."])
def test_the_options_value_is_evidence(text: str) -> None:
    outcome = judge(text, LETTERED)
    assert isinstance(outcome, Proposal)
    assert outcome.label is None
    assert [c.verdict for c in outcome.evidence.claims if c.kind == "option"] == [
        ClaimVerdict.SUPPORTED
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The answer is not (B) 12.",
        "Suppose the answer is (B) 12.",
        "The answer is (B) 12, which is wrong.",
        "The answer is (D) 12.",
        "The answer is $c = 6$.",
        "The answer is a 12.",
        "The answer is (C) 2.83.",
        "Choice B: (12)^2 + 3 = 147",
        "The answer is (B) 12 + k.",
        "The answer is (H) 12.",
        "The answer is (B)" + " " * 18_000 + "12",
        "answer is (" * 2_000,
    ],
)
def test_what_is_unclear_or_hostile_is_left_alone(text: str) -> None:
    assert proofs(judge(text, LETTERED)) == []


def test_a_rounded_value_of_the_option_is_neither_proof_nor_evidence() -> None:
    assert proofs(judge("The answer is (C) 0.49.", BARE)) == []
    assert proofs(judge("The answer is (C) 0.4.", BARE)) != []


def test_without_options_there_is_nothing_to_say() -> None:
    assert proofs(judge("The answer is (B) 12.", None)) == []


@pytest.mark.parametrize(
    ("found", "expected", "verdict"),
    [
        ("B", "15", AnswerVerdict.RIGHT),
        ("(A)", "15", AnswerVerdict.WRONG),
        ("15", "B", AnswerVerdict.RIGHT),
        ("9", "B", AnswerVerdict.WRONG),
        ("B", "B", AnswerVerdict.RIGHT),
    ],
)
def test_a_letter_answers_with_its_options_text(
    found: str, expected: str, verdict: AnswerVerdict
) -> None:
    trace = Trace(
        id="t",
        domain="math",
        problem="p",
        group="g",
        options=LETTERED,
        steps=(Step(index=0, text="s"),),
        final_answer=found,
        reference_answer=expected,
    )
    check = triage_check_answer(trace, PluginContext())
    assert check is not None
    assert check.verdict is verdict
