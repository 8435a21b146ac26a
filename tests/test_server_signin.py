"""Signing in and out: what opens the door, what does not, and what other sites can't do."""

import json
import sqlite3
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import run_triage
from server_cases import (
    API,
    ORIGIN,
    Browser,
    engine,
    kind,
    link_of,
    lite,
    lite_databases,
    new_id,
    post_databases,
    said,
    url,
    visitor,
)
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from triage.cli.main import cli
from triage.configuration.settings import ServerSettings, Settings
from triage.queue.people import admit, dismiss, new_key, new_password
from triage.server.accounts.passwords import hash_password
from triage.store.database import writing
from triage.store.people.accounts import Role
from triage.store.people.auditlog import acts

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

SIGN_IN = f"{API}/session"
HTTPS = Settings(server=ServerSettings(origin="https://desk.example.org"))


def sign_in(engine: Engine, body: dict[str, str], **headers: str) -> Any:
    return visitor(engine).post(SIGN_IN, json=body, headers={"Origin": ORIGIN} | headers)


def test_a_link_opens_a_session_that_ends_when_its_owner_leaves(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    who = ann.get("/session").json()
    assert (who["name"], who["roles"], who["credentials"]) == ("ann", ["expert"], ["history"])
    stolen = dict(ann.client.cookies)
    left = ann.client.delete(SIGN_IN, headers=ann.headers)
    assert left.json() == {"signed_out": True}
    assert not ann.client.cookies
    stranger = visitor(engine)
    stranger.cookies.update(stolen)
    assert kind(stranger.get(SIGN_IN)) == (401, "not-signed-in")


def test_a_new_link_ends_the_one_before(lite: Engine) -> None:
    old = link_of(lite, "ann")
    new = link_of(lite, "ann")
    assert kind(sign_in(lite, {"link": old})) == (401, "sign-in-refused")
    assert sign_in(lite, {"link": new}).status_code == 200
    assert kind(sign_in(lite, {"link": link_of(lite, "ann", days=-1)})) == (401, "sign-in-refused")


def test_a_password_opens_a_session_and_a_wrong_one_does_not(lite: Engine) -> None:
    before = Browser(lite, "ann")
    with writing(lite) as connection:
        new_password(connection, "test", "ann", hash_password("correct horse battery"))
    assert before.get("/session").status_code == 401
    good = {"name": "ann", "password": "correct horse battery"}
    assert sign_in(lite, good).json()["name"] == "ann"
    for bad in ({"password": "wrong horse battery"}, {"name": "nobody"}, {"name": "bob"}):
        assert kind(sign_in(lite, good | bad)) == (401, "sign-in-refused")


def test_who_was_dismissed_or_never_invited_has_no_way_in(lite: Engine) -> None:
    with writing(lite) as connection:
        new_password(connection, "test", "ann", hash_password("correct horse battery"))
        key = new_key(connection, "test", "bot")
        dismiss(connection, "test", "ann")
    known = {"name": "ann", "password": "correct horse battery"}
    assert kind(sign_in(lite, known)) == (401, "sign-in-refused")
    assert kind(sign_in(lite, {"link": key})) == (401, "sign-in-refused"), "a key is no link"
    session = Browser(lite, "bob").client.cookies["triage_session"]
    assert kind(sign_in(lite, {"link": session})) == (401, "sign-in-refused")


def test_who_holds_no_credential_any_more_judges_nothing(lite: Engine) -> None:
    bob = Browser(lite, "bob")
    (item,) = bob.next()
    with writing(lite) as connection:
        admit(connection, "test", "bob", [], [Role.LEAD])
    who = bob.get("/session").json()
    assert (who["roles"], who["credentials"]) == (["lead"], [])
    assert bob.answer(item, "necessary").status_code == 403
    assert said(lite) == []


def test_guessing_is_stopped(lite: Engine) -> None:
    guess = {"name": "ann", "password": "a guess at it"}
    replies = [kind(sign_in(lite, guess)) for _ in range(12)]
    assert replies[:10] == [(401, "sign-in-refused")] * 10
    assert replies[10:] == [(429, "too-many")] * 2
    assert sign_in(lite, guess).headers["retry-after"] == "60"
    assert sign_in(lite, {"link": link_of(lite, "bob")}).status_code == 200


def test_guessed_links_shut_out_nobody_but_the_address_they_come_from(lite: Engine) -> None:
    guess = {"link": "a-guess-at-somebodys-link"}
    for _ in range(49):
        assert kind(sign_in(lite, guess)) == (401, "sign-in-refused")
    assert sign_in(lite, {"link": link_of(lite, "bob")}).status_code == 200
    replies = [kind(sign_in(lite, guess)) for _ in range(2)]
    assert replies == [(401, "sign-in-refused"), (429, "too-many")]


def test_one_account_may_not_ask_without_end(lite: Engine) -> None:
    few = Settings(server=ServerSettings(requests_per_minute=3))
    ann, bob = Browser(lite, "ann", few), Browser(lite, "bob", few)
    assert [ann.get("/session").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert bob.get("/session").status_code == 200


def test_sessions_end_by_time_by_the_owner_and_with_the_account(engine: Engine) -> None:
    short = Settings(server=ServerSettings(session_hours=1e-9))
    assert Browser(engine, "ann", short).get("/session").status_code == 401
    one, other = Browser(engine, "ann"), Browser(engine, "ann")
    one.client.delete(f"{SIGN_IN}?everywhere=true", headers=one.headers)
    assert other.get("/session").status_code == 401
    third, ada = Browser(engine, "ann"), Browser(engine, "ada")
    ended = ada.client.delete(f"{API}/people/ann/sessions", headers=ada.headers)
    assert ended.json() == {"sessions": 1}
    assert third.get("/session").status_code == 401
    fourth, link = Browser(engine, "ann"), link_of(engine, "ann")
    with writing(engine) as connection:
        dismiss(connection, "test", "ann")
    assert fourth.get("/session").status_code == 401
    assert kind(sign_in(engine, {"link": link})) == (401, "sign-in-refused")
    with writing(engine) as connection:
        admit(connection, "test", "ann", ["history"], [])
    assert fourth.get("/session").status_code == 401, "who comes back needs a new link"
    assert kind(sign_in(engine, {"link": link})) == (401, "sign-in-refused")


FORGERIES: list[dict[str, str | None]] = [
    {"Origin": "http://evil.example"},
    {"Origin": None},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"X-CSRF-Token": None},
    {"X-CSRF-Token": "0" * 64},
    {"Cookie": "triage_csrf="},
]


@pytest.mark.parametrize("change", FORGERIES, ids=str)
def test_another_sites_page_changes_nothing(lite: Engine, change: dict[str, str | None]) -> None:
    ann = Browser(lite, "ann")
    (item,) = ann.next()
    if cookie := change.pop("Cookie", None):
        name, _, value = cookie.partition("=")
        ann.client.cookies.set(name, value, domain="127.0.0.1", path="/")
    ann.headers = {
        name: value for name, value in (ann.headers | change).items() if value is not None
    }
    refused = ann.answer(item, "necessary")
    assert refused.status_code == 403
    with lite.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM verdicts")).scalar() == 0


def test_another_site_can_sign_nobody_in(lite: Engine) -> None:
    link = {"link": link_of(lite, "ann")}
    assert kind(sign_in(lite, link, Origin="http://evil.example")) == (403, "wrong-origin")
    assert kind(visitor(lite).post(SIGN_IN, json=link)) == (403, "wrong-origin")


def test_another_name_of_this_machine_is_refused(lite: Engine) -> None:
    reply = visitor(lite).get("/healthz", headers={"Host": "evil.example:8000"})
    assert kind(reply) == (421, "wrong-host")
    ours = visitor(lite, HTTPS).get("/healthz", headers={"Host": "desk.example.org"})
    assert ours.status_code == 200


def test_cookies_are_kept_from_scripts_and_from_other_sites(lite: Engine) -> None:
    headers = {"Origin": ORIGIN}
    plain = visitor(lite).post(SIGN_IN, json={"link": link_of(lite, "ann")}, headers=headers)
    session, csrf = plain.headers.get_list("set-cookie")
    assert session.startswith("triage_session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(session.split("; "))
    assert csrf.startswith("triage_csrf=")
    assert "SameSite=strict" in csrf
    headers = {"Origin": "https://desk.example.org", "Host": "desk.example.org"}
    link = {"link": link_of(lite, "ann")}
    safe = visitor(lite, HTTPS).post(SIGN_IN, json=link, headers=headers)
    for cookie in safe.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
    assert "max-age" in safe.headers["strict-transport-security"]


def test_a_key_opens_without_cookies_and_needs_no_page(engine: Engine) -> None:
    with writing(engine) as connection:
        key = new_key(connection, "test", "bot")
    bot = visitor(engine)
    headers = {"Authorization": f"Bearer {key}"}
    assert bot.get(SIGN_IN, headers=headers).json()["csrf"] is None
    assert bot.get(f"{API}/queue/stats", headers=headers).status_code == 200
    assert bot.get(f"{API}/queue/stats", headers={"Authorization": "Bearer x"}).status_code == 401
    # a session is no key, and a key is no session
    session = Browser(engine, "lea").client.cookies["triage_session"]
    wrong = {"Authorization": f"Bearer {session}"}
    assert bot.get(f"{API}/queue/stats", headers=wrong).status_code == 401
    bot.cookies.set("triage_session", key)
    assert bot.get(SIGN_IN).status_code == 401


def test_secrets_are_stored_as_hashes_only(lite: Engine) -> None:
    link = link_of(lite, "ann")
    browser = visitor(lite)
    browser.post(SIGN_IN, json={"link": link}, headers={"Origin": ORIGIN})
    with writing(lite) as connection:
        key = new_key(connection, "test", "bot")
        new_password(connection, "test", "bob", hash_password("correct horse battery"))
    with sqlite3.connect("triage.db") as plain:
        everything = "\n".join(plain.iterdump())
    assert "argon2id" in everything
    for secret in (link, key, browser.cookies["triage_session"], "correct horse battery"):
        assert secret not in everything


def test_the_audit_log_tells_who_came_and_can_not_be_changed(engine: Engine) -> None:
    Browser(engine, "ann")
    sign_in(engine, {"name": "ann", "password": "a guess at it"})
    with engine.connect() as connection:
        told = [(act.who, act.what) for act in acts(connection, limit=2)]
    assert told == [("ann", "sign-in-refused"), ("ann", "sign-in")]
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
            connection.execute(text(statement))


def test_the_terminal_admits_people_and_prints_a_link_once(lite: Engine) -> None:
    added = run_triage(
        "experts", "add", "zoe", "--credential", "history", "--role", "adjudicator", "--link",
        "--key",
    )  # fmt: skip
    first, link, key = added.out.splitlines()
    assert first == "zoe: history, adjudicator"
    address, _, secret = link.partition("#")
    assert address == "http://127.0.0.1:8000/signin"
    assert sign_in(lite, {"link": secret}).json()["roles"] == ["adjudicator", "expert"]
    keyed = visitor(lite).get(SIGN_IN, headers={"Authorization": f"Bearer {key}"})
    assert keyed.json()["name"] == "zoe"
    listed = json.loads(run_triage("experts", "list", "--json").out)
    assert secret not in str(listed)
    assert {one["name"]: one["roles"] for one in listed}["zoe"] == ["adjudicator", "expert"]
    assert run_triage("experts", "revoke", "zoe").status == 0
    assert kind(sign_in(lite, {"link": secret})) == (401, "sign-in-refused")


def test_the_terminal_asks_for_a_password(lite: Engine) -> None:
    arguments = ["experts", "add", "ann", "--credential", "history", "--password"]
    typed = "correct horse battery\n" * 2
    asked = CliRunner().invoke(cli, arguments, input=typed)
    assert asked.exit_code == 0, asked.output
    assert "correct horse" not in asked.output
    good = {"name": "ann", "password": "correct horse battery"}
    assert sign_in(lite, good).status_code == 200
    short = CliRunner().invoke(cli, arguments, input="short\nshort\n", standalone_mode=False)
    assert "at least" in str(short.exception)


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "zoe"],
        ["add", "zoe", "--role", "adjudicator"],
        ["add", "zoe", "--role", "expert"],
        ["add", " ", "--role", "lead"],
    ],
)
def test_rights_that_do_not_fit_are_refused(lite: Engine, arguments: list[str]) -> None:
    ran = run_triage("experts", *arguments)
    assert ran.status == 2
    assert "zoe" not in run_triage("experts", "list").out


def test_a_body_that_is_too_large_is_refused_however_it_is_sent(lite: Engine) -> None:
    ann = Browser(lite, "ann")
    (item,) = ann.next()
    body = {"answer_id": new_id(), "token": item["token"], "label": "necessary", "note": "x"}
    long = json.dumps(body | {"note": "x" * 300_000}).encode()
    headers = ann.headers | {"Content-Type": "application/json"}
    told = ann.client.post(f"{API}/queue/answers", content=long, headers=headers)
    assert kind(told) == (413, "too-large")
    pieces = (long[at : at + 10_000] for at in range(0, len(long), 10_000))
    dripped = ann.client.post(f"{API}/queue/answers", content=pieces, headers=headers)
    assert kind(dripped) == (413, "too-large")
    assert ann.post("/queue/answers", body).status_code == 200
