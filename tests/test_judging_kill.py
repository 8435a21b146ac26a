"""`kill -9` at moments of a run: no delivered answer is lost, none is bought again.

`TRIAGE_KILLS=20 python -m pytest tests/test_judging_kill.py`, on a machine with nothing else to do.
"""

import itertools
import os
import random
import signal
import time
from pathlib import Path

import pytest
from conftest import read_lines
from judging_runs import Runs, cases, panel_file

from triage.standin import Script, StandIn

KILLS = int(os.environ.get("TRIAGE_KILLS", "0"))
STEPS = 120 * KILLS
OWN_SECONDS = 0.1
"""Within so much time of its own a process has an answer on disk. What it waits for a processor
that other programs have does not count."""

pytestmark = pytest.mark.skipif(
    not KILLS or not Path("/proc/self/schedstat").exists(),
    reason="TRIAGE_KILLS does not say how often; it needs Linux's account of waiting processes",
)


def test_no_answer_that_was_delivered_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(4)
    kills: list[tuple[float, float]] = []
    with StandIn(Script(latency=0.05)) as server, Runs() as runs:
        panel_file(server)
        source = cases(STEPS)
        for _ in range(KILLS):
            enough = len(server.journal.deliveries) + draw.randint(1, 20)
            process = runs.start("run", source)
            waits: list[tuple[float, float]] = []
            until = time.monotonic() + 120
            while len(server.journal.deliveries) < enough and time.monotonic() < until:
                _watch(process, waits)
            until = time.monotonic() + draw.uniform(0.1, 0.3)
            while time.monotonic() < until:
                _watch(process, waits)
            kills.append((_safe_until(waits), time.monotonic()))
            os.kill(process, signal.SIGKILL)
            assert runs.wait(process) == -signal.SIGKILL, "the run ended before it was killed"
        assert runs.run("run", source, "--out", "out.jsonl") == 0
        deliveries = list(server.journal.deliveries)
    assert len(read_lines(Path("out.jsonl"))) == STEPS
    assert len({key for key, _ in deliveries}) == STEPS
    safe = 0
    for (_, before), (sure, moment) in itertools.pairwise([(0.0, 0.0), *kills]):
        # what an earlier kill took from the wire had to be bought again: it counts from then on
        kept = {key for key, at in deliveries if before < at < sure}
        safe += len(kept)
        lost = kept & {key for key, at in deliveries if at > moment}
        assert not lost, f"{len(lost)} of {len(kept)} answers were bought again"
    assert safe > 0, "all kills came before anything could be kept"
    spread = [sum(at < moment for _, at in deliveries) for _, moment in kills]
    assert len(set(spread)) == KILLS, "the moments are not spread over the run"


def _watch(process: int, waits: list[tuple[float, float]]) -> None:
    """Note how long the process has waited for a processor so far, in seconds."""
    waited = int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    waits.append((time.monotonic(), waited))
    time.sleep(0.002)


def _safe_until(waits: list[tuple[float, float]]) -> float:
    """The last moment after which the process had its time."""
    end, waited = waits[-1]
    return max(
        (at for at, before in waits if (end - at) - (waited - before) >= OWN_SECONDS), default=0.0
    )
