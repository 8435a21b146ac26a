"""The desk's page over HTTP: what it costs, what it may load, and that it is blind."""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import write_lines
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.ingest import Reject
from triage.pipeline import process
from triage.queue.items import Item
from triage.queue.people import admit, new_link
from triage.server.app import create_app
from triage.server.desk.page import PREFIX, assets, edition
from triage.server.desk.revealed import show_reveal
from triage.server.experts.judging_forms import ProposalShown
from triage.store.database import open_store, writing
from triage.store.people.accounts import Role

ORIGIN = "http://127.0.0.1:8000"
HIDDEN = ("LATERSTEP", "FINALANSWER", "OPINION", "SOURCE", "METADATA", "IDENTITY", "GENERATOR")


def trace(number: int) -> dict[str, Any]:
    """Two judges differ on the middle step; everything that is to stay hidden says so."""
    labels = [["necessary", word, "necessary"] for word in ("necessary", "incorrect")]
    return {
        "id": f"IDENTITY-{number}",
        "domain": "history",
        "problem": f"When was treaty {number} signed, in $18{number:02}$?",
        "steps": [f"It was war {number}.", f"It took {number} years.", "LATERSTEP"],
        "final_answer": "FINALANSWER",
        "generator": "GENERATOR",
        "metadata": {"is": "METADATA"},
        "proposals": [
            {"source": f"SOURCE-{at}", "step_labels": one, "explanations": ["OPINION"] * 3,
             "confidences": [0.123] * 3}
            for at, one in enumerate(labels)
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    place = tmp_path_factory.mktemp("desk")
    made = open_store(f"sqlite:///{place}/triage.db")
    rejects: list[Reject] = []
    file = write_lines(place / "in.jsonl", [trace(number) for number in range(4)])
    with process(made, Settings(), [str(file)], revise=False, rejected=rejects.append) as processed:
        for _ in processed.considered:
            pass
    assert not rejects
    with writing(made) as connection:
        admit(connection, "test", "ann", ["history"], [])
        admit(connection, "test", "lea", [], [Role.LEAD])
    yield made
    made.dispose()


@pytest.fixture
def client(engine: Engine) -> TestClient:
    return TestClient(create_app(engine, Settings()), base_url=ORIGIN)


def sign_in(client: TestClient, engine: Engine, name: str = "ann") -> None:
    with writing(engine) as connection:
        link = new_link(connection, "test", name, 1.0)
    reply = client.post("/api/v1/session", json={"link": link}, headers={"Origin": ORIGIN})
    assert reply.status_code == 200


def test_strangers_see_the_way_in_and_no_step(client: TestClient) -> None:
    for path in ("/", "/signin"):
        page = client.get(path)
        assert "Sign in" in page.text
        assert "desk.js" not in page.text
    assert client.get("/desk/items").status_code == 401


def test_who_judges_nothing_is_told_so(client: TestClient, engine: Engine) -> None:
    sign_in(client, engine, "lea")
    refused = client.get("/desk/items")
    assert refused.status_code == 403
    assert refused.json()["detail"]


def test_the_page_runs_under_the_policy(client: TestClient, engine: Engine) -> None:
    sign_in(client, engine)
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=|javascript:|<style", page.text)
    for address in loaded(page.text):
        assert address.startswith(f"{PREFIX}/{edition()}/")
        reply = client.get(address)
        assert reply.status_code == 200
        assert "immutable" in reply.headers["cache-control"]
    assert client.get(f"{PREFIX}/another/desk.js").status_code == 404
    assert client.get(f"{PREFIX}/{edition()}/page.py").status_code == 404


def test_files_load_nothing_from_elsewhere() -> None:
    for name, asset in assets().items():
        text = gzip.decompress(asset.packed).decode()
        addresses = set(re.findall(r"https?://[^\s\"')]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
        assert "@import" not in text
        assert "eval(" not in text


def test_items_are_those_of_the_api_made_readable(client: TestClient, engine: Engine) -> None:
    sign_in(client, engine)
    raw = client.get("/api/v1/queue/next?count=3").json()["items"]
    shown = client.get("/desk/items?count=3").json()
    assert [one["token"] for one in shown["items"]] == [one["token"] for one in raw]
    assert shown["left"] == raw[0]["left"] > 3
    for one, other in zip(shown["items"], raw, strict=True):
        assert one["source"] == other["step"]
        assert "<math" in one["problem"]
        assert len(one["earlier"]) == len(other["earlier"])
    known = raw[0]["token"]
    again = client.get(f"/desk/items?count=2&known={known}").json()["items"]
    assert again[0] == {"token": known}
    assert again[1]["step"]


def test_nothing_of_the_machine_is_in_what_the_page_gets(
    client: TestClient, engine: Engine
) -> None:
    sign_in(client, engine)
    replies = [client.get("/"), client.get("/desk/items?count=4")]
    for reply in replies:
        everything = reply.text + json.dumps(dict(reply.headers))
        for word in (*HIDDEN, "0.123", "judges-split", "confidence", "audit", "reason_code"):
            assert word not in everything, word
    (fields,) = {tuple(sorted(one)) for one in replies[1].json()["items"]}
    assert fields == (
        "domain", "earlier", "of", "options", "position", "problem", "source", "step", "token",
        "trace",
    )  # fmt: skip
    assert "reveal.js" not in replies[0].text


def test_the_first_load_and_a_step_are_small(client: TestClient, engine: Engine) -> None:
    """Bytes over the wire with headers: the page and all its files, then one more step."""
    sign_in(client, engine)
    page = client.get("/")
    files = loaded(page.text)
    replies = [page, *(client.get(address) for address in files), client.get("/desk/items?count=4")]
    assert len(replies) <= 8
    assert sum(map(size, replies)) < 100_000
    known = " ".join(one["token"] for one in replies[-1].json()["items"][:3])
    assert size(client.get("/desk/items", params={"count": 4, "known": known})) < 4_000


def loaded(page: str) -> list[str]:
    """What a browser loads together with a page."""
    found: list[str] = re.findall(r'<(?:link|script)[^>]*(?:src|href)="([^"]+)"', page)
    return found


def size(reply: Any) -> int:
    length = int(reply.headers["content-length"])
    return length + sum(len(name) + len(value) + 4 for name, value in reply.headers.items())


CLAIMS = [
    {"kind": "arithmetic", "verdict": "supported", "span": [0, 9], "text": "1 + 1 = 2",
     "expected": "2", "note": "equal"},
    {"kind": "arithmetic", "verdict": "refuted", "span": [16, 31], "text": "2 \\cdot 2 = 5",
     "expected": "4"},
    {"kind": "units", "verdict": "soft"},
]  # fmt: skip


def told(evidence: dict[str, Any], **fields: Any) -> tuple[str, str]:
    """What the page shows of a step and of the evidence that one source has."""
    item = Item(
        trace_id="t", step=0, steps=1, left=0, domain="math", subject=None, problem="",
        options=None, earlier=(), text="1 + 1 = 2, and $2 \\cdot 2 = 5$ <i>too</i>.",
    )  # fmt: skip
    blank = {"label": None, "validity": None, "confidence": None, "inherits_error": None}
    shown = show_reveal(item, [ProposalShown(source="s", evidence=evidence, **(blank | fields))])
    return shown.step, shown.proposals[0].told


def test_evidence_is_told_in_a_line_and_marked_in_the_step() -> None:
    step, line = told({"claims": CLAIMS})
    assert re.findall("<mark>(.*?)</mark>", step)[0].startswith('<span class="formula')
    assert step.startswith("<p>1 + 1 = 2, and <mark>")  # what holds is no place to look at
    assert "<math" in line
    assert line.endswith(" is wrong, computed 4</p>\n")
    assert told({"claims": CLAIMS[:1]})[1] == "<p>1 + 1 = 2 checks out</p>\n"
    assert told({"claims": CLAIMS[2:]})[1] == "<p>units is doubtful</p>\n"
    step, line = told({"rationale": "No <b>proof</b> " + "x" * 500, "quotes": ["<i>too", "none"]})
    assert "<mark>&lt;i&gt;too</mark>" in step
    assert line.startswith("<p>No &lt;b&gt;proof&lt;/b&gt; x")
    assert line.endswith("x …</p>\n")
    assert told({})[1] == ""
