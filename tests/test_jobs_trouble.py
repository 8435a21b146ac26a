"""Jobs that are killed, run out of money or wait for slow judges."""

import time
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDatabase, read_lines, run_triage, write_lines
from platform_cases import Platform, key_for, lines, platform_at, settings_file, stable, sums
from server_process import Server
from sqlalchemy import text

from triage.standin import Rule, Script, StandIn
from triage.store.database import open_store

KILLS = 2
"""Five, in a job of thousands, are in benchmarks/platforms/job_kills.py."""
COUNT = 40
KEYS = {"OPENAI_API_KEY": "x"}


def cases(count: int, prefix: str = "c") -> list[dict[str, Any]]:
    return [
        {"id": f"{prefix}{number}", "domain": "medical", "problem": f"Case {prefix}{number}?",
         "steps": [f"Point one of {prefix}{number}.", f"So it is {number}."]}
        for number in range(count)
    ]  # fmt: skip


def panel(standin: StandIn, more: str = "", price: str = "input = 1.0, output = 5.0") -> None:
    settings_file(
        f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{standin.url}/v1"\n'
        f"price = {{ {price} }}\nin_flight = 8\n"
        f'[plugins]\nworkers = 1\nblocked = ["math", "logic"]\n{more}'
    )


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def answers(url: str) -> list[tuple[str, int]]:
    """The questions that answers are stored for, each with how many."""
    engine = open_store(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT key, count(*) FROM judge_answers GROUP BY key"))
        found = [(row[0], row[1]) for row in rows]
    engine.dispose()
    return found


def test_a_job_killed_again_and_again_ends_like_one_that_was_not() -> None:
    rows = [*cases(COUNT), *sums(20), {"id": "bad"}]
    url = "sqlite:///triage.db"
    with StandIn(Script(latency=0.15)) as standin:
        panel(standin)
        engine = open_store(url)
        key = key_for(engine)
        engine.dispose()
        server = Server(url)
        platform = Platform(server.origin, key)
        job = platform.job(lines(rows), {"Idempotency-Key": "once"}).json()["id"]
        port = server.port
        for kills in range(1, KILLS + 1):
            goal = kills * 2 * COUNT // (KILLS + 2)
            end = time.monotonic() + 120
            while len(standin.journal.deliveries) < goal:
                assert time.monotonic() < end
                time.sleep(0.01)
            server.kill()
            platform.client.close()
            before = len(answers(url))
            server = Server(url, port)
            platform = Platform(server.origin, key)
            again = platform.job(lines(rows), {"Idempotency-Key": "once"}).json()
            assert again["id"] == job
            assert before > 0
        told = platform.until(job, "done")
        results = platform.results(job)
        platform.client.close()
        server.kill()
        assert told["traces"] == {"done": COUNT + 20, "rejected": 1}
        assert sorted(count for _, count in answers(url)) == [1] * (2 * COUNT)
        bought = standin.journal.bought()
        # what was under way at a kill was not stored, and may be asked again
        assert len(bought) == 2 * COUNT
        assert sum(bought.values()) <= 2 * COUNT + KILLS * 8
        ran = run_triage(
            "run", write_lines(Path("in.jsonl"), rows), "--db", "sqlite:///other.db",
            "--out", "out.jsonl",
        )  # fmt: skip
        assert ran.status == 3, ran.err
    assert stable(results) == stable(read_lines(Path("out.jsonl")))


def test_a_job_never_passes_its_limit_and_goes_on_with_more() -> None:
    with StandIn() as standin:
        panel(standin, "[jobs]\nbudget_usd = 0.5\n")
        with platform_at("sqlite:///triage.db") as (_, platform):
            made = platform.job(lines(cases(8)), hold=True, budget_usd=0.04).json()
            waiting = platform.until(made["id"], "waiting")
            (estimate,) = waiting["estimate"]
            assert (estimate["judge"], estimate["calls"], estimate["stored"]) == ("a", 16, 0)
            assert 0 < estimate["usd"] < estimate["worst_usd"]
            assert not standin.journal.deliveries
            platform.client.post(f"/jobs/{made['id']}/start")
            short = platform.until(made["id"], "at-limit")
            assert 0 < short["spent_usd"] <= 0.04
            bought = len(standin.journal.deliveries)
            assert 0 < bought < 16
            assert short["traces"].get("done", 0) < 8
            more = platform.client.post(f"/jobs/{made['id']}/start", params={"budget_usd": 0.4})
            assert more.json()["budget_usd"] == 0.4
            done = platform.until(made["id"], "done")
            assert done["traces"] == {"done": 8}
            asked = [key for key, _ in standin.journal.deliveries]
            assert len(asked) == len(set(asked)) == 16
            # another job with the same traces buys nothing
            again = platform.job(lines(cases(8))).json()
            assert again["budget_usd"] == 0.5
            assert platform.until(again["id"], "done")["spent_usd"] == 0
            assert len(standin.journal.deliveries) == 16
            too_much = platform.job(lines(cases(1)), budget_usd=0.6)
            assert too_much.status_code == 422
            assert "jobs.budget_usd" in too_much.json()["detail"]


def test_slow_and_broken_judges_block_nobody_and_never_become_a_label() -> None:
    rules = (
        Rule(match="Case slow", do="hang", seconds=3.0),
        Rule(match="Case broken", do="status", status=400),
    )
    with StandIn(Script(rules=rules)) as standin:
        panel(standin, "[jobs]\ncall_seconds = 30.0\n")
        with platform_at("sqlite:///triage.db") as (_, platform):
            platform.prelabel(cases(1, "warm"))
            began = time.monotonic()
            late = platform.prelabel(cases(2, "slow"), seconds=0.2)
            assert time.monotonic() - began < 2.5
            assert late["decisions"] == []
            assert {one["state"] for one in late["traces"]} == {"running"}
            assert [one["trace_id"] for one in late["traces"]] == ["slow0", "slow1"]
            began = time.monotonic()
            quick = platform.prelabel(cases(1, "quick"))
            assert time.monotonic() - began < 2.5
            assert quick["traces"][0]["state"] == "done"
            then = platform.prelabel(cases(2, "slow"))
            assert [one["state"] for one in then["traces"]] == ["done", "done"]
            asked = [key for key, _ in standin.journal.deliveries]
            assert len(asked) == len(set(asked))
            broken = platform.prelabel(cases(1, "broken"))
            assert broken["traces"][0]["state"] == "failed"
            assert "medical:a" in broken["traces"][0]["why"]
            for row in broken["decisions"]:
                assert row["label"] is None
                assert row["failed"][0]["source"] == "medical:a"
            job = platform.job(lines([*cases(1, "broken"), *cases(1, "quick")])).json()["id"]
            told = platform.until(job, "done")
            assert told["traces"] == {"failed": 1, "done": 1}
            failed = platform.get(f"/jobs/{job}/traces", state="failed").json()["traces"]
            assert [one["trace_id"] for one in failed] == ["broken0"]


def test_cancelling_keeps_what_was_answered_and_asks_no_more() -> None:
    with StandIn(Script(latency=0.2)) as standin:
        panel(standin)
        with platform_at("sqlite:///triage.db") as (_, platform):
            job = platform.job(lines(cases(200))).json()["id"]
            end = time.monotonic() + 60
            while len(standin.journal.deliveries) < 10:
                assert time.monotonic() < end
                time.sleep(0.02)
            assert platform.client.post(f"/jobs/{job}/cancel").json()["state"] == "cancelled"
            time.sleep(1.5)
            bought = len(standin.journal.deliveries)
            told = platform.get(f"/jobs/{job}").json()
            assert told["state"] == "cancelled"
            assert told["traces"]["cancelled"] > 100
            platform.client.post(f"/jobs/{job}/start")
            assert platform.until(job, "done")["traces"] == {"done": 200}
            asked = [key for key, _ in standin.journal.deliveries]
            assert len(asked) == len(set(asked)) == 400
            assert bought < 200


def test_two_servers_on_one_postgresql_store_share_the_work(new_database: NewDatabase) -> None:
    settings_file("[plugins]\nworkers = 1\n")
    url = new_database()
    with platform_at(url) as (one, platform):
        other = Server(url)
        try:
            key = platform.client.headers["Authorization"].partition(" ")[2]
            beside = Platform(other.origin, key)
            job = beside.job(lines(sums(5, "two"))).json()["id"]
            assert platform.until(job, "done")["traces"] == {"done": 5}
            one.kill()
            job = beside.job(lines(sums(5, "left"))).json()["id"]
            assert beside.until(job, "done")["traces"] == {"done": 5}
            beside.client.close()
        finally:
            other.kill()
