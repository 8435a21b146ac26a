"""Sorting, entailment, syllogisms, sets and dates."""

from itertools import pairwise

import pytest
from logic_cases import marks, refuted

WORDS = "Sort the following words alphabetically: List: plum pear fig peach"
LETTERS = 'The first letter: "plum": "p" (16). "pear": "p" (16). "fig": "f" (6). "peach": "p" (16).'
NOW = 'We now have: (6) "fig" < (16) ["plum" ? "pear" ? "peach"].'
FOCUS = (
    'Now let\'s sort this subpart ["plum" ? "pear" ? "peach"] by looking at their second letters.'
)
SECOND = 'The second letter: "plum": "l" (12). "pear": "e" (5). "peach": "e" (5).'
SPLIT = 'We now have: (5) ["pear" ? "peach"] < (12) "plum".'
HENCE = 'Hence, we have "fig" < ["pear" ? "peach"] < "plum".'


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([LETTERS, NOW, FOCUS, SECOND, SPLIT, HENCE], "++++++"),
        (["So the answer is fig peach pear plum"], "+"),
        (["So the answer is fig pear peach plum"], "x"),
        ([LETTERS.replace("(6)", "(7)")], "x"),
        ([LETTERS.replace('"pear": "p" (16). ', "")], "x"),
        ([LETTERS, 'We now have: (16) ["plum" ? "pear" ? "peach"] < (6) "fig".'], "+x"),
        ([LETTERS, NOW, FOCUS.replace('"plum" ? ', "")], "++x"),
        ([LETTERS, NOW, FOCUS, SECOND, SPLIT.replace('"pear" ? "peach"', '"pear"')], "++++x"),
        ([LETTERS, NOW, FOCUS, SECOND, SPLIT, HENCE.replace('"fig" < ', "")], "+++++x"),
        (["I like fruit."], "."),
    ],
)
def test_words_are_sorted_letter_by_letter(steps: list[str], expected: str) -> None:
    assert marks(WORDS, steps) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("Therefore, q.", "+"),
        ("Therefore, q & ~r.", "+"),
        ("Therefore, r.", "x"),
        ("Thus ~q.", "x"),
        ("Hence q -> r.", "x"),
        ("Therefore, we do not know whether r.", "."),
        ("Suppose p, so r.", "."),
        ("It would be a mistake to say: therefore, r.", "."),
        ("Is it so, therefore r?", "."),
        ("Is it so? Therefore, r.", "x"),
        ("We are given p. Therefore, r.", "x"),
        ("We are given p. Therefore, q.", "+"),
        ("Therefore, s.", "."),
        ("Logic is fun.", "."),
    ],
)
def test_formulas_must_follow_from_the_premises(step: str, expected: str) -> None:
    assert marks("Premises: p -> q, p, ~(q & r)\nShow: q", [step]) == expected


def test_an_assumption_is_kept_for_what_follows() -> None:
    problem = "Premises: p -> q, q -> r"
    assert marks(problem, ["Assume p.", "Therefore, r."]) == ".+"
    assert marks(problem, ["Assume q.", "Therefore, p."]) == ".x"
    # the other case of a proof by cases begins anew
    assert marks("Premises: p | r, p -> q", ["Assume p.", "Assume ~p.", "Therefore, r."]) == "..+"


LAMPS = (
    "Does the conclusion follow?\nStatements:\n"
    "If the lamp is on then the room is bright\n"
    "Either the lamp is on or else the lantern is lit, but not both\n"
    "The lantern is not lit\n"
    "Conclusion: the room is bright"
)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("Therefore, the lamp is on.", "+"),
        ("Therefore, the lamp is not on.", "x"),
        ("So the lantern is lit.", "x"),
        ("Conclusion: True", "+"),
        ("Conclusion: False", "x"),
        ("So the cat is asleep.", "."),
    ],
)
def test_english_clauses_are_formulas_too(step: str, expected: str) -> None:
    assert marks(LAMPS, [step]) == expected


@pytest.mark.parametrize(("premise", "expected"), [("Either the", "."), ("The", "x")])
def test_either_may_exclude_both_and_so_decides_nothing(premise: str, expected: str) -> None:
    problem = f"Statements:\n{premise} lamp is on or the lantern is lit.\nThe lamp is on.\n"
    for conclusion in ("the lantern is lit", "the lantern is not lit"):
        assert marks(problem, [f"Therefore, {conclusion}."]) == expected


def test_from_contradicting_premises_nothing_is_judged() -> None:
    assert marks("Premises: p -> q, p, ~q", ["Therefore, r & p.", "Therefore, q."]) == ".."


