"""`triage run` with batches that go wrong: nothing is bought twice, and people are told why."""

import os
import random
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import read_lines
from judging_runs import Runs, cases
from sqlalchemy import create_engine, text

from triage.plugins import installed
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act, Batches

pytestmark = pytest.mark.skipif(
    "medical" not in {entry.name for entry in installed()},
    reason="the judge plugins are not installed: pip install -e . again",
)
STEPS = 10
PROVIDERS = pytest.mark.parametrize("provider", ["openai", "anthropic"])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("runs"))
        with Runs() as started:
            yield started


@pytest.fixture(autouse=True)
def _store_of_its_own(runs: Runs) -> None:
    for left in Path().glob("triage.db*"):
        left.unlink()


def panel(server: StandIn, provider: str, *judges: str) -> None:
    """A panel of judges at one endpoint with one model, told apart by more settings."""
    url = f"{server.url}/v1" if provider == "openai" else server.url
    tables = [
        f'[judges.{"abc"[number]}]\nprovider = "{provider}"\nmodel = "m"\nurl = "{url}"\n'
        "batch = true\npoll_seconds = 0.1\nattempts = 3\n"
        f"price = {{ input = 1.0, output = 5.0 }}\n{more}\n"
        for number, more in enumerate(judges or ("",))
    ]
    blocked = '[plugins]\nworkers = 1\nblocked = ["math", "logic", "clinical", "citations"]\n'
    Path("triage.toml").write_text("".join(tables) + blocked, encoding="utf-8")


def run(runs: Runs, *more: str) -> tuple[int, str]:
    """A run over ten steps: its exit status and what it told."""
    Path("stderr.txt").unlink(missing_ok=True)
    status = runs.run("run", cases(STEPS), "--out", "out.jsonl", *more)
    return status, Path("stderr.txt").read_text(encoding="utf-8")


def whys() -> set[str]:
    """Why steps were not judged; empty where every step has a proposal."""
    rows = read_lines(Path("out.jsonl"))
    assert len(rows) == STEPS
    assert all(row["proposals"] or row["failed"] for row in rows)
    return {one["why"] for row in rows for one in row["failed"]}


def balance() -> tuple[float, float]:
    """What was spent and what is still set aside, in US dollars."""
    engine = create_engine("sqlite:///triage.db")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT spent_nano, held_nano FROM judge_accounts")).one()
    engine.dispose()
    return row[0] / 1e9, row[1] / 1e9


