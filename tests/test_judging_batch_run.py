"""`triage run` with judges that answer in batches: waits or leaves, resumes, asks what lacks."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, write_lines
from judging_runs import Runs

from triage.plugins import installed
from triage.standin import Script, StandIn
from triage.standin.script import Batches

pytestmark = pytest.mark.skipif(
    "medical" not in {entry.name for entry in installed()},
    reason="the judge plugins are not installed: pip install -e . again",
)
STEPS = 12


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("runs"))
        patch.setenv("WRONG_KEY", "wrong")
        with Runs() as started:
            yield started


@pytest.fixture(autouse=True)
def _store_of_its_own(runs: Runs) -> None:
    for left in Path().glob("triage.db*"):
        left.unlink()


def panel(server: StandIn, provider: str, more: str = "") -> None:
    url = f"{server.url}/v1" if provider == "openai" else server.url
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "{provider}"\nmodel = "m"\nurl = "{url}"\nbatch = true\n'
        f"poll_seconds = 0.1\nprice = {{ input = 1.0, output = 5.0 }}\n{more}"
        '[plugins]\nworkers = 1\nblocked = ["math", "logic", "clinical", "citations"]\n',
        encoding="utf-8",
    )


def run(runs: Runs, *more: str) -> tuple[int, str]:
    """A run over the traces: its exit status and what it told."""
    rows = [
        {
            "id": f"t{number}",
            "domain": "medical",
            "problem": f"Case {number}: what follows?",
            "steps": [f"Point {index} of {number}." for index in range(3)],
        }
        for number in range(STEPS // 3)
    ]
    Path("stderr.txt").unlink(missing_ok=True)
    source = write_lines(Path("in.jsonl"), rows)
    status = runs.run("run", source, "--out", "out.jsonl", *more)
    return status, Path("stderr.txt").read_text(encoding="utf-8")


def said() -> list[Any]:
    """What the judge did with each step: the words of its failures, or a proposal."""
    return [
        row["proposals"][0]["source"] if row["proposals"] else row["failed"][0]["why"]
        for row in read_lines(Path("out.jsonl"))
    ]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_run_waits_for_its_batch_and_pays_half(runs: Runs, provider: str) -> None:
    with StandIn(Script(batches=Batches(seconds=0.3))) as server:
        panel(server, provider)
        status, told = run(runs, "--budget", "1")
        assert status == 0, told
        assert sum(server.journal.bought().values()) == STEPS
        assert server.journal.statuses[200] == 0, "no call was made outside of the batch"
        tokens = server.journal.tokens
    assert said() == ["medical:a"] * STEPS
    assert "handed in, 12 questions" in told
    assert "12 of 12 answered" in told
    whole = (tokens["input"] * 1.0 + tokens["output"] * 5.0) / 1e6
    paid = sum(row["proposals"][0]["cost_usd"] for row in read_lines(Path("out.jsonl")))
    assert paid == pytest.approx(whole / 2, abs=1e-6)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_run_that_does_not_wait_takes_the_answers_in_later(runs: Runs, provider: str) -> None:
    with StandIn(Script(batches=Batches(seconds=2.0))) as server:
        panel(server, provider)
        status, told = run(runs, "--no-wait")
        handed_in = time.monotonic()
        assert status == 3, told
        assert "12 questions are with providers' batches" in told
        assert said() == ["batch-pending"] * STEPS
        time.sleep(max(0.0, 2.0 - (time.monotonic() - handed_in)))
        status, told = run(runs, "--no-wait")
        assert status == 0, told
        assert max(server.journal.bought().values()) == 1
        assert server.journal.statuses[200] == 0
    assert said() == ["medical:a"] * STEPS


def test_a_run_that_is_killed_while_it_waits_finds_its_batch_again(runs: Runs) -> None:
    with StandIn(Script(batches=Batches(seconds=2.0))) as server:
        panel(server, "openai")
        rows = [{"id": "t", "domain": "medical", "problem": "What?", "steps": ["So.", "Thus."]}]
        source = write_lines(Path("in.jsonl"), rows)
        Path("stderr.txt").unlink(missing_ok=True)
        process = runs.start("run", source, "--out", "out.jsonl")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            told = Path("stderr.txt")
            if told.exists() and "handed in" in told.read_text(encoding="utf-8"):
                break
            time.sleep(0.01)
        os.kill(process, signal.SIGKILL)
        assert runs.wait(process) == -signal.SIGKILL
        assert runs.run("run", source, "--out", "out.jsonl") == 0
        assert "handed in" in Path("stderr.txt").read_text(encoding="utf-8")
        assert sorted(server.journal.bought().values()) == [1, 1]
    assert said() == ["medical:a"] * 2


def test_what_expired_is_handed_in_again_and_then_asked_directly(runs: Runs) -> None:
    with StandIn(Script(batches=Batches(expired_share=0.7))) as server:
        panel(server, "openai")
        status, told = run(runs)
        assert status == 0, told
        assert told.count("handed in") == 3
        bought = server.journal.bought()
        assert server.journal.statuses[200] > 0, "what is left after three rounds"
    assert sorted(bought.values()) == [1] * STEPS
    assert said() == ["medical:a"] * STEPS


def test_a_batch_that_is_refused_fails_the_judges_steps_and_no_others(runs: Runs) -> None:
    with StandIn(Script(keys=("k",))) as server:
        other = f'[judges.b]\nprovider = "openai"\nmodel = "n"\nurl = "{server.url}/v1"\n'
        panel(server, "openai", f'key_env = "WRONG_KEY"\n{other}')
        status, told = run(runs)
    assert status == 3
    assert "HTTP 401" in told
    for row in read_lines(Path("out.jsonl")):
        assert [one["source"] for one in row["proposals"]] == ["medical:b"]
        assert [(one["source"], one["why"]) for one in row["failed"]] == [
            ("medical:a", "key-refused")
        ]


def test_litellm_has_no_batches(runs: Runs) -> None:
    with StandIn() as server:
        panel(server, "litellm")
        status, told = run(runs)
    assert status == 2
    assert "only openai and anthropic have batches" in told
