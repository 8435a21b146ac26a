"""Whether anything but the text tells an asked step from an audited, a held-back or a gold one.

Usage: python benchmarks/experts/desk_payloads.py [--steps 60] [--seed 0]

Problems and steps of all kinds are made by one generator. An expert takes them from the server one
by one, as the desk does; each reply is recorded and compared by kind: fields, headers, compressed
bytes, time, and the mean place in the sitting (gold comes early, because the most is hidden that
can be). P values are of permutation tests, among neighbours in the sitting, of the largest
difference between the kinds' means: what is below .01 would tell kinds apart.
"""

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from conftest import write_lines
from fastapi.testclient import TestClient
from server_cases import ORIGIN, link_of, new_id
from sqlalchemy import Engine, select

from triage.configuration.settings import AdmissionSettings, PluginSettings, Settings
from triage.pipeline import process
from triage.queue.gold.admission import admit_by_hand
from triage.queue.gold.gold_set import import_gold
from triage.queue.people import admit
from triage.server.app import create_app
from triage.store.certification.samples import asked_turns
from triage.store.database import open_store, writing
from triage.store.tables.gold_tables import gold_tasks
from triage.store.tables.schema import offers, steps, traces

WORDS = ("the", "sum", "of", "both", "sides", "follows", "from", "what", "was", "said", "so", "far")
PERMUTATIONS = 2_000
BLOCK = 12
"""Replies in a row that are compared with each other."""
FIELD = "algebra"


class Seen(NamedTuple):
    """One reply of the server, and what kind of step was in it."""

    kind: str
    fields: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    token: int
    size: int
    milliseconds: float
    place: int


def made(number: int, chance: random.Random) -> dict[str, Any]:
    """A trace of three steps; what it becomes is no part of it."""

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(least, most))) + f" ${number}^2$."

    return {
        "id": f"t{number}",
        "domain": FIELD,
        "problem": words(10, 60),
        "steps": [words(5, 40) for _ in range(3)],
    }


def store(folder: Path, count: int, chance: random.Random) -> Engine:
    """As many steps of each kind, in random order of arrival."""
    rows = [made(number, chance) for number in range(3 * count)]
    chance.shuffle(rows)
    asked, audited, gold = rows[:count], rows[count : 2 * count], rows[2 * count :]
    for row in asked:
        row["proposals"] = [
            {"source": name, "step_labels": ["necessary", word, "necessary"]}
            for name, word in (("a", "necessary"), ("b", "incorrect"))
        ]
    for row in audited:
        row["proposals"] = [
            {"source": name, "step_labels": ["necessary"] * 3} for name in ("a", "b")
        ]
    engine = open_store(f"sqlite:///{folder}/triage.db")
    work = asked + audited
    chance.shuffle(work)
    settings = Settings(plugins=PluginSettings(blocked=("math", "logic")))
    file = str(write_lines(folder / "in.jsonl", work))
    with process(engine, settings, [file], revise=False, rejected=_refuse) as processed:
        for _ in processed.considered:
            pass
    for row in gold:
        row["human"] = {"step_labels": [None, "necessary", None]}
    import_gold(engine, "bench", str(write_lines(folder / "gold.jsonl", gold)), _refuse)
    with writing(engine) as connection:
        admit(connection, "bench", "ann", [FIELD], [])
        admit_by_hand(connection, "bench", "ann", FIELD, "measured")
        # what a draw does to the queue's index: each drawn step gets the place of an asked one
        places = asked_turns(connection, FIELD)
        drawn = select(traces.c.key).where(traces.c.id.in_([row["id"] for row in audited]))
        for key in connection.execute(drawn).scalars().all():
            connection.execute(
                steps.update()
                .where(steps.c.trace == key, steps.c.step == 1)
                .values(action="audit", turn=chance.choice(places))
            )
    return engine


