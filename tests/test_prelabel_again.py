"""The same call again: answered from memory, and yet never with what is no longer so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import run_triage, write_lines
from platform_cases import Platform, key_for, platform_at, settings_file, stable, sums
from server_process import Server

from triage.store.database import open_store
from triage.store.people.accounts import Role

URL = "sqlite:///triage.db"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Platform]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("again"))
        settings_file("[plugins]\nworkers = 1\n")
        with platform_at(URL) as found:
            yield found


def triage_says(*words: str) -> Any:
    ran = run_triage(*words)
    assert ran.status == 0, ran.err
    return ran


def twice(platform: Platform, rows: list[Any], **more: Any) -> Any:
    """What is said to a call that was answered before with the same."""
    first = platform.prelabel(rows, **more)
    assert platform.prelabel(rows, **more) == first
    return first


def test_a_verdict_shows_in_the_next_answer(running: tuple[Server, Platform]) -> None:
    _, platform = running
    before = twice(platform, sums(2, "judged"))
    triage_says("experts", "add", "ann", "--credential", "math")
    said = {"trace_id": "judged1", "step": 0, "label": "redundant", "expert": "ann",
            "mode": "blind", "at": "2026-11-23T10:00:00Z"}  # fmt: skip
    ran = run_triage("queue", "import", write_lines(Path("said.jsonl"), [said]))
    assert ran.status == 0, Path("said.rejects.jsonl").read_text()
    after = platform.prelabel(sums(2, "judged"))
    assert [row["final"] for row in before["decisions"]] == [None] * 4
    told = {(row["trace_id"], row["step"]): row["final"] for row in after["decisions"]}
    assert told["judged1", 0]["label"] == "redundant"
    assert told["judged0", 0] is None


def test_a_revised_trace_is_not_answered_for(running: tuple[Server, Platform]) -> None:
    _, platform = running
    old = sums(1, "revised")
    new = [old[0] | {"steps": ["1 + 1 = 3"]}]
    before = twice(platform, old)
    assert len(twice(platform, new, revise=True)["decisions"]) == 1
    refused = platform.prelabel(old)
    assert refused["decisions"] == []
    assert (refused["traces"][0]["state"], refused["traces"][0]["field"]) == ("rejected", "id")
    # and back again
    back = platform.prelabel(old, revise=True)["decisions"]
    assert stable(back) == stable(before["decisions"])


def test_a_forgotten_trace_is_forgotten_here_too(running: tuple[Server, Platform]) -> None:
    _, platform = running
    rows = sums(2, "gone")
    twice(platform, rows)
    triage_says("forget", "gone0")
    after = platform.prelabel(rows)
    assert [one["state"] for one in after["traces"]] == ["rejected", "done"]
    assert {row["trace_id"] for row in after["decisions"]} == {"gone1"}


def test_a_revoked_key_opens_nothing_from_that_moment(running: tuple[Server, Platform]) -> None:
    server, platform = running
    rows = sums(1, "key")
    first = platform.prelabel(rows)
    engine = open_store(URL)
    other = Platform(server.origin, key_for(engine, "other"))
    reader = Platform(server.origin, key_for(engine, "reader", Role.LEAD))
    engine.dispose()
    assert other.prelabel(rows) == first
    body = {"traces": rows}
    assert reader.client.post("/prelabel", json=body).status_code == 403
    triage_says("experts", "revoke", "other")
    assert other.client.post("/prelabel", json=body).status_code == 401
    assert platform.prelabel(rows) == first
    for one in (other, reader):
        one.client.close()


def test_what_is_no_call_is_refused_each_time(running: tuple[Server, Platform]) -> None:
    _, platform = running
    bad = json.dumps({"traces": sums(1, "odd"), "other": 1})
    for _ in range(2):
        reply = platform.client.post("/prelabel", content=bad)
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "other")
