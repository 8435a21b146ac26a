"""A job that is killed again and again, next to the same job left alone.

Hands a job of traces with sums, a fifth of them for a panel of judges (the stand-in on this
machine), to `triage serve`, ends the server with `kill -9` while the job runs, starts it anew, and
so on; then does the same job on another store without a kill. Compares all decisions, and counts
answers of judges that were bought although they were stored.

    python benchmarks/platforms/job_kills.py --traces 5000 --kills 5
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from platform_cases import Platform, key_for, lines, settings_file, stable, sums
from server_process import Server

from triage.standin import Script, StandIn
from triage.store.database import open_store

JUDGED = 5
"""One trace in so many is for judges."""


def rows_of(count: int) -> list[dict[str, Any]]:
    """Traces with sums, and cases for judges between them."""
    rows = sums(count, steps=4)
    for number in range(0, count, JUDGED):
        rows[number] = {
            "id": f"case{number}", "domain": "medical", "problem": f"Case {number}?",
            "steps": [f"Point one of {number}.", f"So it is {number}."],
        }  # fmt: skip
    return rows


def done_of(told: dict[str, Any]) -> int:
    """How many traces of a job are done."""
    counts: dict[str, int] = told["traces"]
    return counts.get("done", 0) + counts.get("failed", 0)


def run(url: str, body: bytes, count: int, kills: int) -> tuple[list[dict[str, Any]], float]:
    """Do the job, with so many kills on its way; gives its decisions and the time it took."""
    engine = open_store(url)
    key = key_for(engine)
    engine.dispose()
    server = Server(url)
    platform = Platform(server.origin, key)
    began = time.perf_counter()
    job = platform.job(body).json()["id"]
    for number in range(1, kills + 1):
        while done_of(platform.get(f"/jobs/{job}").json()) < number * count // (kills + 1):
            time.sleep(0.02)
        port = server.port
        server.kill()
        platform.client.close()
        server = Server(url, port)
        platform = Platform(server.origin, key)
    told = platform.until(job, "done", seconds=3_600)
    seconds = time.perf_counter() - began
    results = platform.results(job)
    platform.client.close()
    server.kill()
    print(f"{kills} kills: {seconds:6.1f} s, {told['traces']}, {len(results):,} decisions")
    return results, seconds


def bought_again(url: str) -> int:
    """How many questions have more than one stored answer."""
    engine = open_store(url)
    with engine.connect() as connection:
        query = "SELECT key, count(*) FROM judge_answers GROUP BY key HAVING count(*) > 1"
        found = len(connection.execute(text(query)).all())
    engine.dispose()
    return found


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--traces", type=int, default=5_000)
    options.add_argument("--kills", type=int, default=5)
    given = options.parse_args()
    load = os.getloadavg()[0]
    print(f"{given.traces:,} traces, {os.cpu_count()} cores, load {load:.1f}")
    os.environ |= {"OPENAI_API_KEY": "x"}
    body = lines(rows_of(given.traces))
    with tempfile.TemporaryDirectory() as folder, StandIn(Script(latency=0.05)) as standin:
        os.chdir(folder)
        settings_file(
            f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{standin.url}/v1"\n'
            "price = { input = 1.0, output = 5.0 }\n"
        )
        killed, _ = run("sqlite:///killed.db", body, given.traces, given.kills)
        delivered = Counter(standin.journal.bought())
        left, _ = run("sqlite:///left.db", body, given.traces, 0)
        pairs = zip(stable(killed), stable(left), strict=True)
        differ = sum(one != other for one, other in pairs)
        asked = sum(delivered.values()) - len(delivered)
        print(f"decisions that differ {differ}, stored answers bought again "
              f"{bought_again('sqlite:///killed.db')}")  # fmt: skip
        print(f"answers under way at a kill, and asked for again: {asked} of {len(delivered):,}")
    raise SystemExit(bool(differ))


if __name__ == "__main__":
    main()
