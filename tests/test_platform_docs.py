"""The examples for platform engineers, run as they stand; and the client that they use."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_cases import Platform, lines, platform_at, settings_file, sums

from triage.client import ApiError, Client
from triage.records import Label
from triage.records.job import JobState, TraceState

PAGE = (Path(__file__).parent.parent / "docs" / "platforms.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The code behind a mark of the page."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("docs"))
        settings_file("[plugins]\nworkers = 1\n")
        with platform_at("sqlite:///triage.db") as (server, found):
            key = found.client.headers["Authorization"].partition(" ")[2]
            patch.setenv("TRIAGE_URL", server.origin)
            patch.setenv("TRIAGE_KEY", key)
            yield found


@pytest.fixture
def client(platform: Platform) -> Iterator[Client]:
    with Client(os.environ["TRIAGE_URL"], os.environ["TRIAGE_KEY"]) as made:
        yield made


def shell(script: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_few_traces_by_curl(platform: Platform) -> None:
    told = json.loads(shell(example("prelabel")))
    assert [(row["trace_id"], row["step"]) for row in told["decisions"]] == [
        ("q-17", 0), ("q-17", 1),
    ]  # fmt: skip
    assert told["decisions"][0]["label"] == "incorrect"
    assert told["traces"][0]["state"] == "done"


def test_a_job_by_curl(platform: Platform) -> None:
    Path("traces.jsonl").write_bytes(lines([*sums(3), {"id": "bad"}]))
    rejected = json.loads(shell(example("job")))
    assert [row["trace_id"] for row in rejected["traces"]] == ["bad"]
    rows = [json.loads(line) for line in Path("decisions.jsonl").read_text().splitlines()]
    assert [row["trace_id"] for row in rows] == ["s0", "s0", "s1", "s1", "s2", "s2"]


def test_both_from_python(platform: Platform) -> None:
    done = subprocess.run(
        [sys.executable, "-c", example("python")], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second, *rows = done.stdout.splitlines()
    assert "incorrect" in first
    assert second.startswith("done")
    assert len(rows) == 3


def test_the_examples_of_the_api_s_description_work(platform: Platform) -> None:
    told = platform.client.get(f"{os.environ['TRIAGE_URL']}/openapi.json").json()
    forms = told["components"]["schemas"]
    traces = forms["PrelabelSent"]["properties"]["traces"]["examples"][0]
    assert platform.prelabel(traces)["traces"][0]["state"] == "done"
    url = forms["WebhookSent"]["properties"]["url"]["examples"][0]
    # a name that the machine of a test can't find
    assert platform.client.post("/webhooks", json={"url": url}).status_code == 422


def test_the_client_gives_records(client: Client, tmp_path: Path) -> None:
    rows = sums(4, "client")
    at_once = client.prelabel(rows[:2])
    assert [one.state for one in at_once.traces] == [TraceState.DONE] * 2
    assert at_once.decisions[1].label is Label.INCORRECT
    job = client.submit([*rows, {"id": "no"}], hold=True, request_key="c-1")
    assert client.submit([*rows, {"id": "no"}], hold=True, request_key="c-1").id == job.id
    assert client.wait(job.id, timeout=60, poll=0.05).state is JobState.WAITING
    client.start(job.id)
    done = client.wait(job.id, timeout=60, poll=0.05)
    assert (done.state, done.traces) == (
        JobState.DONE, {TraceState.DONE: 4, TraceState.REJECTED: 1},
    )  # fmt: skip
    assert [row.trace_id for row in client.results(job.id)] == [
        row["id"] for row in rows for _ in row["steps"]
    ]
    assert [one.trace_id for one in client.traces(job.id, TraceState.REJECTED)] == ["no"]
    assert job.id in {one.id for one in client.jobs()}
    again = client.submit(lines(rows))
    assert client.wait(again.id, timeout=60, poll=0.05).state is JobState.DONE
    assert client.webhooks() == ()


def test_the_client_says_what_went_wrong(client: Client) -> None:
    cases: list[tuple[Any, int, str]] = [
        (lambda: client.job("none"), 404, "not-found"),
        (lambda: list(client.results("none")), 404, "not-found"),
        (lambda: client.cancel("none"), 404, "not-found"),
        (lambda: client.add_webhook("http://127.0.0.1/"), 422, "refused"),
        (lambda: client.submit(file="/etc/passwd"), 422, "no-such-file"),
        (lambda: client.submit(b""), 422, "no-input"),
    ]
    for call, status, kind in cases:
        with pytest.raises(ApiError) as why:
            call()
        assert (why.value.status, why.value.kind) == (status, kind)
    for no_rows in ("traces.jsonl", Path("traces.jsonl"), {"problem": "p", "steps": ["s"]}):
        with pytest.raises(TypeError, match="read the file"):
            client.submit(no_rows)  # type: ignore[arg-type]
    with (
        Client(os.environ["TRIAGE_URL"], "wrong") as stranger,
        pytest.raises(ApiError, match="sign in"),
    ):
        stranger.job("none")
    for ask in (lambda one: one.job("none"), lambda one: list(one.results("none"))):
        with Client("http://127.0.0.1:9", "key") as nowhere, pytest.raises(ApiError) as why:
            ask(nowhere)
        assert (why.value.status, why.value.kind) == (None, "unreachable")