def test_more_atoms_than_a_table_holds_go_to_the_solver() -> None:
    names = "abcdefghijklmnopqr"
    premises = ", ".join(f"{one} -> {two}" for one, two in pairwise(names))
    assert marks(f"Premises: {premises}, a", ["Therefore, r."]) == "+"
    assert marks(f"Premises: {premises}, b", ["Therefore, a."]) == "x"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("P = T, Q = F: P -> Q = F", "+"),
        ("P = T, Q = F: P -> Q = T", "x"),
        ("P = F, Q = F: P <-> Q = T", "+"),
        ("P = F, Q = T: ~P & Q is false", "x"),
        ("P = T: P -> Q = T", "."),
    ],
)
def test_rows_of_truth_tables_are_evaluated(step: str, expected: str) -> None:
    assert marks("Give the truth table of P -> Q.", [step]) == expected


@pytest.mark.parametrize(
    ("premises", "step", "expected"),
    [
        ("All otters are swimmers. No swimmers are birds.", "Therefore, no otters are birds.", "+"),
        ("All otters are swimmers. No swimmers are birds.", "So some birds are otters.", "x"),
        ("All otters are swimmers. Some otters are pets.", "Thus some pets are swimmers.", "+"),
        ("All otters are swimmers. Some swimmers are pets.", "Thus some otters are pets.", "x"),
        ("All otters are swimmers. All swimmers are lucky.", "So some otters are lucky.", "+"),
        ("Every otter is a swimmer. Ollie is an otter.", "Hence Ollie is a swimmer.", "+"),
        ("Every otter is a swimmer. Ollie is a swimmer.", "Hence Ollie is an otter.", "x"),
        ("All otters are swimmers. All seals are swimmers.", "So all otters are seals.", "x"),
        ("All otters are swimmers. All seals are swimmers.", "So all otters are clever.", "."),
        ("All otters are swimmers. All seals are swimmers.", "All otters are seals.", "."),
    ],
)
def test_syllogisms_follow_or_not(premises: str, step: str, expected: str) -> None:
    assert marks(f"{premises} What follows?", [step]) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("A ∪ B = {1, 2, 3, 4}", "+"),
        ("A ∪ B = {1, 2, 4}", "x"),
        ("So A ∩ B = {3}.", "+"),
        ("So A ∩ B = {2, 3}.", "x"),
        ("A \\ B = {1, 2} and |A| = 3", "+"),
        ("|A ∪ B| = 5", "x"),
        ("3 ∈ A", "+"),
        ("4 is an element of A", "x"),
        ("4 ∉ A", "+"),
        ("{1, 2} ⊆ A", "+"),
        ("B ⊆ A", "x"),
        ("A × B = {1}", "."),
        ("P(A) = {1}", "."),
        ("A ∪ B ∩ A = {1}", "."),
        ("Is 4 in A?", "."),
    ],
)
def test_sets_are_worked_out(step: str, expected: str) -> None:
    assert marks("Let A = {1, 2, 3} and B = {3, 4}. Compare them.", [step]) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("10 days after March 5, 2024 is March 15, 2024.", "+"),
        ("10 days after March 5, 2024 is March 16, 2024.", "x"),
        ("10 days before 03/05/2024 is 02/24/2024.", "+"),
        ("2 weeks from today is 2024-03-19.", "+"),
        ("A month ago was 02/05/2024.", "+"),
        ("A month ago was 02/06/2024.", "x"),
        ("Tomorrow is March 6, 2024.", "+"),
        ("Yesterday was March 3, 2024.", "x"),
        ("March 5, 2024 is a Tuesday.", "+"),
        ("March 5, 2024 was a Wednesday.", "x"),
        ("2024 is a leap year.", "+"),
        ("1900 is a leap year.", "x"),
        ("February has 29 days.", "+"),
        ("February 2023 has 29 days.", "x"),
        ("There are 10 days between March 5, 2024 and March 15, 2024.", "+"),
        ("There are 14 days between March 5, 2024 and March 15, 2024.", "x"),
        ("10 days after March 5, 1400 is March 16, 1400.", "."),
        ("We need the date.", "."),
    ],
)
def test_dates_are_counted(step: str, expected: str) -> None:
    assert marks("Today is March 5, 2024. What is the date 10 days from now?", [step]) == expected


def test_a_date_with_slashes_is_refuted_only_in_both_readings() -> None:
    problem = "What is the date one day after 05/06/2024?"
    assert marks(problem, ["1 day after 05/06/2024 is 06/06/2024."]) == "+"
    assert marks(problem, ["1 day after 05/06/2024 is 05/07/2024."]) == "+"
    (claim,) = refuted(problem, ["1 day after 05/06/2024 is 05/08/2024."])
    assert claim.expected == "2024-05-07 or 2024-06-06"
