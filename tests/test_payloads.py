"""What comes over the wire for asked, sampled, audited and gold steps: nothing tells them apart.

A batch is run, planned, drawn, labelled, signed and audited as in the product, gold is hidden among
it, and an expert does everything that can be done with every step. `TRIAGE_PAYLOADS=FILE` keeps the
comparison as a table.
"""

import json
import os
import statistics
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from certify_cases import PLAN, label_all, ok, project, start
from gold_cases import asking, put_gold
from server_cases import ORIGIN, Browser, new_id
from sqlalchemy import Engine, text

from triage.configuration.settings import ServerSettings
from triage.queue.gold.admission import admit_by_hand
from triage.store.database import open_store, writing

WIDE = 24
STEPS = 5
# one line more compares another kind
KINDS = ("asked", "sampled", "gold", "audited")


def alike(row: dict[str, Any]) -> dict[str, Any]:
    """A trace whose texts are as long as those of any other."""
    steps = [f"{row['id']:_<{WIDE}} {at}." for at in range(STEPS)]
    return row | {"problem": f"{row['id']:_<{WIDE}}?", "steps": steps}


def shape(told: Any) -> Any:
    """What of a reply could tell something: fields in their order, types and sizes."""
    if isinstance(told, dict):
        return [(name, None if name == "left" else shape(value)) for name, value in told.items()]
    if isinstance(told, list):
        return [shape(one) for one in told]
    return len(told) if isinstance(told, str) else told


def recorded(reply: Any) -> str:
    """A reply with its status, headers and body, less what differs from request to request."""
    headers = [(name, value) for name, value in reply.headers.items() if name != "content-length"]
    return json.dumps([reply.status_code, headers, shape(reply.json())])


class Walk:
    """An expert who does all that can be done with each step, and what came back for each kind."""

    def __init__(self, engine: Engine, sampled: str) -> None:
        self._engine = engine
        self._sampled = sampled
        self.order: list[str] = []
        self.replies: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )

    def go(self, person: Browser, most: int) -> None:
        while len(self.order) < most and (items := person.next()):
            self._do_all(person, items[0])

    def _do_all(self, person: Browser, item: dict[str, Any]) -> None:
        kind = self._kind(item)
        self.order.append(kind)
        token = {"token": item["token"]}
        mine, again = new_id(), new_id()

        def note(act: str, reply: Any) -> Any:
            # steps further on have more before them: only those at the same place are comparable
            self.replies[f"{act}, step {item['position']}"][kind].add(recorded(reply))
            return reply

        def post(act: str, path: str, body: dict[str, Any]) -> Any:
            return note(act, person.post(f"/queue/{path}", body))

        note("next", person.get("/queue/next?count=1"))
        shown = person.client.get("/desk/items?count=1", headers={"Accept-Encoding": ""})
        note("the page's next", shown)
        known = f"/desk/items?count=1&known={item['token']}"
        note("the page's next, known", person.client.get(known))
        for path in (f"{ORIGIN}/metrics",):
            assert item["token"] not in person.client.get(path).text
        post("flag", "flag", token | {"what": "odd"})
        for act in ("skip", "skip again"):
            post(act, "skip", token | {"reason": "not mine"})
        for act in ("undo of a skip", "undo of a skip again"):
            back = post(act, "undo", token).json()["item"]
        answer = {"answer_id": mine, "token": back["token"], "label": "necessary"}
        for act in ("answer", "answer again"):
            post(act, "answers", answer)
        post("another answer under its id", "answers", answer | {"label": "redundant"})
        post("another answer", "answers", answer | {"answer_id": again})
        for act in ("undo", "undo again"):
            back = post(act, "undo", {"answer_id": mine}).json()["item"]
        answer = {"answer_id": again, "token": back["token"], "label": "necessary"}
        post("answer after undo", "answers", answer)

    def _kind(self, item: dict[str, Any]) -> str:
        name = item["problem"].rstrip("?_")
        if name.startswith("g"):
            return "gold"
        query = text(
            "SELECT s.action FROM steps s JOIN traces t ON t.key = s.trace"
            " WHERE t.id = :name AND s.step = :step"
        )
        with self._engine.connect() as connection:
            at = {"name": name, "step": item["step_index"]}
            action = connection.execute(query, at).scalar()
        return self._sampled if action == "audit" else "asked"


def compare(walks: list[Walk]) -> list[tuple[str, dict[str, int], int]]:
    """For each act the kinds of steps it was done with, and how many forms its replies have."""
    rows = []
    for act in walks[0].replies:
        of_kinds: defaultdict[str, set[str]] = defaultdict(set)
        for walk in walks:
            for kind, replies in walk.replies[act].items():
                of_kinds[kind] |= replies
        counted = {kind: len(of_kinds[kind]) for kind in KINDS if of_kinds[kind]}
        rows.append((act, counted, len(set().union(*of_kinds.values()))))
    return rows


def keep(rows: list[tuple[str, dict[str, int], int]]) -> None:
    """Write the comparison down where that is wanted."""
    if file := os.environ.get("TRIAGE_PAYLOADS"):
        lines = ["| act | kinds | forms of the reply |", "|---|---|---|"]
        lines += [f"| {act} | {', '.join(kinds)} | {forms} |" for act, kinds, forms in rows]
        Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_nothing_in_any_reply_tells_what_a_step_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    traces, truth = project(errors=0.0)
    known = start(([alike(row) for row in traces], truth))
    ok("certify", "plan", *PLAN)
    ok("certify", "draw", "--seed", "7")
    engine = open_store("sqlite:///triage.db")
    limits = {"server": ServerSettings(requests_per_minute=100_000)}
    settings = asking(hidden_share=0.5).model_copy(update=limits)
    rows = [
        alike({"id": f"g{n}", "domain": "prose"})
        | {"human": {"step_labels": [None, "necessary", "necessary", "necessary", None]}}
        for n in range(40)
    ]
    put_gold(engine, rows)
    with writing(engine) as connection:
        admit_by_hand(connection, "lea", "ann", "prose", "known")
        admit_by_hand(connection, "lea", "bob", "prose", "known")
        admit_by_hand(connection, "lea", "eve", "prose", "known")
    first = Walk(engine, "sampled")
    first.go(Browser(engine, "ann", settings), 30)
    label_all(known)
    ok("certify", "sign", "--out", "cert.json")
    ok("audit", "draw", "--share", "0.3", "--least", "20")
    second = Walk(engine, "audited")
    second.go(Browser(engine, "eve", settings), 30)
    engine.dispose()

    rows_of = compare([first, second])
    keep(rows_of)
    done = {kind for walk in (first, second) for kind in walk.order}
    assert done == set(KINDS)
    for act, kinds, forms in rows_of:
        assert forms == 1, (act, kinds)
    # by chance no kind of steps need be seen at every place: each two kinds were compared at some
    together = [set(kinds) for act, kinds, _ in rows_of if act.startswith("next, step")]
    for two in combinations(KINDS, 2):
        assert any(set(two) <= kinds for kinds in together), two
    for walk in (first, second):
        assert_mixed(walk.order, "asked", "sampled" if walk is first else "audited")


def assert_mixed(order: list[str], one: str, other: str) -> None:
    """No order tells two kinds apart: the mean place of one among both is as by chance."""
    both = [kind for kind in order if kind in (one, other)]
    places = [at for at, kind in enumerate(both) if kind == other]
    count, few = len(both), len(places)
    assert few >= 5
    spread = ((count - few) * (count + 1) / (12 * few)) ** 0.5
    # by chance outside once in 30,000 runs
    assert abs(statistics.mean(places) - (count - 1) / 2) < 4.2 * spread
