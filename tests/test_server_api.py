"""The API as a whole: who may do what, what errors look like, and examples that are true."""

import json
from typing import Any

import pytest
from server_cases import (
    ANSWER,
    API,
    LATER,
    OPINION,
    ORIGIN,
    PEOPLE,
    SECRET,
    Browser,
    engine,
    lite,
    lite_databases,
    new_id,
    post_databases,
    put_in,
    trace,
    url,
    visitor,
)
from sqlalchemy import Engine, text

from triage.configuration.settings import DeskSettings, Settings
from triage.server.app import create_app
from triage.store.database import writing

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

OPEN = {("get", "/healthz"), ("get", "/readyz"), ("get", "/metrics"), ("post", f"{API}/session")}
ALL = frozenset(PEOPLE)
JUDGES = frozenset({"ann", "bob", "max", "eve"})
READERS = frozenset({"lea", "ada", "bot"})
SENDERS = frozenset({"ada", "bot"})
MAY: dict[tuple[str, str], frozenset[str]] = {
    ("get", "/session"): ALL,
    ("delete", "/session"): ALL,
    ("get", "/queue/next"): JUDGES,
    ("post", "/queue/answers"): JUDGES,
    ("post", "/queue/undo"): JUDGES,
    ("post", "/queue/skip"): JUDGES,
    ("post", "/queue/flag"): JUDGES,
    ("get", "/queue/reveal"): JUDGES,
    ("post", "/queue/amend"): JUDGES,
    ("get", "/queue/disputes"): frozenset({"eve"}),
    ("post", "/queue/resolutions"): frozenset({"eve"}),
    ("get", "/queue/stats"): READERS,
    ("get", "/queue/entries"): READERS,
    ("get", "/queue/flags"): READERS,
    ("get", "/traces/{trace_id}"): READERS,
    ("get", "/report"): READERS,
    ("get", "/certificates"): READERS,
    ("get", "/certificates/{name}"): READERS,
    ("post", "/certificates/verify"): READERS,
    ("post", "/certificates/plan"): frozenset({"lea"}),
    ("post", "/certificates/draw"): frozenset({"lea"}),
    ("post", "/certificates/sign"): frozenset({"lea"}),
    ("get", "/people"): frozenset({"ada"}),
    ("put", "/people/{name}"): frozenset({"ada"}),
    ("delete", "/people/{name}"): frozenset({"ada"}),
    ("post", "/people/{name}/link"): frozenset({"ada"}),
    ("post", "/people/{name}/key"): frozenset({"ada"}),
    ("delete", "/people/{name}/sessions"): frozenset({"ada"}),
    ("get", "/audit"): frozenset({"ada"}),
    ("get", "/admissions"): frozenset({"lea", "ada"}),
    ("post", "/admissions"): frozenset({"lea", "ada"}),
    ("post", "/prelabel"): SENDERS,
    ("post", "/jobs"): SENDERS,
    ("get", "/jobs"): READERS,
    ("get", "/jobs/{job_id}"): READERS,
    ("get", "/jobs/{job_id}/traces"): READERS,
    ("get", "/jobs/{job_id}/results"): READERS,
    ("post", "/jobs/{job_id}/cancel"): SENDERS,
    ("post", "/jobs/{job_id}/start"): SENDERS,
    ("post", "/webhooks"): SENDERS,
    ("get", "/webhooks"): READERS,
    ("delete", "/webhooks/{webhook_id}"): SENDERS,
    ("get", "/webhooks/{webhook_id}/deliveries"): READERS,
    ("get", "/label-studio/health"): frozenset({"bot"}),
    ("post", "/label-studio/setup"): frozenset({"bot"}),
    ("get", "/label-studio/versions"): frozenset({"bot"}),
    ("post", "/label-studio/predict"): frozenset({"bot"}),
    ("post", "/label-studio/webhook"): frozenset({"bot"}),
    ("get", "/desk/items"): JUDGES,
    ("get", "/desk/reveal"): JUDGES,
    ("get", "/desk/standing"): JUDGES,
    ("get", "/desk/guidelines/{domain}"): ALL,
    ("get", "/desk/disputes"): frozenset({"eve"}),
}


