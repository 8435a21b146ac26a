"""Connecting a project of Label Studio, sending it tasks and fetching what was said there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, write_lines
from label_studio_cases import (
    GOLDEN,
    PENS,
    Here,
    StandIn,
    connected,
    here,
    label_studio,
    put_pens,
    write_export,
)
from server_cases import engine, lite, lite_databases, post_databases, url
from server_process import serving
from sqlalchemy import Engine

from triage.errors import UsageError
from triage.platforms.label_studio.connecting import advice
from triage.platforms.label_studio.forms.config import View, label_config, read_config
from triage.records import Label
from triage.store.database import open_store
from triage.store.platforms.label_studio import project_of_number

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]


@pytest.fixture
def there(lite: Engine) -> Iterator[tuple[str, StandIn]]:
    put_pens(lite)
    with label_studio() as found:
        yield found


def ask(url: str, *arguments: str) -> Here:
    spoken = {"TRIAGE_LABEL_STUDIO_URL": url, "TRIAGE_LABEL_STUDIO_TOKEN": "T0KEN"}
    return here(*arguments, **spoken)


def test_a_project_is_made_with_its_backend_and_webhook(there: tuple[str, StandIn]) -> None:
    url, stand_in = there
    with serving("sqlite:///triage.db") as server:
        backend = f"{server.origin}/label-studio"
        done = ask(url, "label-studio", "connect", "--backend", backend, "--json")
        assert done.status == 0, done.err
        again = ask(url, "label-studio", "connect", "--backend", backend, "--json")
    assert (done.json["project"], done.json["made"], again.json["made"]) == (3, True, False)
    assert done.json["strangers"] == ["ann@example.org"]
    assert any("SSRF_PROTECTION_ENABLED=false" in one for one in done.json["advice"])
    (registered,) = stand_in.backends
    assert registered["auth_method"] == "BASIC_AUTH"
    assert registered["basic_auth_user"] == "label-studio-3"
    (webhook,) = stand_in.webhooks
    assert webhook["url"] == f"{backend}/webhook"
    assert webhook["headers"]["Authorization"].startswith("Basic ")
    assert stand_in.project is not None
    assert stand_in.project["show_collab_predictions"] is True
    assert {one["Authorization"] for one in stand_in.headers} == {"Token T0KEN"}
    told = json.dumps(done.json) + done.err
    assert registered["basic_auth_pass"] not in told
    assert "T0KEN" not in told
    store = open_store("sqlite:///triage.db")
    with store.connect() as connection:
        kept = project_of_number(connection, 3)
    store.dispose()
    assert kept is not None
    assert (kept.url, kept.view, kept.blind) == (url, "step", False)


def test_what_stands_in_the_way_is_told(there: tuple[str, StandIn]) -> None:
    url, stand_in = there
    nothing = ask(url, "label-studio", "connect", "--backend", "http://127.0.0.1:9/label-studio")
    assert nothing.status == 2
    assert "start `triage serve` first" in nothing.err
    stranger = ask(url, "label-studio", "connect", "--backend", url)
    assert "is not `triage serve`" in stranger.err
    unanswered = ask("http://127.0.0.1:9", "export", "label-studio", "--project", "3")
    assert "is not connected" in unanswered.err
    assert "token is missing" in here("label-studio", "connect").err
    with serving("sqlite:///triage.db") as server:
        backend = f"{server.origin}/label-studio"
        stand_in.refuse_backend = "URL resolves to a reserved network address"
        refused = ask(url, "label-studio", "connect", "--backend", backend)
        assert refused.status == 2
        assert "reserved network address" in refused.err
        assert "ML_BLOCK_LOCAL_IP=false" in refused.err
        stand_in.predictions = [{"task": 1}]
        blind = ask(url, "label-studio", "connect", "--blind", "--backend", backend)
        assert "a blind project is a new one" in blind.err
        other = ask(url, "label-studio", "connect", "--view", "trace", "--backend", backend)
        assert "labels by step" in other.err


def test_only_private_addresses_need_advice() -> None:
    assert advice("https://8.8.8.8/label-studio") == ()
    assert len(advice("http://10.1.2.3:8000/label-studio")) == 1
    assert len(advice("http://127.0.0.1:8000/label-studio")) == 2


def test_tasks_are_sent_once_with_their_predictions(
    there: tuple[str, StandIn], lite: Engine
) -> None:
    url, stand_in = there
    # the one plugin that serves every domain would have to speak first
    Path("triage.toml").write_text('[plugins]\nblocked = ["text"]\n')
    connected(lite, url=url)
    sent = ask(url, "export", "label-studio", "--project", "3", "--trace", "pens", "--steps", "all")
    assert "3 tasks were sent" in sent.err
    assert [one["data"]["step"] for one in stand_in.tasks] == PENS["steps"]
    assert stand_in.tasks[2]["data"]["context"].endswith(f"2. {PENS['steps'][1]}")
    labels = [one["predictions"][0]["result"][0]["value"] for one in stand_in.tasks[:2]]
    assert labels == [{"choices": ["necessary"]}, {"choices": ["incorrect"]}]
    assert stand_in.tasks[2]["predictions"] == []
    again = ask(
        url, "export", "label-studio", "--project", "3", "--trace", "pens", "--steps", "all"
    )
    assert "0 tasks were sent, 3 were there" in again.err


def test_a_blind_project_gets_no_predictions(there: tuple[str, StandIn], lite: Engine) -> None:
    url, stand_in = there
    connected(lite, url=url, blind=True)
    ask(url, "export", "label-studio", "--project", "3", "--trace", "pens", "--steps", "all")
    assert len(stand_in.tasks) == 3
    assert not any("predictions" in one for one in stand_in.tasks)
    wanted = ("export", "label-studio", "--blind", "--steps", "all", "--out", "t.json")
    assert here(*wanted).status == 0
    assert "judge-a" not in Path("t.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("view", ["step", "trace"])
def test_a_file_of_tasks_is_what_the_backend_would_answer(
    there: tuple[str, StandIn], view: str
) -> None:
    wanted = ("--view", view, "--trace", "pens", "--steps", "all", "--out", "tasks.json")
    assert here("export", "label-studio", *wanted).status == 0
    tasks = json.loads(Path("tasks.json").read_text(encoding="utf-8"))
    assert len(tasks) == (3 if view == "step" else 1)
    config = read_config(label_config(View(view), blind=False))
    assert set(config.words) == set(Label)
    for task in tasks:
        for prediction in task["predictions"]:
            assert {one["from_name"] for one in prediction["result"]} <= {"label", "evidence"}


def test_an_exported_file_is_taken_once(lite: Engine) -> None:
    put_pens(lite)
    file = str(write_export(Path("export.json")))
    unknown = here("import", "label-studio", file)
    assert unknown.status == 3
    (why,) = read_lines(Path("export.rejects.jsonl"))
    assert "user 1 is not known" in why["reason"]
    named = ("import", "label-studio", file, "--expert", "1=ann", "--json")
    assert here(*named).json == {"new": 1, "known": 0, "rejected": 0}
    assert here(*named).json == {"new": 0, "known": 1, "rejected": 0}
    said = [json.loads(one) for one in here("export", "verdicts").out.splitlines()]
    assert [(one["expert"], one["label"], one["mode"]) for one in said] == [
        ("ann", "necessary", "assisted")
    ]


def test_an_import_from_the_project_finds_what_the_webhook_missed(
    there: tuple[str, StandIn], lite: Engine
) -> None:
    url, stand_in = there
    connected(lite, url=url)
    empty = ask(url, "import", "label-studio", "--project", "3", "--json")
    assert empty.json == {"new": 0, "known": 0, "rejected": 0}
    stand_in.exported = GOLDEN["export"]["body"]
    taken = ask(url, "import", "label-studio", "--project", "3", "--json")
    assert taken.json == {"new": 1, "known": 0, "rejected": 0}


def test_files_that_are_none_of_label_studio_are_rejected_row_by_row(lite: Engine) -> None:
    task = GOLDEN["export"]["body"][0]
    rows: list[Any] = [
        {}, {"annotations": 3}, {"project": "x", "annotations": []},
        task | {"annotations": [None, 4]}, task | {"data": None}, task,
    ]  # fmt: skip
    file = str(write_lines(Path("odd.jsonl"), rows))
    ran = here("import", "label-studio", file, "--expert", "1=ann")
    assert ran.status == 3
    assert len(read_lines(Path("odd.rejects.jsonl"))) == 7


UNUSABLE = (
    "",
    "<View>",
    "<View/>",
    '<View><Choices name="a" toName="b"><Choice value="yes"/></Choices></View>',
    '<!DOCTYPE v [<!ENTITY a "aa">]><View>&a;</View>',
    "x" * 300_000,
)


@pytest.mark.parametrize("text", UNUSABLE, ids=range(len(UNUSABLE)))
def test_a_configuration_without_our_labels_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_config(text)


def test_another_configuration_is_read_by_its_values() -> None:
    choices = "".join(f'<Choice value="{label.shown}"/>' for label in Label)
    config = read_config(
        f'<View><Text name="t" value="$step"/><Choices name="verdict" toName="t">{choices}'
        "</Choices></View>"
    )
    assert config.label == ("verdict", "t")
    assert config.words[Label.NECESSARY] == "correct and necessary"
    assert config.evidence is None


def test_the_doctor_tells_that_tasks_go_to_label_studio_and_hides_the_token(lite: Engine) -> None:
    told = ask("http://ls.example.org:8080", "doctor", "--json")
    places = [one["to"] for one in told.json["destinations"]]
    assert places == ["Label Studio at http://ls.example.org:8080"]
    assert "T0KEN" not in told.out
    assert here("doctor", "--json").json["destinations"] == []
