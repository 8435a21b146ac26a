"""What holds for any text whatever."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.segment import Granularity, segment

# fmt: off
PIECES = st.sampled_from([
    "1. ", "(2) ", "- ", "* ", "# ", "Step 3: ", "**", "$", "$$", "\\[", "\\]", "\\(", "\\)", "`",
    "\\begin{a}", "\\end{a}", "```", "A", "b", "5", "Dr.", "e.g.", "U.S.", "。", "> ", "\\", "é",
    ". ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "---\n", "\u2028", "| a | b |\n", "|-|-|\n",
])
HOSTILE = [
    "$", "$a", "$$ ", "\\[", "\\begin{a}", "\\begin{a}\\end{b}", "`", "``a", "```\n", "|", "|\n",
    "1. ", "A.", "A. ", " .", ".", ". ", ".)", " ", " \t", "\n ", "**", "> ", "#", "(", "\\", "x",
    "Step 1", "e.g. ", "- ", "_", "。", "x|-|\n",
]
# fmt: on
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)
MARK = re.compile(
    r"(?:[\s>#*_.:)(•·–—‣◦+-]|[0-9①-⑳]|(?<![a-z])[a-z]\)|\([a-z]{1,4}\)"
    r"|(?i:step|schritt|étape|etape|paso|passo|шаг)\s*#?(?:[ivx]{1,5}|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|[0-9])?)*"
)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, granularity=st.sampled_from(Granularity))
def test_steps_are_slices_in_order_with_only_marks_between(
    text: str, granularity: Granularity
) -> None:
    end = 0
    steps = segment(text, granularity)
    for index, step in enumerate(steps):
        assert step.index == index
        assert step.span is not None
        begin, after = step.span
        assert end <= begin < after
        assert text[begin:after] == step.text == step.text.strip()
        assert MARK.fullmatch(text, end, begin), text[end:begin]
        end = after
    assert MARK.fullmatch(text, end), text[end:]
    assert bool(steps) == bool(text.strip())


@settings(max_examples=200, deadline=None)
@given(
    sentences=st.lists(
        st.lists(st.sampled_from(["water", "boils", "the", "3", "x", "of"]), min_size=2).map(
            lambda words: "It " + " ".join(words) + "."
        ),
        min_size=2,
        max_size=6,
    ),
    joint=st.sampled_from([" ", "\n", "\n\n", "\n1. ", "\nStep 1: ", "\n- "]),
)
def test_plain_steps_are_found_however_they_are_joined(sentences: list[str], joint: str) -> None:
    steps = segment(joint.lstrip("\n ") + joint.join(sentences))
    assert [step.text for step in steps] == sentences


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    begun = time.process_time()
    for granularity in Granularity:
        segment(unit * (40_000 // len(unit)) + "x", granularity)
    # A guard against hanging, not a measure: quadratic time would take minutes.
    assert time.process_time() - begun < 30
