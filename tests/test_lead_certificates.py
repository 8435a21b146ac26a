"""A lead plans, draws and signs on the pages and by the API, on both databases, and stays blind."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import run_triage, write_lines
from export_store import call
from lead_cases import PLAN, Lead, label_all, projects, store, truth_of
from server_cases import Browser
from sqlalchemy import Engine, select

from triage import guarantee
from triage.store.people.auditlog import acts
from triage.store.tables.schema import batch_steps, batches, traces

__all__ = ["projects", "store"]

FORM = {"alpha": "15 %", "labels": 40, "coverage": "70"}


def drawn_places(engine: Engine) -> set[tuple[str, int]]:
    query = (
        select(traces.c.id, batch_steps.c.step)
        .join(traces, traces.c.key == batch_steps.c.trace)
        .where(batch_steps.c.drawn > 0)
    )
    with engine.connect() as connection:
        return {(row[0], row[1]) for row in connection.execute(query)}


def seed_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(batches.c.seed)).scalar_one())


def test_the_guarantee_by_forms_alone_verifies_without_the_store(
    store: Engine, tmp_path: Path
) -> None:
    lea = Lead(store)
    assert "clear steps carry no promise" in lea.look("/certificates")
    planned = lea.act("/certificates/plan", **FORM)
    assert (lea.status, "40 blind labels" in planned) == (200, True)
    drawn = lea.act("/certificates/draw")
    assert "40 steps are in the experts' queue" in drawn
    assert "0 of 40 drawn steps are done; 40 lack a blind label" in lea.look("/certificates")
    refused = lea.act("/certificates/sign")
    assert lea.status == 422
    assert "40 of 40 drawn steps have no label: every one must be labelled" in refused
    label_all(store)
    assert "40 of 40 drawn steps are done" in lea.look("/certificates")
    signed = lea.act("/certificates/sign")
    (name,) = set(re.findall(r"cert-\w+", signed))
    assert "Such a statement fails in at most 5% of draws" in signed
    lines = lea.act(f"/certificates/{name}/check")
    assert "It holds" in lines
    assert "the 40 drawn steps have blind labels" in lines

    file = lea.client.get(f"/lead/certificates/{name}/download")
    assert file.headers["content-disposition"] == f'attachment; filename="{name}.json"'
    certificate = guarantee.verify(file.content)
    assert certificate.claim in lea.look("")
    Path("cert.json").write_bytes(file.content)
    url = store.url.render_as_string(hide_password=False).replace("+psycopg", "")
    for what, out in (("decisions", "decisions.jsonl"), ("verdicts", "log.jsonl")):
        assert run_triage("export", what, "--out", out, "--db", url).status == 0
    store.dispose()
    for left in tmp_path.glob("triage.db*"):
        left.unlink()
    ran = call("certify", "verify", "cert.json", "--export", "decisions.jsonl",
               "--verdicts", "log.jsonl")  # fmt: skip
    assert (ran.status, ran.out.count("ok: ")) == (0, 4), ran.err


def test_nothing_tells_a_lead_which_steps_were_drawn(store: Engine) -> None:
    lea = Lead(store)
    ada, bot = Browser(store, "ada"), Browser(store, "bot")

    def listed(browser: Browser) -> set[tuple[str, int]]:
        found = browser.get("/queue/entries?limit=1000").json()["entries"]
        return {(one["trace_id"], one["step"]) for one in found}

    before = {one: listed(one) for one in (lea, ada, bot)}
    seen = {path: lea.look(path) for path in ("/steps", "/steps?state=waiting")}
    lea.post("/certificates/plan", PLAN)
    told = [lea.post("/certificates/draw", {}).json()]
    sample = drawn_places(store)
    assert len(sample) == 40
    assert before == {one: listed(one) for one in (lea, ada, bot)}
    assert not sample & before[lea]
    assert seen == {path: lea.look(path) for path in seen}
    # one label that differs from the machine's, on a drawn step and on others
    ann = Browser(store, "ann")
    for item in ann.next(5):
        ann.answer(item, "incomplete")
    told += [
        lea.post("/certificates/sign", {}).json(),
        lea.get("/certificates").json(),
        lea.get(f"/certificates/{told[0]['drawn'][0]['id']}").json(),
        lea.get("/report").json()["certificates"],
        lea.get("/queue/flags").json(),
    ]
    told += [lea.look(path) for path in ("", "/certificates", "/people", "/flags")]
    told.append(lea.act("/certificates/sign"))
    words = json.dumps(told)
    assert str(seed_of(store)) not in words
    assert not re.search(r"'t\d+'", words)
    for trace_id, step in sorted(sample)[:5]:
        for person in (lea, ada):
            shown = person.get(f"/traces/{trace_id}").json()["decisions"][step]
            assert shown["decision"] == "hold"
        # a platform's own experts may have to label it
        assert bot.get(f"/traces/{trace_id}").json()["decisions"][step]["decision"] == "audit"


def test_the_api_plans_draws_signs_gives_and_checks(store: Engine) -> None:
    lea, bot = Lead(store), Browser(store, "bot")
    assert lea.get("/certificates").json() == {"certificates": []}
    planned = lea.post("/certificates/plan", PLAN).json()
    (one,) = planned["planned"]
    assert (one["plan"]["labels"], planned["refused"]) == (40, {})
    drawn = lea.post("/certificates/draw", {"batches": [one["id"]]}).json()["drawn"]
    assert drawn == [
        {"id": one["id"], "stratum": "batch", "steps": 40, "attempt": 1, "attempts": 1}
    ]
    again = lea.post("/certificates/draw", {"batches": [one["id"]]})
    assert (again.status_code, "drawn already" in again.json()["detail"]) == (422, True)
    label_all(store)
    (signed,) = lea.post("/certificates/sign", {}).json()["signed"]
    assert guarantee.verify(json.dumps(signed["certificate"])).certified
    (listed,) = bot.get("/certificates").json()["certificates"]
    assert listed["name"] == signed["id"]
    for name in (signed["id"], one["id"]):
        told = bot.get(f"/certificates/{name}").json()
        assert told["certificate"] == signed["certificate"]
        assert told["figures"] == listed
    assert lea.get("/certificates/nothing").status_code == 404
    checked = bot.post("/certificates/verify", {"certificate": signed["certificate"]}).json()
    assert (checked["certificate"], len(checked["checked"])) == (signed["id"], 4)
    edited = signed["certificate"] | {"accepted": signed["certificate"]["accepted"] + 1}
    refused = bot.post("/certificates/verify", {"certificate": edited})
    assert (refused.status_code, refused.json()["status"]) == (422, 422)
    with store.connect() as connection:
        done = [(one.who, one.what) for one in acts(connection, limit=100) if one.who == "lea"]
    assert [what for _, what in done if what != "sign-in"] == [
        "certificates-signed", "samples-drawn", "certificates-planned",
    ]  # fmt: skip


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_a_store_that_was_changed_does_not_check(store: Engine) -> None:
    lea = Lead(store)
    lea.post("/certificates/plan", PLAN)
    lea.post("/certificates/draw", {})
    label_all(store)
    (signed,) = lea.post("/certificates/sign", {}).json()["signed"]
    with store.begin() as connection:
        body = connection.execute(select(traces.c.body).where(traces.c.id == "t3")).scalar_one()
        changed = body.replace(b"t 3 says 1.", b"t 3 says 9.")
        connection.execute(traces.update().where(traces.c.id == "t3").values(body=changed))
    shown = lea.act(f"/certificates/{signed['id']}/check")
    assert lea.status == 422
    assert "is not what" in shown


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_audits_are_drawn_from_the_page_and_drift_is_told(store: Engine) -> None:
    lea = Lead(store)
    assert "no certificate holds" in lea.act("/certificates/audit")
    lea.post("/certificates/plan", PLAN)
    lea.post("/certificates/draw", {})
    label_all(store)
    lea.post("/certificates/sign", {})
    assert "50 accepted steps are hidden in the queue" in lea.act("/certificates/audit")
    # two experts who agree that all is wrong raise the alarm
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    for name in ("ann", "bob"):
        browser = Browser(store, name)
        while items := browser.next(5):
            for item in items:
                browser.answer(item, flip[truth_of(item["step"])])
    shown = lea.look("")
    assert "alarm: more is wrong than was promised; its steps went back to people" in shown
    assert "handwritten:a backed" in shown
    assert "no longer holds" in shown


def test_stats_pages_api_and_report_tell_the_same(store: Engine) -> None:
    label_all(store, most=20)
    lea = Lead(store)
    url = store.url.render_as_string(hide_password=False).replace("+psycopg", "")
    stats = run_triage("queue", "stats", "--json", "--db", url).json
    report = run_triage("report", "--json", "--db", url).json
    served = lea.get("/report").json()
    assert {name: report["queue"][name] for name in stats} == stats
    assert stats["experts"]["ann"]["answered"] == 20
    api = lea.get("/queue/stats").json()
    assert api["counts"] == report["queue"]["counts"]
    assert api["answered"] == {"ann": 20}
    changing = {"made_at"}
    assert {k: v for k, v in served.items() if k not in changing} == {
        k: v for k, v in report.items() if k not in changing
    }
    everything = report["forecasts"][0]
    places = report["flows"][0]["places"]
    assert everything["open"] == places["asked"] + places["sample"]
    assert everything["settled"] == places["people"] == 20
    shown = lea.look("")
    assert f"{everything['settled']} of {everything['settled'] + everything['open']} " in shown
    for states in stats["reasons"].values():
        assert all(isinstance(steps, int) for steps in states.values())


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({}, "alpha: Field required"),
    ({"alpha": "none"}, "is no number"),
    ({"alpha": "nan"}, "alpha"),
    ({"alpha": "-5"}, "alpha"),
    ({"alpha": "15", "labels": "4.5"}, "is no number"),
    ({"alpha": "15", "coverage": "70"}, "“coverage” goes with “labels”"),
    ({"alpha": "15", "target": "none"}, "target"),
    ({"alpha": "0.001", "labels": 10}, "batch"),
    ({"alpha": "0.001"}, "raise “Largest share of wrong labels”"),
]


@pytest.mark.parametrize(("given", "said"), FAULTS, ids=str)
@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_a_form_that_cannot_be_is_refused_in_words(
    store: Engine, given: dict[str, Any], said: str
) -> None:
    lea = Lead(store)
    shown = lea.act("/certificates/plan", **given)
    assert lea.status == 422
    assert "Not done" in shown
    assert said in shown
    assert "--" not in shown
    assert lea.get("/certificates").json() == {"certificates": []}


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_labels_that_do_not_count_are_refused_without_names(store: Engine, tmp_path: Path) -> None:
    lea = Lead(store)
    lea.post("/certificates/plan", PLAN)
    lea.post("/certificates/draw", {})
    said = [
        {"trace_id": place[0], "step": place[1], "label": "incomplete", "expert": "ann",
         "mode": "assisted" if number % 2 else "blind", "at": "2026-01-02T03:04:05Z"}
        for number, place in enumerate(sorted(drawn_places(store)))
    ]  # fmt: skip
    assert call("queue", "import", str(write_lines(tmp_path / "v.jsonl", said))).status == 0
    shown = lea.act("/certificates/sign")
    assert "drawn steps have only labels that do not count" in shown
    assert not re.search(r"'t\d+'|step \d", shown)
