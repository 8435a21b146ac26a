"""Puzzles that are simulated: stacks, expressions, swaps and orderings."""

import pytest
from logic_cases import follow, marks, refuted

from triage.records import ClaimVerdict, Proposal

BRACKETS = "Close the brackets properly. Input: [ ( ) {"
STACK = ["stack: empty", "[ ; stack: [", "( ; stack: [ (", ") ; stack: [", "{ ; stack: [ {"]
FINAL = 'Now, we have reached the end. The final stack is "[ {".'

EXPRESSION = "((3 - -4 * 2) * (5 + 1)) ="
SPLIT = 'This equation can be written as "A * B", where A = (3 - -4 * 2) and B = (5 + 1).'

SWAPS = (
    "Nora, Omar, and Pia are at a fair. At the start, they each hold a balloon: Nora has a red "
    "balloon, Omar has a blue balloon, and Pia has a green balloon.\n"
    "First, Nora and Omar swap balloons. Then, Omar and Pia swap balloons. "
    "At the end of the fair, Omar has the\n"
    "Options:\n(A) red balloon.\n(B) blue balloon.\n(C) green balloon."
)
START = "At the start: Nora: red, Omar: blue, Pia: green."
FIRST = "Nora and Omar swap balloons: Nora: blue, Omar: red, Pia: green."
SECOND = "Omar and Pia swap balloons: Nora: blue, Omar: green, Pia: red."

SHELF = (
    "- On a shelf, there are four jars: a honey jar, a jam jar, a salt jar, and a tea jar.\n"
    "- The jam jar is the second from the left.\n"
    "- The tea jar is to the right of the jam jar.\n"
    "- The salt jar is the rightmost.\n"
    "Options:\n(A) The honey jar is the leftmost.\n(B) The tea jar is the leftmost."
)
JAM = "The jam jar is the second from the left. So from left to right: first can be any jar, then "


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([*STACK, FINAL, 'So, we need "}", "]". So the answer is } ]'], "+++++++"),
        (["We process the input one by one.", *STACK], ".+++++"),
        ([*STACK[:3], ") ; stack: [ (", "{ ; stack: [ ( {"], "+++x+"),
        ([*STACK[:3], "{ ; stack: [ ( {"], "+++x"),
        ([*STACK, 'The final stack is "[".'], "+++++x"),
        ([*STACK, FINAL, 'We will need to pop out "[", "{" one by one in that order.'], "++++++x"),
        ([*STACK, FINAL, "So the answer is ] }"], "++++++x"),
        ([*STACK[:2], "( ; stack: [("], "++x"),
    ],
)
def test_stack_lines_are_simulated(steps: list[str], expected: str) -> None:
    assert marks(BRACKETS, steps) == expected


def test_a_wrong_stack_is_shown_with_what_it_should_be() -> None:
    step = ") ; stack: [ ("
    (claim,) = refuted(BRACKETS, [*STACK[:3], step])
    assert (claim.expected, claim.found) == ("[", "[ (")
    assert claim.rests_on == (2,)
    assert claim.span is not None
    assert step[slice(*claim.span)] == claim.text == "[ ("


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([SPLIT, "Let's calculate A = (3 - -4 * 2) = (3 + 8) = 11."], "++"),
        ([SPLIT, "Let's calculate A = (3 - -4 * 2) = (3 - 8) = -5.", "B = (5 + 1) = 6."], "+x+"),
        (
            [SPLIT, "A = (3 - -4 * 2) = 11.", "B = 6.", "A * B = 11 * 6 = 66. The answer is 66"],
            "++++",
        ),
        ([SPLIT, "A = 12.", "B = 6.", "A * B = 12 * 6 = 72. The answer is 72"], "+x++"),
        ([SPLIT, "A = 11.", "B = 6.", "A * B = 11 * 6 = 65. The answer is 65"], "+++x"),
        (["The answer is 66"], "+"),
        (["The answer is 67"], "x"),
    ],
)
def test_expressions_are_evaluated_exactly(steps: list[str], expected: str) -> None:
    assert marks(EXPRESSION, steps) == expected


def test_a_split_that_loses_parentheses_is_a_sign_only() -> None:
    problem = "((1 - 2) - (3 + 4)) ="
    split = 'This can be written as "A - B + C", where A = (1 - 2), B = 3, and C = 4.'
    (outcome,) = follow(problem, [split])
    assert isinstance(outcome, Proposal)
    assert outcome.label is None
    assert ClaimVerdict.SOFT in {claim.verdict for claim in outcome.evidence.claims}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("not True and False = False and False = False", "+"),
        ("not True and False = True and False = True", "x"),
        ("So the answer is True", "x"),
    ],
)
def test_boolean_expressions_are_evaluated(step: str, expected: str) -> None:
    assert marks("not True and False is", [step]) == expected


