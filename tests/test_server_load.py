"""A real server under many hands at once, and under kill -9: nothing is lost or counted twice."""

import signal
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
from server_cases import (
    engine,
    link_of,
    lite_databases,
    post_databases,
    put_in,
    trace,
    url,
)
from server_process import Server, Sitter, serving
from sqlalchemy import Engine, text

from triage.queue.people import admit
from triage.store.database import writing
from triage.store.labelling.verdicts import check_chain

__all__ = ["engine", "lite_databases", "post_databases", "url"]

HANDS = 8
STEPS = 64
KILLS = 10


def many_steps(engine: Engine, url: str) -> list[str]:
    """Give many experts many steps to answer; gives the experts' links."""
    put_in(url, *(trace(f"m{number}", domain="art") for number in range(STEPS)))
    with writing(engine) as connection:
        for number in range(HANDS):
            admit(connection, "test", f"e{number}", ["art"], [])
    return [link_of(engine, f"e{number}") for number in range(HANDS)]


def answered(engine: Engine) -> Counter[str]:
    """How often each step was answered."""
    with engine.connect() as connection:
        check_chain(connection)
        rows = connection.execute(text("SELECT trace_id, step FROM verdicts"))
        return Counter(f"{row[0]}/{row[1]}" for row in rows)


def test_experts_at_once_label_every_step_once_and_share_none(engine: Engine, url: str) -> None:
    links = many_steps(engine, url)
    held: dict[str, str] = {}
    guard = threading.Lock()
    shared: list[str] = []

    def sit(name: str, link: str) -> int:
        sitter = Sitter(lambda: server.origin, link)
        count = 0
        while items := sitter.next(2):
            with guard:
                shared.extend(
                    item["problem"]
                    for item in items
                    if held.setdefault(item["problem"], name) != name
                )
            assert sitter.answer(items[0], "necessary").status_code == 200
            count += 1
        sitter.close()
        return count

    with serving(url) as server, ThreadPoolExecutor(HANDS) as pool:
        counts = list(pool.map(sit, map(str, range(HANDS)), links))
        assert server.stop() in (0, -signal.SIGTERM)
    assert shared == []
    assert sum(counts) == STEPS
    assert set(answered(engine).values()) == {1}
    assert len(answered(engine)) == STEPS


def test_one_answer_sent_by_many_at_once_counts_once(engine: Engine, url: str) -> None:
    link = link_of(engine, "ann")
    with serving(url) as server, ThreadPoolExecutor(HANDS) as pool:
        sitters = [Sitter(lambda: server.origin, link) for _ in range(HANDS)]
        (item,) = sitters[0].next(1)
        identity = uuid.uuid4().hex
        replies = list(pool.map(lambda one: one.answer(item, "redundant", identity), sitters))
        for sitter in sitters:
            sitter.close()
    assert {reply.status_code for reply in replies} == {200}
    assert sorted(reply.json()["known"] for reply in replies) == [False] + [True] * (HANDS - 1)
    assert sum(answered(engine).values()) == 1


def test_what_was_acknowledged_survives_a_kill_and_is_there_once(engine: Engine, url: str) -> None:
    links = many_steps(engine, url)
    server = Server(url)
    port = server.port
    acknowledged: Counter[str] = Counter()
    guard = threading.Lock()
    done = threading.Event()

    def sit(link: str) -> None:
        sitter = Sitter(lambda: f"http://127.0.0.1:{port}", link)
        pending: tuple[dict[str, object], str] | None = None
        while not done.is_set():
            try:
                if pending is None:
                    items = sitter.next(1)
                    if not items:
                        break
                    pending = items[0], uuid.uuid4().hex
                reply = sitter.answer(pending[0], "necessary", pending[1])
                assert reply.status_code == 200, reply.text
                with guard:
                    acknowledged[pending[1]] += 1
                pending = None
                time.sleep(0.02)
            except httpx2.TransportError:
                time.sleep(0.05)
        sitter.close()

    with ThreadPoolExecutor(HANDS) as pool:
        sitting = [pool.submit(sit, link) for link in links]
        try:
            for kills in range(1, KILLS + 1):
                goal = kills * STEPS // (KILLS + 1)
                while len(acknowledged) < goal and not all(one.done() for one in sitting):
                    time.sleep(0.005)
                server.kill()
                server = Server(url, port)
            for one in sitting:
                one.result(timeout=60)
        finally:
            done.set()
            server.kill()
    counts = answered(engine)
    with engine.connect() as connection:
        kept = set(connection.execute(text("SELECT answer_id FROM verdicts")).scalars())
    assert set(acknowledged) <= kept
    assert set(counts.values()) == {1}
    assert len(counts) == STEPS
