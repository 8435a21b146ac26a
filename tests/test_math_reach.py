"""Newer claims of the math plugin: each refuted where it is false, and silent where it is not."""

import pytest
from test_math_claims import flags, judge

from triage.records import Proposal

COMPLEX = "Work with complex numbers a + bi."
STORY = "A film lasts 3 hours and a talk 25 minutes. Mia pays $40, gets 15% off and brings 7 feet."

FALSE = [
    (COMPLEX, ("So (2 + i)(3 - i) = 6 - 2i + 3i - i^2 = 5 + i.",), ["arithmetic"]),
    (COMPLEX, ("Here i^6 = 1.",), ["arithmetic"]),
    ("", ("The roots are (-6 ± √20)/2 = -6 ± √5.",), ["arithmetic"]),
    ("", (r"Then \frac{18 \div 6}{24 \div 6} = \frac{3}{6}.",), ["arithmetic"]),
    ("", ("The area is 2.5 * 3.125 = 7.8175.",), ["arithmetic"]),
    ("", ("It ranges from 1 * 1 = 1 to 4 * 4 = 18.",), ["arithmetic"]),
    ("", ("The volume is 3 * 5 = approximately 18.",), ["arithmetic"]),
    ("", ("The walls: 12 sq. ft. + 9 sq. ft. + 6 sq. ft. = 29 sq. ft. in all.",), ["arithmetic"]),
    ("", ("The GCD of 24 and 36 is 6.",), ["common-divisor"]),
    ("", ("The least common multiple of 4, 6 and 9 is 18.",), ["common-divisor"]),
    ("", ("We find the greatest common divisor of 84 and 126. We see that the GCD is 14.",),
     ["common-divisor"]),
    ("", ("Since 51 and 34 do not share any other common factors, we stop.",), ["common-divisor"]),
    ("", ("Both 27 and 31 are divisible by 3.",), ["divisibility"]),
    ("", ("If k = 4, we get 28, which is not a multiple of 7.",), ["divisibility"]),
    ("", ("When 45 is divided by 7, the remainder is 2.",), ["remainder"]),
    ("", ("45 ÷ 7 = 6 with a remainder of 2 (we checked it).",), ["remainder"]),
    ("Write it in base 3.", ("So 145 ÷ 9 = 16 remainder 2.",), ["remainder"]),
    ("", ("Expanding this, we get: (p + 3)^2 = p^2 + 5p + 8.",), ["expansion"]),
    ("", ("Canceling like terms, we get 4n + 7 - 4n = 2n.",), ["expansion"]),
    ("", ("We have P = 3(a + 2) - a",  "= 3a + 6 + a"), ["zero-only"]),
    ("", ("The sum is 3 * 5 + 4", "So 3 * 5 + 4 = 15 + 4", "= 18"), ["arithmetic"]),
    ("", ("Let f(x) = x^2 + 3ax + 1.", "So f(2) = 6a + 4."), ["function-value"]),
    ("Let f(x) = x + 1 and g(x) = 2x.", ("So g(f(4)) = g(6).",), ["function-value"]),
    ("", ("We have a + b = 9.", "Also 2a - b = 3.", "Adding the equations gives 3a = 14."),
     ["derivation"]),
    ("", ("Swapping gives x = 6 - 2y.", "Solving this for y gives y = (x - 6)/2."), ["derivation"]),
    (STORY, ("In all it takes 3 + 25 = 28 hours.",), ["mixed-units"]),
    (STORY, ("In all it takes 3 hours + 25 minutes = 28 minutes.",), ["mixed-units"]),
    (STORY, ("She pays $40 + $7 = $47.",), ["mixed-units"]),
    (STORY, ("She pays 40 - 15 = $25.",), ["mixed-units"]),
]  # fmt: skip
NOT_FALSE = [
    (COMPLEX, ("So (2 + i)(3 - i) = 6 - 2i + 3i - i^2 = 7 + i, and i^6 = -1.",)),
    ("Sum a_i = 2i for i = 1 to 3.", ("The second term is 2(2) = 4, and 2i = 6 for i = 3.",)),
    ("", ("The roots are (-6 ± √20)/2 = -3 ± √5.",)),
    ("", ("x = 3 ± 1, so x = 4 or x = 2.",)),
    ("", ("The GCD of 24 and 36 is 2^2 * 3 = 12. The LCM of 4 and 6 is 12.",)),
    ("", ("8 and 15 are coprime; 12 and 18 are divisible by 6.",)),
    ("", ("Check if 12 and 18 are divisible by 5.",)),
    ("Write it in base 3.", ("Then 12 / 2 = 11 remainder 0.",)),
    ("", ("We have x + y = 9 and x - y = 1.", "Adding the equations gives 2x = 10.", "So x = 5.")),
    ("", ("First x + y = 5 and x - y = 1.", "Case 2: x + y = 7.", "Adding gives 2x = 8.")),
    ("", ("One line is y = 2x + 1.", "Another line is y = 2x + 5, so y - 2x = 5.")),
    ("", ("Here 5 - a = 3 or 5 - a = -3.", "Solving the second equation, 5 - a = -3, a = 8.")),
    ("", ("Simplify the equation (x + 1)^2 = 4x: x^2 + 2x + 1 = 4x.",)),
    (STORY, ("In all it takes 3 hours + 25 minutes = 205 minutes.",)),
    (STORY, ("She pays $40 - $6 = $34.", "7 years later it is 34 + 6 = 40 dollars.")),
    ("A box weighs $40 \\mathrm{~g}$.", ("So 40 - 0 = 40 g.",)),
    ("", ("- 4 + 3 = -1",)),
    ("", ("- 4 + 3 = 7",)),
    ("", ("Is 3 + 4 = 8? No, it is 7.",)),
    ("", ("If 1 + 1 = 3 then all is lost.",)),
    ("", ("Step 3 - 4 + 5 = 9",)),
    ("", ("The sum is 2-1/2 + 1-1/2 = 4.",)),
    ("", ("It runs from 3 pm - 11 am = 4 hours.",)),
    ("", ("So it is 5 × 10-3 m = 5 mm.",)),
    ("", ("Take 7 away on both sides, which leaves -3y = x - 7.",)),
    ("", ("It takes 20.1 / 3 = 6.7000000000000002 hours.",)),
]


@pytest.mark.parametrize(("problem", "steps", "kinds"), FALSE)
def test_what_is_false_is_refuted(problem: str, steps: tuple[str, ...], kinds: list[str]) -> None:
    assert [kind for kind, _ in flags(*steps, problem=problem or "Work it out.")][:1] == kinds


@pytest.mark.parametrize(("problem", "steps"), NOT_FALSE)
def test_what_is_true_or_open_is_silent(problem: str, steps: tuple[str, ...]) -> None:
    outcomes = judge(*steps, problem=problem or "Work it out.")
    assert not any(isinstance(o, Proposal) and o.label for o in outcomes)


def test_a_calculation_may_go_on_in_the_next_step() -> None:
    (_, second) = judge("We simplify: E = 2(n + 3) - n", "= 2n + 6 - n")
    assert isinstance(second, Proposal)
    assert [c.verdict.value for c in second.evidence.claims] == ["supported"]
    assert second.evidence.claims[0].rests_on == (0,)


def test_numbers_of_the_problem_are_exact_beside_a_rounded_result() -> None:
    claim = "So t = 4.5 / 0.37 ≈ 12.4."
    assert flags(claim, problem="He runs 4.5 miles at 0.37 miles a minute.") != []
    assert flags(claim, problem="How long does he run?") == []