def at(path: str) -> str:
    """Where a path is: our own page's and other houses' protocols are not versioned by us."""
    return path if path.startswith(("/desk/", "/label-studio/")) else API + path


def operations(engine: Engine) -> dict[tuple[str, str], dict[str, Any]]:
    """The API by method and path, as it describes itself."""
    paths = create_app(engine, Settings()).openapi()["paths"]
    return {(method, path): told for path, of in paths.items() for method, told in of.items()}


def call(browser: Browser, method: str, path: str, body: Any = None) -> Any:
    filled = path.replace("{name}", "bob").replace("{trace_id}", "t1")
    filled = filled.replace("{domain}", "math")
    headers = browser.headers if method != "get" else {}
    return browser.client.request(method, at(filled), json=body, headers=headers)


def test_every_endpoint_says_who_may_use_it(lite: Engine) -> None:
    found = set(operations(lite))
    assert found == OPEN | {(method, at(path)) for method, path in MAY}


@pytest.mark.parametrize(("method", "path"), MAY, ids=str)
def test_only_those_who_may_get_in(lite: Engine, method: str, path: str) -> None:
    stranger = visitor(lite).request(method, at(path), headers={"Origin": ORIGIN})
    assert stranger.status_code == 401
    for name in PEOPLE:
        browser = Browser(lite, name)
        body: dict[str, Any] = {}
        status = call(browser, method, path, None if method == "get" else body).status_code
        reached = status not in (401, 403)
        assert reached == (name in MAY[method, path]), (name, status)


def example(engine: Engine, schema: dict[str, Any]) -> dict[str, Any]:
    """The example of a request's body, from its description."""
    components = create_app(engine, Settings()).openapi()["components"]["schemas"]
    told = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return {
        name: field["examples"][0]
        for name, field in told["properties"].items()
        if "examples" in field
    }


EXAMPLES = [
    (m, p)
    for m, p in MAY
    if m in ("post", "put")
    # those of platforms need a server of their own; a store of four traces certifies nothing
    and not any(
        word in p for word in ("link", "key", "prelabel", "jobs", "webhooks", "certificates")
    )
]


@pytest.mark.parametrize(("method", "path"), EXAMPLES, ids=str)
def test_the_examples_of_the_description_work(lite: Engine, method: str, path: str) -> None:
    told = operations(lite)[method, at(path)]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    body = example(lite, schema)
    browser = Browser(lite, min(MAY[method, path]), Settings(desk=DeskSettings(reveal=True)))
    if "token" in body:
        body["token"] = browser.next()[0]["token"]
    if path in ("/queue/undo", "/queue/amend"):
        answer_id = body["amends" if path == "/queue/amend" else "answer_id"]
        assert browser.answer(browser.next()[0], "necessary", answer_id).status_code == 200
        browser.get(f"/queue/reveal?answer_id={answer_id}")
    if path == "/label-studio/webhook":
        body["action"] = "PROJECT_UPDATED"
    if path == "/queue/resolutions":
        disagree(lite, body["trace_id"])
    reply = call(browser, method, path, body)
    assert reply.status_code == 200, reply.text
    assert set(reply.json()) <= set(_answer_fields(lite, told))


TAKING_JSON = [
    (m, p)
    for m, p in MAY
    if m in ("post", "put") and "/jobs" not in p and not p.endswith(("/link", "/key"))
]


