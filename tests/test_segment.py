"""Cutting texts of the kinds that people and models write."""

import pytest

from triage.segment import Granularity, segment


def cut(text: str, granularity: Granularity = Granularity.AUTO) -> list[str]:
    return [step.text for step in segment(text, granularity)]


MARKED = {
    "numbers with full stops": "1. Add.\n2. Divide. Then stop.\n3. Done.",
    "numbers with brackets": "1) Add.\n2) Divide. Then stop.\n3) Done.",
    "numbers in brackets": "(1) Add.\n(2) Divide. Then stop.\n(3) Done.",
    "letters": "(a) Add.\n(b) Divide. Then stop.\n(c) Done.",
    "roman numbers": "(i) Add.\n(ii) Divide. Then stop.\n(iii) Done.",
    "dashes": "- Add.\n- Divide. Then stop.\n- Done.",
    "stars": "* Add.\n* Divide. Then stop.\n* Done.",
    "dots": "• Add.\n• Divide. Then stop.\n• Done.",
    "step and colon": "Step 1: Add.\nStep 2: Divide. Then stop.\nStep 3: Done.",
    "step in words": "STEP ONE - Add.\nSTEP TWO - Divide. Then stop.\nSTEP THREE - Done.",
    "bold steps": "**Step 1:** Add.\n\n**Step 2:** Divide. Then stop.\n\n**Step 3:** Done.",
    "bold, colon outside": "**Step 1**: Add.\n**Step 2**: Divide. Then stop.\n**Step 3**: Done.",
    "headings": "### Step 1\nAdd.\n\n### Step 2\nDivide. Then stop.\n\n### Step 3\nDone.",
    "other headings": "## Add.\n## Divide. Then stop.\n## Done.",
    "quoted list": "> 1. Add.\n> 2. Divide. Then stop.\n> 3. Done.",
    "rulers between": "Step 1: Add.\n\n---\n\nStep 2: Divide. Then stop.\n* * *\nStep 3: Done.",
    "carriage returns": "1. Add.\r\n2. Divide. Then stop.\r\n3. Done.\r\n",
}


@pytest.mark.parametrize("granularity", [Granularity.AUTO, Granularity.MARKED])
@pytest.mark.parametrize("name", MARKED)
def test_marks_cut_and_are_left_out(name: str, granularity: Granularity) -> None:
    assert cut(MARKED[name], granularity) == ["Add.", "Divide. Then stop.", "Done."]


def test_a_list_has_an_introduction_and_a_conclusion_of_their_own() -> None:
    text = "We reason:\n\n1. Add.\n   More of it.\n2. Divide.\n\nSo it is 5.\n\nIndeed."
    assert cut(text) == ["We reason:", "Add.\n   More of it.", "Divide.", "So it is 5.", "Indeed."]


def test_a_loose_list_keeps_the_paragraphs_of_its_items() -> None:
    text = "1. Add.\n\nIt is 5.\n\n2. Divide.\n\nIt is 1.\n\nSo the answer is 1."
    assert cut(text) == ["Add.\n\nIt is 5.", "Divide.\n\nIt is 1.", "So the answer is 1."]


def test_a_tight_list_ends_with_its_items() -> None:
    text = "1. Add.\n\n2. Divide.\n\nIt is 1.\n\n3. Square.\n\n4. Halve.\n\nSo it is 1/2."
    assert cut(text) == ["Add.", "Divide.", "It is 1.", "Square.", "Halve.", "So it is 1/2."]


def test_a_short_line_was_not_wrapped_by_an_editor() -> None:
    short = "we take the first number\nand add the second to it"
    assert cut(short) == short.split("\n")
    long = "we take the first number, which was told at the very beginning,\nand add the second"
    assert cut(long) == [long]


def test_inner_lists_belong_to_their_item() -> None:
    text = "1. Add:\n   - two\n   - three\n2. Divide:\n   1. once\n   2. twice"
    assert cut(text) == ["Add:\n   - two\n   - three", "Divide:\n   1. once\n   2. twice"]


def test_steps_outrank_the_lists_inside_them() -> None:
    text = "Step 1: Collect\n- one\n- two\n\nStep 2: Add\n1. three\n2. four\n5. five"
    assert cut(text) == ["Collect\n- one\n- two", "Add\n1. three\n2. four\n5. five"]


def test_a_mark_inside_an_emphasis_that_goes_on_stays() -> None:
    text = "**Step 1: Add**\nIt is 5.\n**Step 2: Divide**\nIt is 1."
    assert cut(text) == ["**Step 1: Add**\nIt is 5.", "**Step 2: Divide**\nIt is 1."]


def test_a_bare_title_goes_with_what_follows() -> None:
    assert cut("# Solution\n\n## Step 1: Add\nIt is 5.\n\n## Step 2: Stop") == [
        "Solution\n\n## Step 1: Add\nIt is 5.",
        "Stop",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Step 2 follows from Step 1 and that is fine",
        "1.5 + 2.5 = 4",
        "-3x = 6",
        "**bold** words",
        "#hashtag",
        "1999. That was the year",
    ],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert cut(text, Granularity.LINE) == [text]


def test_auto_takes_paragraphs_then_lines_then_sentences() -> None:
    assert cut("One. Two.\n\nThree.") == ["One. Two.", "Three."]
    assert cut("One. Two.\nThree.") == ["One. Two.", "Three."]
    assert cut("One. Two. Three.") == ["One.", "Two.", "Three."]


