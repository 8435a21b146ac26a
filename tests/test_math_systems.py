"""Linear systems and inequalities with an unknown, through the plugin's front door."""

import pytest
from test_math_claims import flags, judge, proofs

FALSE = [
    ("system", ("x + y = 10", "x - y = 2", "Solving, we get x = 7.")),
    ("system", ("2a + 3b = 12 and a - b = 1.", "Adding them, we get $a = 4$.")),
    ("system", ("x + y = 10", "x - y = 2", "Solving the system, (x, y) = (7, 3).")),
    ("system", ("x + y = 10", "x - y = 2", "So (x, y) = (8, 8).")),
    ("inequality-step", ("We have 3x + 5 < 20.", "So 3x < 15.", "Dividing by 3, x < 7.")),
    ("inequality-step", ("We have -2x < 6.", "Dividing both sides by -2, x < -3.")),
    ("inequality-step", (r"$4(n - 1) \ge 12 \implies 4n \ge 8$",)),
]
FINE = [
    ("x + y = 10", "x - y = 2", "Solving, we get x = 6.", "So y = 4."),
    ("x + y = 10", "x - y = 2", "Solving the system, (x, y) = (6, 4)."),
    ("x + y = 10", "x - y = 2", "If x = 7, we get too much."),
    ("x + y = 10", "x - y = 2", "We try (x, y) = (7, 3)."),
    ("x + y = 10", "2x + 2y = 21", "Solving, we get x = 7."),
    ("x + y = 10", "xy = 2", "Solving, we get x = 7."),
    ("x + y = 10", "x - y = 2", "x + 2y = 3", "Solving, we get x = 7."),
    ("0.5x + y = 10", "x - y = 2", "Solving, we get x = 7."),
    ("We have -2x < 6.", "Dividing both sides by -2, x > -3."),
    ("We have 3n + 1 > 8.", "So n > 2."),
    ("We have 3n + 1 > 8.", "So n >= 3."),
    ("We have 2x + 1 > 5 and x < 9.",),
    ("We have x > 4.", "So x + 8 > 0."),
    ("We have 3x < 12.", "Suppose x > 7."),
    (r"We need $2m - 8 > 0$ and $m > 9$.",),
]
HOSTILE = [
    "x + y = 10, x - y = 2. So " + "(x, y) = (7, 3), " * 900,
    "\n".join(f"{i}x + {i * i}y = {i}" for i in range(1, 300)) + "\nSolving, x = 3.",
    "9^9^9x < 3, so x < 1 so " + "x < 1, so " * 900,
    "(x, y) = (1/0, 3) x + y = 4",
    "(x, " * 4_000,
]


@pytest.mark.parametrize(("kind", "steps"), FALSE)
def test_what_does_not_follow_conflicts(kind: str, steps: tuple[str, ...]) -> None:
    assert [k for k, _ in flags(*steps)] == [kind]


@pytest.mark.parametrize("steps", FINE)
def test_no_conflict_where_there_is_none(steps: tuple[str, ...]) -> None:
    assert not any(proofs(outcome) for outcome in judge(*steps))


def test_the_evidence_names_the_solution_and_what_it_rests_on() -> None:
    (claim,) = proofs(judge("x + y = 10", "x - y = 2", "Solving, we get x = 7.")[-1])
    assert (claim.expected, claim.found, claim.rests_on) == ("x = 6", "x = 7", (0, 1))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back(text: str) -> None:
    assert len(judge(text)) == 1
