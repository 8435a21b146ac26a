"""The lead's pages on a large store: how long each takes, and what experts notice of it.

Makes a store whose every step two judges differ on, starts `triage serve` on it, and times the
pages as a browser sees them. Then an expert's steps and answers are timed twice: alone, and while
a lead reloads the overview up to ten times a second.

    python benchmarks/experts/lead.py --steps 10000 --answers 300
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from server_process import Server, Sitter

from benchmarks.experts.desk_store import prepare
from triage.queue.people import admit, new_link
from triage.store.database import open_store, writing
from triage.store.people.accounts import Role

PAGES = ("/lead", "/lead", "/lead/steps", "/lead/certificates", "/lead/people", "/lead/report")


def main() -> None:
    """Measure and print two tables."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--steps", type=int, default=10_000)
    asked.add_argument("--answers", type=int, default=300)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/triage.db"
        secret = prepare(url, given.steps, 1)[0].rpartition("#")[2]
        engine = open_store(url)
        with writing(engine) as connection:
            admit(connection, "benchmark", "lea", [], [Role.LEAD])
            lead = new_link(connection, "benchmark", "lea", 1.0)
        engine.dispose()
        server = Server(url)
        try:
            measure(server, secret, lead, given.answers)
        finally:
            server.kill()


def measure(server: Server, expert: str, lead: str, answers: int) -> None:
    """Time the pages, then the expert's steps alone and beside a busy lead."""
    pages = signed_in(server, lead)
    sitter = Sitter(lambda: server.origin, expert)
    label(sitter, answers)
    print(f"{'page':<22}{'ms':>8}{'KB':>8}")
    for path in PAGES:
        began = time.perf_counter()
        reply = pages.get(server.origin + path).raise_for_status()
        spent = 1000 * (time.perf_counter() - began)
        print(f"{path:<22}{spent:>8.0f}{len(reply.content) / 1000:>8.0f}")
    print(f"\n{'next and answer, ms':<30}{'median':>8}{'p95':>8}{'most':>8}")
    tell("alone", label(sitter, answers))
    over = threading.Event()

    def reload() -> None:
        while not over.is_set():
            pages.get(f"{server.origin}/lead").raise_for_status()
            time.sleep(0.1)

    thread = threading.Thread(target=reload)
    thread.start()
    tell("while a lead reloads", label(sitter, answers))
    over.set()
    thread.join()


def signed_in(server: Server, link: str) -> httpx2.Client:
    """The browser of a person with a link."""
    client = httpx2.Client(timeout=600)
    headers = {"Origin": server.origin}
    where = f"{server.origin}/api/v1/session"
    client.post(where, json={"link": link}, headers=headers).raise_for_status()
    return client


def label(sitter: Sitter, count: int) -> list[float]:
    """Give so many answers; what each took with its next step, in ms."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        (item,) = sitter.next(1)
        sitter.answer(item, "necessary").raise_for_status()
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)


def tell(name: str, taken: list[float]) -> None:
    """Print a line of the second table."""
    median, high = taken[len(taken) // 2], taken[int(0.95 * len(taken))]
    print(f"{name:<30}{median:>8.1f}{high:>8.1f}{taken[-1]:>8.1f}")


if __name__ == "__main__":
    main()