@pytest.mark.parametrize(("method", "path"), TAKING_JSON, ids=str)
def test_no_body_says_a_thing_twice(lite: Engine, method: str, path: str) -> None:
    told = operations(lite)[method, at(path)]
    body = example(lite, told["requestBody"]["content"]["application/json"]["schema"])
    body = body or {"anything": {"certificate": {}}}
    key, value = next(iter(body.items()))
    twice = f"{{{json.dumps(key)} :{json.dumps(value)}, {json.dumps(body)[1:]}"
    browser = Browser(lite, min(MAY[method, path]))
    headers = browser.headers | {"Content-Type": "application/json"}
    place = at(path).replace("{name}", "bob")
    reply = browser.client.request(method, place, content=twice, headers=headers)
    assert reply.status_code == 422, reply.text
    assert reply.json()["type"] == "urn:triage:problem:invalid-request"
    assert reply.json()["detail"] == f"{key}: is given twice"


def _answer_fields(engine: Engine, told: dict[str, Any]) -> dict[str, Any]:
    schema = told["responses"]["200"]["content"]["application/json"]["schema"]
    components = create_app(engine, Settings()).openapi()["components"]["schemas"]
    fields: dict[str, Any] = components[schema["$ref"].rpartition("/")[2]]["properties"]
    return fields


def disagree(engine: Engine, trace_id: str) -> None:
    """Let two experts differ on the asked step of a trace."""
    wanted = f"Second of {trace_id}."
    for name, label in (("ann", "necessary"), ("bob", "incorrect")):
        browser = Browser(engine, name)
        item = next(one for one in browser.next(5) if one["step"] == wanted)
        assert browser.answer(item, label).status_code == 200
        with writing(engine) as connection:
            connection.execute(text("UPDATE steps SET settled = 0"))
            connection.execute(text("DELETE FROM leases"))


def test_every_reply_has_the_headers_that_keep_a_page_safe(lite: Engine) -> None:
    client = visitor(lite)
    for path in ("/healthz", "/no/such", f"{API}/session", "/openapi.json"):
        reply = client.get(path)
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cache-control"] == "no-store"
        assert "server" not in reply.headers


def test_every_error_is_a_problem_document(lite: Engine) -> None:
    ann = Browser(lite, "ann")
    replies = [
        visitor(lite).get("/no/such"),
        visitor(lite).post("/healthz"),
        visitor(lite).get(f"{API}/people"),
        ann.get("/people"),
        ann.post("/queue/answers", {}),
        ann.client.post(f"{API}/queue/answers", content=b"{", headers=ann.headers),
        ann.get("/queue/next?count=99"),
    ]
    assert [reply.status_code for reply in replies] == [404, 405, 401, 403, 422, 422, 422]
    for reply in replies:
        assert reply.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail"} <= set(reply.json())
        assert reply.json()["status"] == reply.status_code