def behave(server: StandIn, script: Script) -> None:
    """Have the stand-in follow another script from here on."""
    asked = urllib.request.Request(  # noqa: S310 - the stand-in's own address
        f"{server.url}/standin/script",
        data=script.model_dump_json().encode(),
        headers={"content-type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(asked, timeout=10) as reply:  # noqa: S310
        assert reply.status == 200


def half_price(server: StandIn) -> float:
    tokens = server.journal.tokens
    return (tokens["input"] * 1.0 + tokens["output"] * 5.0) / 2e6


@PROVIDERS
def test_results_that_are_broken_twice_or_nobodys_cost_no_step(runs: Runs, provider: str) -> None:
    plan = Batches(broken_share=0.3, twice_share=0.5, strangers=2)
    with StandIn(Script(batches=plan)) as server:
        panel(server, provider)
        status, told = run(runs, "--budget", "1")
        bought = server.journal.bought()
        assert len(bought) == STEPS
        assert sum(bought.values()) > STEPS, "what was broken is asked again"
    assert status == 0, told
    assert whys() == set()
    assert "10 of 10 answered" not in told
    assert balance()[1] == 0


@PROVIDERS
def test_a_batch_that_is_refused_as_a_whole_is_told_and_handed_in_by_the_next_run(
    runs: Runs, provider: str
) -> None:
    script = Script(batches=Batches(refused="too many tokens are enqueued"))
    with StandIn(script) as server:
        panel(server, provider)
        status, told = run(runs, "--budget", "1")
        assert status == 3
        assert "too many tokens are enqueued" in told
        assert server.journal.bought().total() == 0, "nothing is asked at the full price"
        assert balance() == (0, 0)
        assert len(whys()) == 1
        behave(server, Script())
        status, told = run(runs, "--budget", "1")
        assert max(server.journal.bought().values()) == 1
        assert server.journal.statuses[200] == 0
    assert status == 0, told
    assert whys() == set()


@PROVIDERS
def test_a_batch_that_was_taken_without_a_word_is_not_handed_in_again(
    runs: Runs, provider: str
) -> None:
    with StandIn(Script(batches=Batches(silent=1))) as server:
        panel(server, provider)
        status, told = run(runs, "--budget", "1")
        assert status == 3, told
        assert whys() == {"broken-off"}
        status, told = run(runs, "--budget", "1")
        assert sorted(server.journal.bought().values()) == [1] * STEPS
        assert balance() == pytest.approx((half_price(server), 0), abs=1e-6)
    assert status == 0, told
    assert whys() == set()


@PROVIDERS
def test_judges_at_one_endpoint_share_its_batches(runs: Runs, provider: str) -> None:
    script = Script(batches=Batches(seconds=0.5), items=r"<<\w+ step (\d+)")
    with StandIn(script) as server:
        panel(server, provider, "temperature = 0.1", "temperature = 0.9", "mode = 'trace'")
        status, told = run(runs, "--budget", "5", "--no-wait")
        assert status == 3, told
        time.sleep(0.5)
        status, told = run(runs, "--budget", "5")
        bought = server.journal.bought()
        assert sorted(bought.values()) == [1] * (STEPS * 2 + STEPS // 5)
        assert balance() == pytest.approx((half_price(server), 0), abs=1e-6)
    assert status == 0, told


@PROVIDERS
def test_two_runs_at_once_hand_in_once_and_pay_once(runs: Runs, provider: str) -> None:
    with StandIn(Script(batches=Batches(seconds=0.5))) as server:
        panel(server, provider)
        source = cases(STEPS)
        both = [
            runs.start("run", source, "--out", f"out{n}.jsonl", "--budget", "1") for n in range(2)
        ]
        assert [runs.wait(process) for process in both] == [0, 0]
        assert sorted(server.journal.bought().values()) == [1] * STEPS
        assert server.journal.statuses[200] == 0
        assert balance() == pytest.approx((half_price(server), 0), abs=1e-6)
    for n in range(2):
        rows = read_lines(Path(f"out{n}.jsonl"))
        assert [len(row["proposals"]) for row in rows] == [1] * STEPS


def test_a_reply_that_is_never_an_answer_is_not_handed_in_for_ever(runs: Runs) -> None:
    rules = (Rule(do=Act.NOT_JSON, match="Step text 4 of case 1"),)
    with StandIn(Script(rules=rules)) as server:
        panel(server, "openai")
        for handed_in in ("10 questions", "1 questions", "1 questions"):
            status, told = run(runs, "--no-wait")
            assert status == 3
            assert f"handed in, {handed_in}" in told
            assert server.journal.statuses[200] == 0
        status, told = run(runs, "--no-wait")
        assert "handed in" not in told
        assert server.journal.statuses[200] == 2, "it is asked directly, and once more"
    assert status == 3
    assert whys() == {"not-json"}


def test_what_a_model_does_not_take_is_not_handed_in_again(runs: Runs) -> None:
    rules = (Rule(do=Act.STATUS, status=400, match="Step text 4 of case 1"),)
    with StandIn(Script(rules=rules)) as server:
        panel(server, "openai")
        status, told = run(runs)
    assert status == 3
    assert told.count("handed in") == 1
    assert "1 request-refused (HTTP 400: stand-in: as the script says)" in told
    assert whys() == {"request-refused"}


def test_a_batch_that_is_gone_is_told_and_given_up_after_two_days(runs: Runs) -> None:
    with StandIn(Script(batches=Batches(seconds=60))) as server:
        panel(server, "openai")
        assert run(runs, "--no-wait", "--budget", "1")[0] == 3
        port = int(server.url.rpartition(":")[2])
    with StandIn(port=port) as server:
        status, told = run(runs, "--budget", "1")
        assert status == 3
        assert "is not known there: use the key it was handed in with" in told
        assert server.journal.bought().total() == 0
        engine = create_engine("sqlite:///triage.db")
        with engine.begin() as connection:
            connection.execute(text("UPDATE judge_batches SET at = at - 200000"))
        engine.dispose()
        held = balance()[1]
        status, told = run(runs, "--budget", "1")
        assert "is gone, its worst case is booked" in told
        assert balance() == pytest.approx((held + half_price(server), 0), abs=1e-6)
    assert status == 0, told
    assert whys() == set()


def test_a_run_that_is_interrupted_while_it_waits_takes_its_batch_in_later(runs: Runs) -> None:
    with StandIn(Script(batches=Batches(seconds=2.0))) as server:
        panel(server, "openai")
        Path("stderr.txt").unlink(missing_ok=True)
        process = runs.start("run", cases(STEPS), "--out", "out.jsonl", "--budget", "1")
        until = time.monotonic() + 60
        told = Path("stderr.txt")
        while time.monotonic() < until:
            if told.exists() and "handed in" in told.read_text(encoding="utf-8"):
                break
            time.sleep(0.01)
        os.kill(process, signal.SIGINT)
        assert runs.wait(process) == 130
        assert "Traceback" not in told.read_text(encoding="utf-8")
        status, said = run(runs, "--budget", "1")
        assert sorted(server.journal.bought().values()) == [1] * STEPS
        assert balance() == pytest.approx((half_price(server), 0), abs=1e-6)
    assert status == 0, said


@PROVIDERS
def test_kills_at_any_moment_lose_no_batch_and_no_money(runs: Runs, provider: str) -> None:
    moments = random.Random(os.environ.get("TRIAGE_SEED", "1"))
    source = cases(STEPS)
    with StandIn(Script(batches=Batches(seconds=0.4))) as server:
        panel(server, provider)
        for _ in range(int(os.environ.get("TRIAGE_KILLS", "6"))):
            process = runs.start("run", source, "--out", "out.jsonl", "--budget", "1")
            time.sleep(moments.uniform(0.1, 1.5))
            os.kill(process, signal.SIGKILL)
            runs.wait(process)
        status, told = run(runs, "--budget", "1")
        assert sorted(server.journal.bought().values()) == [1] * STEPS
        assert server.journal.statuses[200] == 0
        assert balance() == pytest.approx((half_price(server), 0), abs=1e-6)
    assert status == 0, told
    assert whys() == set()
