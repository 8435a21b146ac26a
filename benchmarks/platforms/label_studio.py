"""How fast the ML backend answers Label Studio from the store, also while a job runs.

    python benchmarks/platforms/label_studio.py [--tasks 10000]

Makes a store of its own with invented traces, two judges' words on each step, and starts `triage
serve` on loopback. Prints `/predict` with all tasks in one request, and the slowest of `/health`
and `/setup`, alone and beside a job of other traces.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from triage.platforms.label_studio.forms.config import View, label_config
from triage.queue.people import admit, new_key
from triage.store.database import open_store, writing
from triage.store.people.accounts import Role

STEPS = 8
ROUNDS = 5


def row(name: str, number: int) -> dict[str, Any]:
    """A trace of made-up sums; two judges differ on some step of it."""
    steps = [f"Then {number} + {step} = {number + step}, says {name}." for step in range(STEPS)]
    proposals = [
        {
            "source": judge,
            "step_labels": [
                "incorrect" if judge == "b" and step == number % STEPS else "necessary"
                for step in range(STEPS)
            ],
            "confidences": [0.9] * STEPS,
            "explanations": [
                f"the sum of step {step + 1} is as it should be" for step in range(STEPS)
            ],
        }
        for judge in ("a", "b")
    ]
    return {"id": f"{name}-{number}", "domain": "math", "problem": f"Sums of {number}, {name}?",
            "steps": steps, "proposals": proposals}  # fmt: skip


def write(path: Path, name: str, count: int) -> Path:
    """A file of such traces."""
    lines = (json.dumps(row(name, number)) for number in range(count))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def timed(call: Callable[[], Any]) -> float:
    """The milliseconds that a call takes."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    count = parser.parse_args().tasks
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        traces = write(folder / "traces.jsonl", "a", -(-count // STEPS))
        job = write(folder / "job.jsonl", "b", 2_000)
        triage = [sys.executable, "-m", "triage"]
        subprocess.run([*triage, "run", traces], cwd=folder, check=True, capture_output=True)
        exported = ["export", "label-studio", "--steps", "all", "--out", "tasks.json"]
        subprocess.run([*triage, *exported], cwd=folder, check=True, capture_output=True)
        engine = open_store(f"sqlite:///{folder}/triage.db")
        with writing(engine) as connection:
            admit(connection, "benchmark", "bot", (), [Role.PLATFORM])
            key = new_key(connection, "benchmark", "bot")
        engine.dispose()
        log = folder / "serve.log"
        # a pipe that nobody reads would fill up, and stop the server
        with log.open("wb") as err:
            server = subprocess.Popen(
                [*triage, "serve", "--port", "0"], cwd=folder, stderr=err, env=os.environ
            )
            try:
                measure(origin_in(log), key, folder / "tasks.json", job, count)
            finally:
                server.terminate()
                server.wait()


def origin_in(log: Path) -> str:
    """Where the server listens, once it says so."""
    while True:
        for line in log.read_text(encoding="utf-8").splitlines():
            if "running on" in line:
                return str(json.loads(line)["said"].split()[3])
        time.sleep(0.1)


def measure(origin: str, key: str, tasks: Path, job: Path, count: int) -> None:
    """Ask a running server, and print what it took."""
    headers = {"Authorization": f"Bearer {key}"}
    client = httpx2.Client(base_url=origin, headers=headers, timeout=120)
    config = label_config(View.STEP, blind=False)
    made = json.loads(tasks.read_text(encoding="utf-8"))[:count]
    asked = {
        "tasks": [
            {"id": number, "data": one["data"], "project": 1, "annotations": [], "predictions": []}
            for number, one in enumerate(made, 1)
        ],
        "project": "1.1795416564",
        "label_config": config,
        "params": {"login": None, "password": None, "context": None},
    }
    body = json.dumps(asked).encode()
    setup = {"project": "1.1795416564", "schema": config, "hostname": "", "access_token": "x"}

    def predict() -> None:
        results = client.post("/label-studio/predict", content=body).json()["results"]
        if len(results) != count or not all(results):
            raise SystemExit(f"{sum(map(bool, results)):,} of {count:,} tasks have predictions")

    def small() -> tuple[list[float], list[float]]:
        health = [timed(lambda: client.get("/label-studio/health")) for _ in range(100)]
        return health, [timed(lambda: client.post("/label-studio/setup", json=setup))
                        for _ in range(100)]  # fmt: skip

    print(f"{count:,} tasks, a request of {len(body) / 1e6:.1f} MB")
    print(f"{'':32}{'median ms':>12}{'slowest ms':>12}")
    show("/predict, all in one request", [timed(predict) for _ in range(ROUNDS)])
    alone = small()
    content = {"Content-Type": "application/x-ndjson"}
    posted = client.post("/api/v1/jobs", content=job.read_bytes(), headers=content)
    posted.raise_for_status()
    time.sleep(2)
    beside = small()
    state = client.get(f"/api/v1/jobs/{posted.json()['id']}").json()["state"]
    show("/health", alone[0])
    show("/setup", alone[1])
    show(f"/health, job {state}", beside[0])
    show(f"/setup, job {state}", beside[1])
    show("/predict, beside the job", [timed(predict) for _ in range(ROUNDS)])


def show(what: str, milliseconds: list[float]) -> None:
    """Print a row."""
    print(f"{what:32}{statistics.median(milliseconds):12.1f}{max(milliseconds):12.1f}")


if __name__ == "__main__":
    main()