def test_each_granularity_has_its_own_idea() -> None:
    text = "- One. Two.\nThree.\n\n- Four.\n\nFive."
    assert cut(text, Granularity.MARKED) == ["One. Two.\nThree.", "Four.", "Five."]
    assert cut(text, Granularity.PARAGRAPH) == ["One. Two.\nThree.", "Four.", "Five."]
    assert cut(text, Granularity.LINE) == ["One. Two.", "Three.", "Four.", "Five."]
    assert cut(text, Granularity.SENTENCE) == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert cut("One.\n\nTwo.", Granularity.MARKED) == ["One.", "Two."]


WHOLE = {
    "title": "Dr. Weber and Prof. J. R. Lind agree.",
    "figure": "See Fig. 3 and Eq. (4) for it.",
    "article": "Under Art. 5 and Sec. IV the claim fails.",
    "number": "Rule No. 7 applies.",
    "case": "In Miller v. Jones the court held so.",
    "country": "The U.S. Supreme Court held so.",
    "for example": "Some drugs, e.g. Aspirin, thin the blood.",
    "that is": "One dose, i.e. 5 mg, is given.",
    "decimals": "It is 3.14 by 2.72 and .5 more.",
    "others": "Weber et al. (2010) found it.",
    "hour": "At 5 p.m. Monday he left.",
    "ellipsis": "Wait ... and then go on.",
    "inline formula": "Let $f(x) = 1. Then$ be given.",
    "inline formula in brackets": r"Let \(f. Then\) be given.",
    "inline code": "Run `a. B c. D` now.",
    "money": "It costs $5.50 and then $6 more.",
    "factorials": "There are 5! / (2! * 3!) = 10 ways.",
    "letter before a statement": "B. The dose is halved.",
    "roman number before a statement": "III. The dose is halved.",
    "calculator mark": "He pays 3*4=<<3*4=12>>12 dollars.",
}


@pytest.mark.parametrize("name", WHOLE)
def test_no_sentence_ends_inside(name: str) -> None:
    first, last = "It is known.", "Therefore we stop."
    text = f"{first} {WHOLE[name]} {last}"
    assert cut(text, Granularity.SENTENCE) == [first, WHOLE[name], last]


@pytest.mark.parametrize(
    "text",
    [
        "Is it so? Yes! It is.",
        "He said “it is so.” Then he left. (He was right.) Good.",
        "The answer is no. We stop. The plan B. Then C.",
        "So $x = 2.$ Then y. Next, $5. They pay.",
        "x = 3. y = 4. So z = 7.",
        "这是。那是！好？",
    ],
)
def test_sentences_end(text: str) -> None:
    assert len(cut(text, Granularity.SENTENCE)) >= 3


def test_a_wrapped_sentence_goes_on_in_the_next_line() -> None:
    first = "The patient had a fever for several days before the red rash\nappeared on both arms."
    text = f"{first} Measles is likely in a child\nwithout any vaccination."
    assert cut(text, Granularity.SENTENCE)[0] == first


BLOCKS = {
    "environment": "\\begin{align*}\na &= 1. B \\\\\n\n1. c &= 2\n\\end{align*}",
    "nested environments": "\\begin{a}\n\n\\begin{b}\n\n- x\n\\end{b}\n\n\\end{a}",
    "display in dollars": "$$\nx = 1. Y\n- 2\n$$",
    "display in brackets": "\\[\nx = 1. Y\n\n- 2\n\\]",
    "code": "```python\nx = 1\n\n# Step 1: y. Z\n- 3\n```",
    "code with waves": "~~~~\n```\n\n1. x\n~~~~",
    "table": "| a | b |\n|---|:-:|\n| 1. X | - y |\n| Step 2: | z |",
}


@pytest.mark.parametrize("granularity", Granularity)
@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_stay_whole(name: str, granularity: Granularity) -> None:
    text = f"First.\n\n{BLOCKS[name]}\n\nLast."
    assert cut(text, granularity) == ["First.", BLOCKS[name], "Last."]


def test_a_display_stays_with_the_words_around_its_sentence() -> None:
    text = "We have\n\n\\[ x = 1, \\]\n\nwhere x is real.\n\nSo it is."
    for granularity in (Granularity.AUTO, Granularity.PARAGRAPH, Granularity.LINE):
        assert cut(text, granularity) == [text[: text.index("So") - 2], "So it is."]


@pytest.mark.parametrize(
    "broken",
    ["\\begin{align}", "$$", "$", "\\[", "\\(", "```", "`", "\\end{x}", "\\begin{a}\\end{b}"],
)
def test_what_is_never_closed_swallows_nothing(broken: str) -> None:
    text = f"First {broken} here. Second.\n\nThird.\n\nFourth $x$ one."
    assert cut(text) == [f"First {broken} here. Second.", "Third.", "Fourth $x$ one."]


@pytest.mark.parametrize("granularity", Granularity)
def test_blank_text_has_no_steps_and_any_other_has(granularity: Granularity) -> None:
    assert cut("", granularity) == cut(" \n\t\n", granularity) == []
    for text in ("---", "1.", "#", "-", "***\n\n***", "Step 1:"):
        assert cut(text, granularity) != []
