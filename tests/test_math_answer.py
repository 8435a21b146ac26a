"""Final answers against the reference, through the plugin's front door."""

import pytest
from triage_math import triage_check_answer, triage_describe

from triage.plugininfo import PluginContext
from triage.records import AnswerVerdict, Step, Trace

RIGHT, WRONG, UNKNOWN = AnswerVerdict.RIGHT, AnswerVerdict.WRONG, AnswerVerdict.UNKNOWN


def verdict(found: str | None, expected: str | None) -> AnswerVerdict | None:
    """The plugin's verdict on a trace with this answer and reference."""
    trace = Trace(
        id="t",
        domain="math",
        problem="p",
        group="g",
        steps=(Step(index=0, text="s"),),
        final_answer=found,
        reference_answer=expected,
    )
    check = triage_check_answer(trace, PluginContext())
    return None if check is None else check.verdict


@pytest.mark.parametrize(
    ("found", "expected", "wanted"),
    [
        ("42", "42", RIGHT),
        ("42", "43", WRONG),
        (r"\boxed{1{,}200}", "1200", RIGHT),
        ("$1,200", "1200 dollars", RIGHT),
        ("1/2", "0.5", RIGHT),
        (r"\frac{3}{4}", "6/8", RIGHT),
        ("x = 7", "7", RIGHT),
        ("The answer is 12 apples.", "12", RIGHT),
        ("B", "B", RIGHT),
        ("(B)", "B: the second one", RIGHT),
        ("Choice C", "B", WRONG),
        ("the second one", "B", UNKNOWN),
        (r"\sqrt{50}", r"5\sqrt{2}", RIGHT),
        ("(1, 2)", "(1,2)", RIGHT),
        ("x^2 + 1", "1 + x^2", RIGHT),
        (r"\{1, 2\}", r"\{2, 1\}", RIGHT),
        ("[1, 2)", "[1, 3)", WRONG),
        ("9^9^9^9", "10^(10^10)", UNKNOWN),
        ("100000000!", "5", UNKNOWN),
        ("9" * 10_000, "5", UNKNOWN),
        ("", "5", UNKNOWN),
    ],
)
def test_an_answer_against_the_reference(found: str, expected: str, wanted: AnswerVerdict) -> None:
    assert verdict(found, expected) is wanted


def test_without_a_reference_there_is_nothing_to_say() -> None:
    assert verdict("42", None) is None
    assert verdict(None, "42") is None


def test_the_plugin_describes_itself() -> None:
    info = triage_describe()
    assert info.name == "math"
    assert info.serves("math")
    assert info.serves("science")
    assert not info.serves("legal")
