"""The page about certificates is run as it stands."""

import re
import shlex
from pathlib import Path

import pytest
from certify_cases import give, ok, project, verdict, waiting
from conftest import write_lines

PAGE = (Path(__file__).parent.parent / "docs" / "certify.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


def test_every_command_of_the_page_works_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    traces, truth = project(errors=0.0, domains=("math", "logic"))
    write_lines(Path("traces.jsonl"), traces)
    experts = iter(["ann", "bob"])
    said = ""
    for command in COMMANDS:
        words = shlex.split(command)[1:]
        if words[:2] == ["queue", "import"]:
            expert = next(experts)
            write_lines(Path(words[2]), [verdict(at, truth[at], expert) for at in waiting()])
        said = ok(*words)
    assert len(COMMANDS) >= 12
    assert "holds" in said
    give([verdict(at, truth[at], "ann") for at in waiting()])
    assert "holds" in ok("audit", "status")


def test_every_option_of_the_plan_is_explained() -> None:
    options = set(re.findall(r"--[a-z-]+", ok("certify", "plan", "--help")))
    assert options - set(re.findall(r"`(--[a-z-]+)`", PAGE)) <= {
        "--db", "--config", "--json", "--help", "--alpha"
    }  # fmt: skip
