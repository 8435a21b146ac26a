"""Quotations that a step attributes to the problem, and options named by letter and text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triage_text import triage_propose
from triage_text.words import share_in_order, words

from triage.records import Proposal, Step, Trace

PROBLEM = "A man of forty, tall and thin, sells his house to Ann; the deed is not recorded."
OPTIONS = ("Ann wins", "Bob wins", "Ann wins only if she paid", "Nobody wins")


def verdict(
    text: str, options: tuple[str, ...] | None = OPTIONS, problem: str = PROBLEM
) -> str | None:
    step = Step(index=0, text=text)
    trace = Trace(id="t", domain="any", problem=problem, options=options, steps=(step,), group="t")
    found = triage_propose(trace, 0)
    if not isinstance(found, Proposal):
        return None
    for claim in found.evidence.claims:
        assert claim.span is not None
        assert text[slice(*claim.span)] == claim.text
    return "refuted" if found.label else "evidence"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('The problem says "sells his house to Ann", so she has it.', "evidence"),
        ("The question states “Sells his house... the deed is not recorded”.", "evidence"),
        ('The problem states that "the deed [was] not recorded", so Bob wins.', "evidence"),
        ('The problem says "Bob recorded the deed the next morning", so he wins.', "refuted"),
        ('The case states: "all goods are delivered by truck on Friday".', "refuted"),
        ('According to the facts, "sells his house to Ann", so she has it.', "evidence"),
        ('As stated in the question, "all goods are delivered by truck on Friday".', "refuted"),
        ('As stated in the case, "all goods are delivered by truck on Friday".', None),
        ('The problem says "sold his big house to Ann", so she has it.', None),
        ('The problem says "forty".', None),
        ('The problem does not say; if the problem says "all the goods are lost", Bob wins.', None),
        ('The court says "all goods are delivered by truck on Friday".', None),
        ('He said "all goods are delivered by truck on Friday".', None),
    ],
)
def test_quotations(text: str, said: str | None) -> None:
    assert verdict(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The answer is (A) Ann wins.", "evidence"),
        ("The answer is (B) Ann wins.", "refuted"),
        ("Option C: Ann wins only if she paid.", "evidence"),
        ("Option A: Ann wins only if she paid.", "refuted"),
        ("Choice **D**: Nobody wins.", "evidence"),
        ('Choice A says "Ann wins", which is right.', "evidence"),
        ('Choice B says "Ann wins", which is right.', "refuted"),
        ("The answer is (A).", None),
        ("The answer is B, because the deed is not recorded.", None),
        ("The answer is (E) Ann wins.", None),
        ("The answer is not (B) Ann wins.", None),
        ("Vitamin B: Ann wins.", None),
        ("Ann wins (Choice A), Bob wins (Choice B).", None),
    ],
)
def test_options(text: str, said: str | None) -> None:
    assert verdict(text) == said


def test_options_that_stand_in_the_problem_are_read_there() -> None:
    problem = "Who wins?\n(A) Ann\n(B) Bob\n(C) Cem"
    assert verdict("The answer is (B) Bob.", None, problem) == "evidence"
    assert verdict("The answer is (A) Bob.", None, problem) == "refuted"


def test_without_options_there_is_nothing_to_compare() -> None:
    assert verdict("The answer is (B) Ann wins.", None) is None
    assert verdict("The answer is (B) Ann wins.", ("Ann wins", "Ann wins")) == "evidence"


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12)


@given(WORDS, WORDS, WORDS)
def test_what_stands_there_is_wholly_there(
    before: list[str], part: list[str], after: list[str]
) -> None:
    assert share_in_order([*before, *part, *after], part) == 1.0


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_it(text: str, problem: str) -> None:
    verdict(text, OPTIONS, problem)
    assert words(text) == words(text.upper()) or not text.isascii()


@pytest.mark.data
@pytest.mark.parametrize("stem", ["mrben_medicine", "mmlupro_law", "lexam_open_en"])
def test_valid_steps_of_public_sets_raise_hardly_an_alarm(data: object, stem: str) -> None:
    from benchmarks.plugins.domains import count

    counts = count("text", stem)
    assert counts["valid"] > 1_000
    assert counts["alarms"] <= counts["valid"] / 1_000