FIRST_WRONG = "Nora and Omar swap: Nora: blue, Omar: green, Pia: red."
SECOND_ON_IT = "Omar and Pia swap: Nora: blue, Omar: red, Pia: green."
LAST = "At the end, Omar has the green balloon. So the answer is (C)"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([START, FIRST, SECOND, LAST], "++++"),
        ([START, "Nora and Omar swap balloons: Nora: red, Omar: blue, Pia: green."], "+x"),
        ([START, FIRST_WRONG, SECOND_ON_IT], "+x+"),
        ([START, "Nora and Pia swap balloons: Nora: green, Omar: blue, Pia: red."], "+x"),
        ([START, "N: blue, O: red", "O: green, P: red", "So the answer is (C)"], "++++"),
        ([START, FIRST, "N: red, O: blue, P: green"], "++x"),
        ([START, FIRST, SECOND, "So the answer is (B)"], "+++x"),
        (["Nora is happy about the balloons."], "."),
    ],
)  # fmt: skip
def test_swaps_are_carried_out(steps: list[str], expected: str) -> None:
    assert marks(SWAPS, steps) == expected


ONLY_JAM = JAM + "second is the jam jar, then third and fourth can be any jar."
SALT = (
    "The salt jar is the rightmost. So from left to right: first can be any jar, then second is "
    "the jam jar, then third can be any jar, then fourth is the salt jar."
)
TEA = (
    "The tea jar is to the right of the jam jar. So from left to right: first can be any jar, then "
    "second is the jam jar, then third is the tea jar, then fourth is the salt jar."
)
HONEY = "By process of elimination, the honey jar must be the leftmost. So the answer is (A)"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([ONLY_JAM], "+"),
        ([ONLY_JAM, SALT, TEA, HONEY], "++++"),
        ([TEA], "x"),
        ([ONLY_JAM, TEA, SALT], "+x+"),
        ([JAM + "second is the jam jar, then third is the tea jar."], "x"),
        ([JAM + "second, third, and fourth can be any jar."], "x"),
        ([JAM + "second is the jam jar, then fifth is the tea jar."], "x"),
        (["The salt jar is the rightmost, so it cannot be the leftmost."], "+"),
        (["The salt jar is the rightmost, so it is the third from the left."], "x"),
        (["The tea jar is to the left of the jam jar."], "x"),
        (["So the answer is (B)"], "x"),
        (["If the tea jar is the leftmost, we are in trouble."], "."),
        (["Jars are nice to look at."], "."),
    ],
)  # fmt: skip
def test_placements_follow_from_what_was_cited(steps: list[str], expected: str) -> None:
    assert marks(SHELF, steps) == expected


@pytest.mark.parametrize(
    ("premise", "right", "wrong"),
    [
        ("Bo is taller than Cy", "Cy is shorter than Bo", "Cy is the tallest"),
        ("Bo finished above Cy", "Cy finished below Bo", "Cy finished first"),
        ("Bo is older than Cy", "Cy cannot be the oldest", "Bo is the youngest"),
        ("Bo are the second-cheapest", "Bo are the second-most expensive", "Bo are the cheapest"),
    ],
)
def test_orderings_are_read_on_many_axes(premise: str, right: str, wrong: str) -> None:
    problem = f"There are three players: Al, Bo, and Cy.\n- {premise}.\nQ: What is correct?"
    assert marks(problem, [f"{premise}, so {right[0]}{right[1:]}."]) == "+"
    assert marks(problem, [f"{premise}, so {wrong}."]) == "x"


def test_many_objects_are_left_to_the_solver() -> None:
    names = "Ann, Ben, Cal, Dot, Eve, Fay, Gus, Hal, and Ida"
    problem = f"There were nine runners: {names}.\n- Ann finished above Ben.\n- Ben finished last."
    steps = [
        "Ben finished last.",
        "Ann finished above Ben, so Ann cannot be last.",
        "Ann finished first.",
    ]
    assert marks(problem, steps) == "++x"
    outcome = follow(problem, steps)[2]
    assert isinstance(outcome, Proposal)
    assert outcome.evidence.claims[0].engine == "z3"


def test_a_problem_with_a_premise_that_cannot_be_read_is_left_alone() -> None:
    problem = SHELF.replace("is the rightmost", "stands two places away from the honey jar")
    assert marks(problem, ["The salt jar is the third from the left."]) == "."


def test_steps_the_memory_missed_are_read_first() -> None:
    steps = [*STACK[:3], ") ; stack: [ ("]
    assert marks(BRACKETS, steps)[-1] == "x"
    assert marks(BRACKETS, [*STACK[:3], ") ; stack: ["]) == "++++"
