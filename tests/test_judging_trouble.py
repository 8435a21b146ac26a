"""No trouble on the way becomes a label, and none costs more than its own step."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from judging_cases import judge, kinds, ledger_at, run, trace
from judging_kills import Life, Watch
from triage_medical import isolated

from triage.judging.calls.patience import Patience
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k")


@pytest.mark.parametrize(
    ("act", "why", "calls"),
    [
        (Act.NOT_JSON, "not-json", 2),
        (Act.WRONG_SCHEMA, "bad-schema", 2),
        (Act.CUT, "cut", 2),
        (Act.REFUSAL, "refusal", 1),
    ],
)
def test_a_broken_reply_is_asked_again_once_and_never_becomes_a_label(
    tmp_path: Path, act: Act, why: str, calls: int
) -> None:
    engine = ledger_at(tmp_path)
    with StandIn(Script(rules=(Rule(do=act),))) as server:
        found = run(engine, [judge(server)], isolated, [trace(steps=1)])
        assert server.journal.asked.total() == calls
        url = server.url
    assert kinds(found) == {why: 1}
    with StandIn(port=int(url.rpartition(":")[2])) as server:
        found = run(engine, [judge(server)], isolated, [trace(steps=1)])
        assert server.journal.asked.total() == (0 if act is Act.REFUSAL else 1)
    assert kinds(found) == {("refusal" if act is Act.REFUSAL else "Proposal"): 1}


def test_trouble_that_passes_costs_no_step_and_buys_nothing_twice(tmp_path: Path) -> None:
    rules = (
        Rule(do=Act.STATUS, status=429, retry_after=0.2, share=0.15),
        Rule(do=Act.STATUS, status=500, share=0.1),
        Rule(do=Act.DISCONNECT, share=0.05, times=1),
    )
    with StandIn(Script(rules=rules)) as server:
        found = run(ledger_at(tmp_path), [judge(server)], isolated, [trace(i) for i in range(15)])
        assert server.journal.statuses[429] > 0
        assert server.journal.statuses[500] > 0
        assert max(server.journal.bought().values()) == 1
    assert kinds(found) == {"Proposal": 60}


def test_a_hang_costs_its_own_step_alone(tmp_path: Path) -> None:
    rules = (Rule(do=Act.HANG, seconds=3, match="moves on.\n[0-9a-f]+>>\n*$", share=0.2),)
    with StandIn(Script(rules=rules)) as server:
        panel = [judge(server, timeout_seconds=1.5, attempts=1)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(i) for i in range(10)])
    counts = kinds(found)
    assert counts["timeout"] > 0
    assert counts["Proposal"] + counts["timeout"] == 40


def test_a_refused_key_stops_the_judge_and_not_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn(Script(keys=("k",))) as server:
        monkeypatch.setenv("WRONG_KEY", "wrong")
        panel = [
            judge(server, "bad", model="other", key_env="WRONG_KEY", in_flight=1),
            judge(server, "good"),
            judge(server, "none", key_env="NO_SUCH_VARIABLE"),
        ]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(i) for i in range(5)])
        assert server.journal.statuses[401] == 1, "one refusal says it all"
    assert kinds(found) == {"key-refused": 20, "Proposal": 20, "not-configured": 20}


def test_a_dead_endpoint_fails_in_time(tmp_path: Path) -> None:
    with StandIn() as server:
        gone = judge(server, deadline_seconds=2.0)
    found = run(ledger_at(tmp_path), [gone], isolated, [trace(i) for i in range(10)])
    assert kinds(found) == {"unreachable": 40}


def test_a_dead_endpoint_is_not_waited_for_by_every_question_again(tmp_path: Path) -> None:
    with StandIn() as server:
        gone = judge(server, deadline_seconds=40.0, in_flight=4)
    begun = time.monotonic()
    found = run(ledger_at(tmp_path), [gone], isolated, [trace(i) for i in range(100)])
    assert kinds(found) == {"unreachable": 400}
    # a hang guard: a hundred rounds of 40 s would take an hour
    assert time.monotonic() - begun < 300


def test_a_judge_that_goes_down_fails_as_its_calls_did(tmp_path: Path) -> None:
    up = Rule(match="of case 0 moves", do=Act.ANSWER)
    down = Script(rules=(up, Rule(do=Act.STATUS, status=503)))
    with StandIn(down) as server:
        panel = [judge(server, deadline_seconds=4.0, in_flight=4)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(i) for i in range(30)])
    assert kinds(found) == {"Proposal": 4, "server-error": 116}


def test_a_hang_is_noticed_by_what_other_calls_take() -> None:
    patience = Patience(90.0)
    assert patience.seconds(0) == 90.0, "nothing is known yet"
    for _ in range(60):
        patience.came(0.5)
    assert patience.seconds(0) == 10.0
    assert patience.seconds(1) == 20.0, "asked again, it may take longer"
    patience.came(5.0)
    assert patience.seconds(0) == 20.0
    assert patience.seconds(5) == 90.0, "never longer than the judge's own limit"


def test_a_provider_that_is_slow_is_not_taken_for_one_that_hangs() -> None:
    patience = Patience(90.0)
    for _ in range(60):
        patience.came(0.5)
    for _ in range(5):
        patience.gave_up()
    assert patience.seconds(0) == 90.0


KILLED = """
import asyncio, sys
from pathlib import Path
from typing import Any
from judging_cases import judge, ledger_at, propose, trace
from triage.judging import Judge, Judging, Price
from triage_medical import isolated

async def main():
    panel = [Judge(name="a", provider="openai", model="stand-in", url=sys.argv[1] + "/v1",
                   in_flight=16, price=Price(input=1, output=5))]
    async with Judging(ledger_at(Path(sys.argv[2])), panel) as judging:
        await propose(judging, isolated, [trace(i) for i in range(40)])

asyncio.run(main())
"""


def test_kill_9_loses_no_answer_that_was_delivered(tmp_path: Path) -> None:
    ledger_at(tmp_path).dispose()
    command = [sys.executable, "-c", KILLED]
    places = os.pathsep.join(str(ROOT / part) for part in ("", "plugins", "tests"))
    environment = os.environ | {"PYTHONPATH": places}
    lives: list[Life] = []
    began = 0.0
    with StandIn(Script(latency=0.1)) as server:
        arguments = [*command, server.url, str(tmp_path)]
        for _ in range(2):
            process = subprocess.Popen(arguments, env=environment, cwd=ROOT)
            watch = Watch(process.pid)
            life = Life(began, 0.0, 0.0)
            while len(life.kept(server.journal.deliveries)) < 10 and process.poll() is None:
                watch.look()
                life = Life(began, watch.sure(), time.monotonic())
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, "it ended before it was killed"
            lives.append(life)
            began = time.monotonic()
        subprocess.run(arguments, env=environment, cwd=ROOT, check=True, timeout=60)
        deliveries = server.journal.deliveries
    assert len({key for key, _ in deliveries}) == 160
    assert not [life.lost(deliveries) for life in lives if life.lost(deliveries)], "bought again"
