"""The docs of the guarantee: their example runs, and their recipe gives the product's draws."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage.guarantee import Promise, draw, plan_rising

DOCS = Path(__file__).parent.parent / "docs"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "guarantee.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "guarantee.md", "exec"), {})  # noqa: S102
    assert "True" in capsys.readouterr().out


def shuffled(name: str, seed: int, size: int, take: int) -> list[int]:
    def words() -> Iterator[int]:
        for counter in range(10**6):
            digest = hashlib.sha256(f"triage-draw/1|{name}|{seed}|{counter}".encode()).digest()
            yield from (int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24))

    stream, deck = words(), list(range(size))
    for place in range(take):
        bound = size - place
        word = next(word for word in stream if word < 2**64 - 2**64 % bound)
        other = place + word % bound
        deck[place], deck[other] = deck[other], deck[place]
    return deck[:take]


def test_the_recipe_of_the_proof_page_gives_the_draw() -> None:
    plan = plan_rising(
        Promise(300, 0.1, 0.1, stratum="math", attempts=2, attempt=2),
        safe_zone=120, safe_labels=20, zone=220, labels=50, safe_errors=2.0,
    )  # fmt: skip
    both = shuffled("math|2|safe", 11, 120, 20)
    both += [120 + rank for rank in shuffled("math|2|risky", 11, 100, 30)]
    assert draw(plan, 11) == [both[place] for place in shuffled("math|2|order", 11, 50, 50)]