def sit(engine: Engine) -> list[Seen]:
    """Take every step one by one and record the replies."""
    settings = Settings(admission=AdmissionSettings(hidden_share=1.0))
    client = TestClient(create_app(engine, settings), base_url=ORIGIN)
    signed_in = client.post(
        "/api/v1/session", json={"link": link_of(engine, "ann")}, headers={"Origin": ORIGIN}
    )
    headers = {"Origin": ORIGIN, "X-CSRF-Token": signed_in.json()["csrf"]}
    seen: list[Seen] = []
    while True:
        began = time.perf_counter()
        reply = client.get("/desk/items?count=1", headers={"Accept-Encoding": "gzip"})
        took = (time.perf_counter() - began) * 1000
        items = reply.json()["items"]
        if not items:
            return seen
        (item,) = items
        kept = {"content-length", "date"}
        seen.append(
            Seen(
                kind_of(engine, item["token"]),
                tuple(item),
                tuple((name, value) for name, value in reply.headers.items() if name not in kept),
                len(item["token"]),
                len(gzip.compress(json.dumps(reply.json()).encode(), mtime=0)),
                took,
                len(seen),
            )
        )
        body = {"answer_id": new_id(), "token": item["token"], "label": "necessary"}
        client.post("/api/v1/queue/answers", json=body, headers=headers).raise_for_status()


def kind_of(engine: Engine, token: str) -> str:
    """What a token stands for, as only the store knows."""
    with engine.connect() as connection:
        if connection.execute(select(gold_tasks.c.key).where(gold_tasks.c.token == token)).first():
            return "gold"
        place = connection.execute(
            select(offers.c.trace, offers.c.step).where(offers.c.token == token)
        ).one()
        here = (steps.c.trace == place.trace) & (steps.c.step == place.step)
        return str(connection.execute(select(steps.c.action).where(here)).scalar_one())


def p_value(seen: Sequence[Seen], name: str, chance: random.Random) -> float:
    """Of the largest difference between kinds' means, by permuting which reply is of which kind.

    Replies are compared with their neighbours: a sitting that gets slower as it goes on, or a
    machine that is busy for a while, tells nothing of kinds.
    """
    blocks: list[tuple[list[str], list[float]]] = []
    for start in range(0, len(seen), BLOCK):
        part = seen[start : start + BLOCK]
        values = [float(getattr(one, name)) for one in part]
        usual = statistics.median(values)
        blocks.append(([one.kind for one in part], [value - usual for value in values]))

    def spread() -> float:
        groups: dict[str, list[float]] = defaultdict(list)
        for kinds, values in blocks:
            for kind, value in zip(kinds, values, strict=True):
                groups[kind].append(value)
        means = [statistics.fmean(group) for group in groups.values()]
        return max(means) - min(means)

    found = spread()
    larger = 0
    for _ in range(PERMUTATIONS):
        for kinds, _ in blocks:
            chance.shuffle(kinds)
        larger += spread() >= found
    return (larger + 1) / (PERMUTATIONS + 1)


def _refuse(reject: object) -> None:
    raise AssertionError(reject)


def main() -> None:
    """Print a table by kind, and the p values."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=60, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        seen = sit(store(Path(folder), given.steps, chance))
    print(
        f"{'kind':<8}{'steps':>6}{'fields':>8}{'headers':>9}{'token':>7}{'bytes':>8}{'ms':>7}{'place':>7}"
    )
    for kind in sorted({one.kind for one in seen}):
        mine = [one for one in seen if one.kind == kind]
        print(
            f"{kind:<8}{len(mine):>6}{len({one.fields for one in mine}):>8}"
            f"{len({one.headers for one in mine}):>9}"
            f"{statistics.fmean(o.token for o in mine):>7.0f}"
            f"{statistics.fmean(o.size for o in mine):>8.0f}"
            f"{statistics.median(o.milliseconds for o in mine):>7.1f}"
            f"{statistics.fmean(o.place for o in mine):>7.0f}"
        )
    forms = {(one.fields, one.headers, one.token) for one in seen}
    print(f"forms of fields, headers and tokens in all: {len(forms)}")
    for name in ("size", "milliseconds"):
        print(f"{name}: p = {p_value(seen, name, chance):.3f}")


if __name__ == "__main__":
    main()
