"""`kill -9` at moments of a run: no delivered answer is lost, none is bought again.

`TRIAGE_KILLS=20 python -m pytest tests/test_judging_kill.py`, on a machine with nothing else to do.
"""

import os
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import read_lines
from judging_runs import Runs, cases, panel_file

from triage.standin import Script, StandIn

KILLS = int(os.environ.get("TRIAGE_KILLS", "0"))
STEPS = 120 * KILLS
OWN_SECONDS = 0.1
"""Within so much time of its own a process has an answer on disk. What it waits for a processor
that other programs have does not count."""

Deliveries = Sequence[tuple[str, float]]


class Life(NamedTuple):
    """A process that was killed; moments of the clock that the deliveries have.

    Attributes:
        began: When the process before it was gone. Until then the system takes in answers for one
            that is dead already: nobody could have kept them.
        sure: What was delivered before this has to be on disk.
        killed: When it was killed.
    """

    began: float
    sure: float
    killed: float

    def kept(self, deliveries: Deliveries) -> set[str]:
        """The questions whose answers it must have kept."""
        return {key for key, at in deliveries if self.began < at < self.sure}

    def lost(self, deliveries: Deliveries) -> set[str]:
        """Those of them that were bought again."""
        return self.kept(deliveries) & {key for key, at in deliveries if at > self.killed}


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
    draw = random.Random(4)
    lives: list[Life] = []
    began = 0.0
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
            lives.append(Life(began, _safe_until(waits), time.monotonic()))
            os.kill(process, signal.SIGKILL)
            assert runs.wait(process) == -signal.SIGKILL, "the run ended before it was killed"
            began = time.monotonic()
        assert runs.run("run", source, "--out", "out.jsonl") == 0
        deliveries = list(server.journal.deliveries)
    assert len(read_lines(Path("out.jsonl"))) == STEPS
    assert len({key for key, _ in deliveries}) == STEPS
    for life in lives:
        kept, lost = life.kept(deliveries), life.lost(deliveries)
        assert not lost, f"{len(lost)} of {len(kept)} answers were bought again"
    assert any(life.kept(deliveries) for life in lives), "all kills came too early"
    spread = [sum(at < life.killed for _, at in deliveries) for life in lives]
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