def test_a_store_that_fails_is_told_without_its_words(
    lite: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    ann = Browser(lite, "ann")
    (item,) = ann.next()
    with lite.begin() as connection:
        connection.execute(text("DROP TABLE verdicts"))
    body = {"token": item["token"], "answer_id": new_id(), "label": "necessary", "note": "PRIVATE"}
    reply = ann.post("/queue/answers", body)
    assert reply.status_code == 503
    assert reply.headers["retry-after"] == "1"
    assert "verdicts" not in reply.text
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert "PRIVATE" not in said


def test_the_server_is_not_ready_on_a_store_of_another_version(lite: Engine) -> None:
    client = visitor(lite)
    assert client.get("/readyz").json() == {"status": "ok"}
    with lite.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_the_meters_count_requests_and_tell_no_item_apart(lite: Engine) -> None:
    ann = Browser(lite, "ann")
    (item,) = ann.next()
    ann.answer(item, "necessary")
    told = ann.client.get("/metrics").text
    assert 'triage_answers_total{known="false"} 1.0' in told
    asked = 'triage_http_requests_total{method="GET",route="/api/v1/queue/next",status="200"} 1.0'
    assert asked in told
    assert "history" not in told
    assert "judges-split" not in told


def test_leads_and_platforms_read_the_queue_and_decisions(engine: Engine) -> None:
    ann, lea, bot = Browser(engine, "ann"), Browser(engine, "lea"), Browser(engine, "bot")
    ann.answer(ann.next()[0], "incorrect")
    stats = lea.get("/queue/stats").json()
    assert stats["answered"] == {"ann": 1}
    assert sum(one["steps"] for one in stats["counts"]) == 4
    waiting = lea.get("/queue/entries?state=waiting&domain=history").json()["entries"]
    assert [(one["reason"], one["step"]) for one in waiting] == [("judges-split", 1)] * 3
    told = bot.get("/traces/t0").json()["decisions"]
    assert [one["step"] for one in told] == [0, 1, 2]
    assert [one["source"] for one in told[1]["proposals"]] == ["judge-a", "judge-b"]
    assert bot.get("/traces/none").status_code == 404


def test_admins_admit_and_revoke(engine: Engine) -> None:
    ada = Browser(engine, "ada")
    rights = {"credentials": ["history"], "roles": ["adjudicator"]}
    put = call(ada, "put", "/people/zoe", rights)
    assert put.json()["roles"] == ["adjudicator", "expert"]
    secret = call(ada, "post", "/people/zoe/link").json()["secret"]
    zoe = visitor(engine)
    zoe.post(f"{API}/session", json={"link": secret}, headers={"Origin": ORIGIN})
    assert zoe.get(f"{API}/session").json()["name"] == "zoe"
    assert call(ada, "delete", "/people/zoe").json() == {"revoked": True}
    assert zoe.get(f"{API}/session").status_code == 401
    people = {one["name"]: one for one in ada.get("/people").json()["people"]}
    assert people["zoe"]["revoked_at"] is not None
    told = ada.get("/audit?limit=4").json()["acts"]
    assert [(one["who"], one["what"]) for one in told] == [
        ("ada", "account-revoked"), ("zoe", "sign-in"), ("ada", "link-made"),
        ("ada", "account-added"),
    ]  # fmt: skip
    assert call(ada, "put", "/people/zoe", {"roles": ["king"]}).status_code == 422


WORDS = (LATER, ANSWER, OPINION, SECRET, "judge-a", "judges-split", "incorrect", "audit", "ask")


def test_no_reply_to_an_expert_tells_what_the_machine_thinks(engine: Engine, url: str) -> None:
    """Steps of the same words, asked and drawn for a blind audit, look alike in every way."""
    alike = {"problem": "The same problem?", "steps": ["First.", "Second.", f"{LATER} of it."]}
    clear = [{"source": "judge-a", "step_labels": ["necessary"] * 3}] * 1
    put_in(
        url,
        trace("asked", domain="law", **alike),
        trace("drawn", domain="law", **alike, group="g", proposals=clear),
    )
    with writing(engine) as connection:
        connection.execute(
            text(
                "UPDATE steps SET action = 'audit' WHERE step = 1 AND trace = "
                "(SELECT key FROM traces WHERE id = 'drawn')"
            )
        )
    max_ = Browser(engine, "max")
    reply = max_.get("/queue/next?count=2")
    items = reply.json()["items"]
    assert len(items) == 2
    blank = [item | {"token": "", "left": 0} for item in items]
    assert blank[0] == blank[1]
    assert len(items[0]["token"]) == len(items[1]["token"])
    told = []
    for item in items:
        assert not any(word in str(item) for word in WORDS)
        identity = new_id()
        flagged = max_.post("/queue/flag", {"token": item["token"], "what": "x"})
        replies = (flagged, *(max_.answer(item, "redundant", identity) for _ in range(2)))
        told.append(
            [(one.status_code, sorted(one.headers.items()), len(one.content)) for one in replies]
        )
        assert not any(word in one.text for one in replies for word in WORDS)
    assert told[0] == told[1]
