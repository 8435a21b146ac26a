"""`kill -9` at moments of a run: no delivered answer is lost, none is bought again.

`TRIAGE_KILLS=20 python -m pytest tests/test_judging_kill.py`; `TRIAGE_SEED` draws other moments.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from conftest import read_lines
from judging_kills import Life, Watch
from judging_runs import Runs, cases, panel_file

from triage.standin import Script, StandIn

KILLS = int(os.environ.get("TRIAGE_KILLS", "0"))
SEED = int(os.environ.get("TRIAGE_SEED", "4"))
STEPS = 300 * KILLS


def test_an_answer_is_lost_if_it_is_bought_again_though_a_living_process_had_it() -> None:
    life = Life(began=1.0, sure=1.9, killed=2.0)
    again = ("a", 3.0)
    assert life.lost([("a", 1.5), again]) == {"a"}
    assert life.lost([("a", 1.5)]) == set()
    assert life.lost([("a", 1.95), again]) == set(), "it came shortly before the kill"
    assert life.lost([("a", 0.999), again]) == set(), "it went to the process before, a dead one"


@pytest.mark.skipif(
    not KILLS or not Path("/proc/self/schedstat").exists(),
    reason="TRIAGE_KILLS does not say how often; it needs Linux's account of waiting processes",
)
def test_no_answer_that_was_delivered_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(SEED)
    lives: list[Life] = []
    began = 0.0
    with StandIn(Script(latency=0.05)) as server, Runs() as runs:
        panel_file(server)
        source = cases(STEPS)
        for _ in range(KILLS):
            enough = len(server.journal.deliveries) + draw.randint(1, 20)
            process = runs.start("run", source)
            watch = Watch(process)
            until = time.monotonic() + 120
            while len(server.journal.deliveries) < enough and time.monotonic() < until:
                watch.look()
            there, more = time.monotonic(), draw.uniform(0.1, 0.3)
            while watch.own_since(there) < more and time.monotonic() < until:
                watch.look()
            lives.append(Life(began, watch.sure(), time.monotonic()))
            os.kill(process, signal.SIGKILL)
            assert runs.wait(process) == -signal.SIGKILL, "the run ended before it was killed"
            began = time.monotonic()
        assert runs.run("run", source, "--out", "out.jsonl") == 0
        deliveries = list(server.journal.deliveries)
    assert len(read_lines(Path("out.jsonl"))) == STEPS
    assert len({key for key, _ in deliveries}) == STEPS
    for life in lives:
        kept, lost = life.kept(deliveries), life.lost(deliveries)
        ages = [
            round(life.killed - at, 3) for key, at in deliveries if key in lost and at < life.sure
        ]
        assert not lost, f"{len(lost)} of {len(kept)} were bought again, from {ages} s before"
    assert any(life.kept(deliveries) for life in lives), "all kills came too early"
    spread = [sum(at < life.killed for _, at in deliveries) for life in lives]
    assert len(set(spread)) == KILLS, "the moments are not spread over the run"
