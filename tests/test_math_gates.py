"""Quick tests for words come before patterns, and must never keep a pattern from being asked."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_math_claims import flags as flagged
from triage_math.claims.sentence import read
from triage_math.notation import latex
from triage_math.notation.windows import breaks_of, ranges

DENIALS = (
    "contradicts", "impossible", "not", "n't", "cannot", "can't", "doesn't", "isn't", "incorrect",
    "false", "invalid", "absurd", "wrong", "never", "no longer", "an error", "a mistake", "instead",
    "fails", "suppose", "assume", "neither", "unless", "whether", "verify", "more than enough",
    "already enough",
)  # fmt: skip
TAKEN_BACK = (
    "false", "a contradiction", "impossible", "no solution", "extraneous", "rejected", "incorrect",
    "a mistake", "an error", "wrong", "not possible", "not true", "not valid", "does not hold",
    "doesn't satisfy", "do not match", "isn't possible",
)  # fmt: skip


def flags(text: str) -> list[str]:
    return [kind for kind, _ in flagged(text)]


@pytest.mark.parametrize("shape", [str.lower, str.upper, str.capitalize])
@pytest.mark.parametrize("word", DENIALS)
def test_a_denied_formula_is_no_claim(word: str, shape: Callable[[str], str]) -> None:
    assert flags(f"Here {shape(word)} 12 * 3 = 38 shells.") == []


@pytest.mark.parametrize("shape", [str.lower, str.upper])
@pytest.mark.parametrize("words", TAKEN_BACK)
def test_the_next_sentence_can_take_a_formula_back(words: str, shape: Callable[[str], str]) -> None:
    assert flags(f"Here 12 * 3 = 38 shells. So this is {shape(words)}.") == []


@pytest.mark.parametrize("word", ["about", "APPROXIMATELY", "Roughly", "nearly", "rounded to"])
def test_an_approximate_formula_need_not_be_exact(word: str) -> None:
    assert flags(f"We get {word} 100 / 3 = 33 shells.") == []


def test_without_such_words_the_same_formula_is_refuted() -> None:
    assert flags("Here 12 * 3 = 38 shells. So this is done.") == ["arithmetic"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("listed-numbers", "Now the sum  of 3, 4 and 6 is 14."),
        ("listed-numbers", "The **sum** of 3, 4 and 6 is 14."),
        ("listed-numbers", "Here 3, 4 and 6 add up to 14."),
        ("remainder", "29 ÷ 6 = 4 R 3."),
        ("remainder", "So 29 mod 6 = 4."),
        ("remainder", "The remainder when 29 is divided by 6 is 4."),
        ("divisibility", "Note 52 is a multiple of 6."),
        ("calendar", "There are 31 Days in June, so he runs daily."),
        ("known-size", "Since an hour has 50 minutes, we go on."),
        ("arithmetic", "- $3 * 4 = 13$\n2. and so on"),
        ("arithmetic", "First\n- $3 * 4 = 13$"),
    ],
)
def test_a_form_is_found_however_it_is_set(kind: str, text: str) -> None:
    assert flags(text) == [kind]


def test_mathematics_within_words_within_mathematics_is_read() -> None:
    assert flags(r"\[ n = 20 \quad \text{(since \( 4 * 5 = 21 \))} \]") == ["arithmetic"]


@given(st.text(max_size=200) | st.text("\\()[]$*-İi\n.; =+3xe", max_size=80))
def test_plain_and_lower_case_texts_keep_their_length(text: str) -> None:
    plain = latex.plain(text)
    assert len(plain) == len(text) == len(plain.lower())
    sentence = read(plain)
    assert sentence is None or len(sentence.low) == len(plain)


@given(st.text("ab=<;. \n3", max_size=400))
def test_every_relation_lies_in_one_part_and_parts_do_not_overlap(text: str) -> None:
    parts = ranges(text, breaks_of(text))
    assert parts == sorted(parts)
    assert all(before[1] < after[0] for before, after in pairwise(parts))
    for at, sign in enumerate(text):
        if sign in "=<":
            assert sum(low <= at < high for low, high in parts) == 1
