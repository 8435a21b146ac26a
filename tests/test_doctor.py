"""`triage doctor`: what it finds, what it advises, what it never shows or touches."""

import sqlite3
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Ran, Triage, write_lines

from triage.errors import TriageError
from triage.runtime.extras import PURPOSES
from triage.store.database import NEWEST, open_store
from triage.store.look import look
from triage.store.platforms.webhooks import end_webhook, make_webhook

BLOCKED = """\
[plugins]
blocked = ["misspelt", "unimportable", "imposter", "deadly", "leaving", "closing"]
"""


def problems(ran: Ran, *, broken: bool) -> list[str]:
    return [one["problem"] for one in ran.json["advice"] if one["broken"] is broken]


def setting(ran: Ran, name: str) -> dict[str, Any]:
    (found,) = [one for one in ran.json["settings"] if one["name"] == name]
    return dict(found)


def test_a_fresh_folder_is_usable_and_stays_empty(triage: Triage) -> None:
    ran = triage("doctor", "--json")
    assert ran.status == 0, ran.out
    assert ran.json["usable"]
    assert ran.json["store"] == {
        "url": "sqlite:///triage.db", "exists": False, "revision": None, "newest": NEWEST,
        "traces": None, "webhooks": [],
    }  # fmt: skip
    assert ran.json["destinations"] == []
    assert ran.json["libraries"]["pydantic"]
    assert {one["name"] for one in ran.json["extras"]} == set(PURPOSES)
    assert list(Path().iterdir()) == []
    plain = triage("doctor")
    assert plain.status == 0
    assert "nowhere" in plain.out


def test_each_value_says_where_it_came_from(triage: Triage) -> None:
    Path("triage.toml").write_text("[plugins]\nmemory_mb = 2048\n[plugin.math]\ndepth = 3\n")
    ran = triage("doctor", "--json", "--db", "sqlite:///a.db", TRIAGE_ROUTE_CLEAR_RISK="0.1")
    assert ran.json["settings_file"] == "triage.toml"
    told = {one["name"]: (one["value"], one["origin"]) for one in ran.json["settings"]}
    assert told["db"] == ("sqlite:///a.db", "command line")
    assert told["route.clear_risk"] == (0.1, "environment (TRIAGE_ROUTE_CLEAR_RISK)")
    assert told["plugins.memory_mb"] == (2048, "triage.toml")
    assert told["plugin.math.depth"] == (3, "triage.toml")
    assert told["plugins.deadline_seconds"] == (10.0, "default")


def test_a_store_is_looked_at_and_not_touched(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "steps": ["a"]}])
    triage("run", "in.jsonl")
    before = Path("triage.db").read_bytes()
    ran = triage("doctor", "--json")
    assert (ran.json["store"]["revision"], ran.json["store"]["traces"]) == (NEWEST, 1)
    assert Path("triage.db").read_bytes() == before


def test_webhooks_are_places_that_data_can_go_to(triage: Triage) -> None:
    engine = open_store("sqlite:///triage.db")
    with engine.begin() as connection:
        make_webhook(connection, "p", "https://u:zebra@hooks.example.org:8443/in?key=zebra", "s")
        gone = make_webhook(connection, "p", "https://old.example.org/in", "s")
        end_webhook(connection, gone.id, "410")
    engine.dispose()
    ran = triage("doctor", "--json")
    places = [one["to"] for one in ran.json["destinations"]]
    assert places == ["the webhook at https://hooks.example.org:8443"]
    assert "zebra" not in ran.out


def test_a_newer_store_is_told(triage: Triage) -> None:
    with sqlite3.connect("newer.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    ran = triage("doctor", "--json", "--db", "sqlite:///newer.db")
    assert ran.status == 1
    (problem,) = problems(ran, broken=True)
    assert "schema 9999" in problem


def test_a_place_without_a_folder_is_told(triage: Triage) -> None:
    ran = triage("doctor", "--db", "sqlite:////nowhere/at/all.db")
    assert ran.status == 1
    assert "broken: can't write the store" in ran.out


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///text.db", "not a database"),
        ("mysql://h/x", "use SQLite or PostgreSQL"),
        ("postgresql+none://h/x", "not a database URL"),
        ("nonsense", "not a database URL"),
    ],
)
def test_what_is_no_store_is_said_in_one_line(
    url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("This is no database at all, but a text. " * 50)
    for see in (look, open_store):
        with pytest.raises(TriageError, match=said) as why:
            see(url)
        assert "\n" not in str(why.value)


def test_passwords_are_never_shown(triage: Triage) -> None:
    Path("triage.toml").write_text("[plugin.judge]\napi_key = 'hush-hush'\n")
    url = "postgresql://user:hush-hush@127.0.0.1:9/x?sslpassword=hush-hush"
    for arguments in (["--json"], []):
        ran = triage("doctor", "--db", url, *arguments)
        assert ran.status == 1
        assert "127.0.0.1" in ran.out
        assert "hush-hush" not in ran.out + ran.err


def test_what_plugins_do_and_lack(triage: Triage, strangers: dict[str, str]) -> None:
    ran = triage("doctor", "--json", **strangers)
    assert ran.status == 1
    said = " ".join(problems(ran, broken=True))
    assert all(name in said for name in ("misspelt", "unimportable", "imposter", "deadly"))
    destinations = [one["to"] for one in ran.json["destinations"]]
    assert destinations == ["wherever the plugin patient sends it"]
    Path("triage.toml").write_text(BLOCKED + "[plugin.strangr]\nloud = 1\n")
    mended = triage("doctor", "--json", **strangers)
    assert mended.status == 0, mended.out
    assert "plugin names 'strangr', but no such plugin is installed" in problems(
        mended, broken=False
    )


def test_settings_that_cannot_be_read_are_told_and_the_rest_is_examined(triage: Triage) -> None:
    Path("triage.toml").write_text("[route]\nclear_rsk = 1\n")
    ran = triage("doctor", "--json", "--db", "sqlite:///a.db")
    assert ran.status == 1
    assert "did you mean 'route.clear_risk'" in problems(ran, broken=True)[0]
    assert ran.json["store"]["url"] == "sqlite:///a.db"
    assert ran.json["plugins"]


def test_every_extra_has_a_purpose() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) - {"all", "dev"} == set(PURPOSES)


def test_judges_are_told_with_their_endpoint_and_a_missing_key(triage: Triage) -> None:
    Path("triage.toml").write_text(
        '[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "http://127.0.0.1:9/v1"\n'
        '[judges.b]\nprovider = "anthropic"\nmodel = "m"\n'
    )
    ran = triage("doctor", "--json", ANTHROPIC_API_KEY="")
    assert ran.status == 1
    # the tests' own proxy, which leads nowhere, is named with them
    places = [one["to"].partition(" through ")[0] for one in ran.json["destinations"]]
    assert places == ["http://127.0.0.1:9/v1", "https://api.anthropic.com"]
    nobody, keyless = problems(ran, broken=True)
    assert "judge a" in nobody
    assert "judge b" in keyless
    assert "ANTHROPIC_API_KEY" in keyless
