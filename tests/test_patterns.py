"""Regular expressions read the same on every Python that is supported."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_group_is_possessive() -> None:
    # up to Python 3.11.4 a possessive group whose last round fails half-way loses its place
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("triage", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\)[*+?]\+", line)
    ]
    assert not found
