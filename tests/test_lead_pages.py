"""The lead's pages: who gets in, what they say, and that figures come from one place."""

import re
from typing import Any

import pytest
from gold_cases import asking, gold_rows, put_gold, wrong
from lead_cases import STAFF, Lead, label_all, projects, store
from server_cases import ORIGIN, Browser, visitor
from sqlalchemy import Engine

from triage.queue.people import admit
from triage.records import ReasonCode
from triage.server.desk.page import PREFIX
from triage.store.database import writing
from triage.store.people.accounts import Role

__all__ = ["projects", "store"]

PAGES = ("", "/steps", "/flags", "/certificates", "/people", "/report")
HOSTILE = "<script>alert(1)</script>\u202e'\"&"


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_only_leads_and_admins_see_them(store: Engine) -> None:
    stranger = visitor(store)
    for path in PAGES:
        reply = stranger.get(f"/lead{path}", follow_redirects=False)
        assert (reply.status_code, reply.headers["location"]) == (303, "/signin")
    for name in STAFF:
        if name == "bot":
            continue
        person = Lead(store, name)
        for path in PAGES:
            shown = person.look(path)
            allowed = name in ("lea", "ada")
            assert person.status == (200 if allowed else 403)
            assert allowed or "this needs the role lead: ask an admin" in shown
    home = Lead(store).client.get("/", follow_redirects=False)
    assert (home.status_code, home.headers["location"]) == (303, "/lead")


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_an_admin_looks_and_does_nothing(store: Engine) -> None:
    ada = Lead(store, "ada")
    assert "Plan a certificate" not in ada.look("/certificates")
    assert "this needs the role lead" in ada.act("/certificates/plan", alpha="5")
    assert ada.status == 403


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_forms_of_other_pages_do_nothing(store: Engine) -> None:
    lea = Lead(store)
    path, token = "/lead/certificates/plan", lea.headers["X-CSRF-Token"]
    sent = {"csrf": token, "alpha": "30"}
    for data, headers, status in (
        (sent, {}, 403),
        (sent, {"Origin": "https://elsewhere.example"}, 403),
        (sent, {"Origin": "null"}, 403),
        (sent | {"csrf": token[::-1]}, {"Origin": ORIGIN}, 403),
        ({"alpha": "30"}, {"Origin": ORIGIN}, 403),
        (sent | {f"x{n}": "1" for n in range(60)}, {"Origin": ORIGIN}, 422),
    ):
        assert lea.client.post(path, data=data, headers=headers).status_code == status
    as_json = lea.client.post(path, json=sent, headers={"Origin": ORIGIN})
    assert as_json.status_code == 415
    assert lea.get("/certificates").json() == {"certificates": []}


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_pages_run_nothing_and_load_nothing_from_elsewhere(store: Engine) -> None:
    lea = Lead(store)
    for path in PAGES[:-1]:
        reply = lea.client.get(f"/lead{path}")
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert reply.headers["cache-control"] == "no-store"
        assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:|<style", reply.text)
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', reply.text):
            assert address.startswith(("/lead", PREFIX))
    report = lea.client.get("/lead/report")
    policy = report.headers["content-security-policy"]
    (inner,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', report.text)
    assert policy == inner.replace("&#39;", "'") + "; frame-ancestors 'none'"
    assert "script" not in policy


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_names_from_outside_stay_text(store: Engine) -> None:
    with writing(store) as connection:
        admit(connection, "test", "mal<b>&'\"", [HOSTILE.replace("\u202e", "")], [Role.LEAD])
    ann = Browser(store, "ann")
    item = ann.next()[0]
    assert ann.post("/queue/flag", {"token": item["token"], "what": HOSTILE}).status_code == 200
    lea = Lead(store)
    for path in (*PAGES[:-1], f"/steps?domain={HOSTILE}&reason=%3Cb%3E&state=none"):
        shown = lea.look(path)
        assert "<script" not in lea.html
        assert "\u202e" not in lea.html
        if path == "/flags":
            assert "[U+202E]" in shown
    assert "sees what the machine says: should label nothing blind" in lea.look("/people")


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_steps_are_found_by_domain_reason_and_state(store: Engine) -> None:
    lea = Lead(store)
    assert "No such step" in lea.look("/steps?domain=verse")
    found = lea.look("/steps?reason=judges-split&state=waiting&domain=prose")
    assert "t22" in found
    assert "waiting judges differ" in found
    assert "judges-split" not in found
    for path in ("", "/steps", "/report"):
        shown = re.sub(r"--reason \S+", "", lea.look(path))  # a command takes the code
        assert "judges differ" in shown
        assert [code for code in ReasonCode if "-" in code and f" {code} " in shown] == []
    assert "No such step" in lea.look("/steps?state=settled")
    label_all(store, most=3)
    assert "decided" in lea.look("/steps?state=settled")
    with writing(store) as connection:
        admit(connection, "test", "hal", ["*"], [])
    assert "hal every domain expert" in lea.look("/people")


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_a_lead_admits_to_a_queue_and_asks_for_another_round(store: Engine) -> None:
    put_gold(store, gold_rows(8, "prose"))
    settings = asking()
    lea = Lead(store, settings=settings)
    assert "ann prose waiting 0 of 4" in lea.look("/people")
    assert "prose 8 4 0 –" in lea.look("/people")
    given = {"expert": "ann", "domain": "prose", "deed": "admit"}
    assert "say why, in a sentence" in lea.act("/people/admission", **given)
    assert lea.status == 422
    assert "ann prose admitted – lea" in lea.act("/people/admission", **given, reason="known")
    assert "ann prose round 0 of 4 lea" in lea.act(
        "/people/admission", **given | {"deed": "repeat"}, reason="long away"
    )
    refused = lea.act("/people/admission", **given | {"domain": "law"}, reason="known")
    assert (lea.status, "Not done" in refused) == (422, True)
    ann = Browser(store, "ann", settings)
    (item,) = ann.next()
    ann.answer(item, wrong(item))
    assert "ann prose in a round 1 0.00" in lea.look("/people")
    assert "prose 8 4 1 0 %" in lea.look("/people")
    assert ann.post("/queue/flag", {"token": ann.next()[0]["token"], "what": "odd"}).is_success
    assert "odd" in lea.look("/flags")


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_who_also_judges_finds_the_way_between_desk_and_pages(store: Engine) -> None:
    with writing(store) as connection:
        admit(connection, "test", "kim", ["prose"], [Role.LEAD])
    kim = Lead(store, "kim")
    assert 'href="/lead"' in kim.client.get("/").text
    assert 'href="/">Desk' in kim.client.get("/lead/people").text
    assert 'href="/">Desk' not in Lead(store).client.get("/lead/people").text
    assert 'href="/lead"' not in Lead(store, "eve").client.get("/").text


@pytest.mark.parametrize("projects", ["lite"], indirect=True)
def test_a_lead_signs_out_by_a_form(store: Engine) -> None:
    lea = Lead(store)
    sent: dict[str, Any] = {"csrf": lea.headers["X-CSRF-Token"]}
    gone = lea.client.post(
        "/lead/sign-out", data=sent, headers={"Origin": ORIGIN}, follow_redirects=False
    )
    assert (gone.status_code, gone.headers["location"]) == (303, "/signin")
    assert lea.client.get("/lead", follow_redirects=False).status_code == 303
