"""Label Studio's ML-backend protocol, with requests as the real one sends them."""

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from label_studio_cases import (
    KEY,
    PENS,
    TRACE_KEY,
    Backend,
    body,
    connected,
    label_studio,
    put_pens,
)
from server_cases import Browser, engine, lite, lite_databases, post_databases, url, visitor
from sqlalchemy import Engine, text

from triage.configuration.settings import LabelStudioSettings, PluginSettings, Settings
from triage.platforms.version import version_in_use
from triage.queue.people import admit
from triage.records import Mode
from triage.server.app import create_app
from triage.store.database import writing
from triage.store.labelling.verdicts import check_chain, log_lines
from triage.store.platforms.label_studio import keep_waiting, waiting_tasks
from triage.store.run.models import keep_model

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

BARE = Settings(plugins=PluginSettings(blocked=("math", "logic", "text")))


@pytest.fixture
def backend(engine: Engine) -> Backend:
    put_pens(engine)
    return Backend(engine, BARE)


def log(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        check_chain(connection)
        return list(log_lines(connection))


def test_it_answers_with_the_version_of_its_predictions(backend: Backend) -> None:
    told = backend.client.get("/label-studio/health", auth=backend.auth)
    assert told.json() == {"status": "UP", "model_class": "triage"}
    version = backend.golden("setup").json()["model_version"]
    assert version.startswith("triage-")
    results = backend.golden("predict").json()["results"]
    assert [one["model_version"] for one in results[:2]] == [version] * 2
    versions = backend.client.get("/label-studio/versions", auth=backend.auth)
    assert versions.json() == {"versions": [version]}


def test_only_the_right_credentials_open_it(backend: Backend) -> None:
    for auth in (None, ("label-studio-3", "wrong"), ("somebody", backend.auth[1]), ("", "")):
        reply = backend.client.get("/label-studio/health", auth=auth)
        assert reply.status_code == 401
    broken = {"Authorization": "Basic ???"}
    assert backend.client.get("/label-studio/health", headers=broken).status_code == 401
    bearer = {"Authorization": f"Bearer {backend.auth[1]}"}
    assert backend.client.get("/label-studio/health", headers=bearer).status_code == 200


def test_a_prediction_has_the_label_its_probability_and_the_reasons(backend: Backend) -> None:
    first, second, third = backend.golden("predict").json()["results"]
    label = next(one for one in second["result"] if one["from_name"] == "label")
    assert label["value"] == {"choices": ["incorrect"]}
    assert (label["to_name"], label["type"]) == ("step", "choices")
    assert label["score"] == second["score"]
    assert 0 < second["score"] < 1
    (evidence,) = [one for one in second["result"] if one["from_name"] == "evidence"]
    assert "judge-a: 12 - 5 is 7" in evidence["value"]["text"]
    assert first["result"][0]["value"] == {"choices": ["necessary"]}
    assert third == [], "a step on which nobody has an opinion has no prediction"


def test_a_trace_is_predicted_as_stretches_of_its_paragraphs(backend: Backend) -> None:
    sent = body("predict_trace")
    sent["tasks"][0]["data"]["domain"] = "history"
    (told,) = backend.post("/predict", sent).json()["results"]
    places = [(one["value"]["start"], one["value"]["paragraphlabels"]) for one in told["result"]]
    assert places == [("0", ["necessary"]), ("1", ["incorrect"])]
    assert told["result"][1]["value"]["endOffset"] == len(PENS["steps"][1])
    assert told["score"] == min(one["score"] for one in told["result"])


def test_a_task_that_shows_another_text_gets_nothing(backend: Backend) -> None:
    sent = body("predict")
    sent["tasks"][1]["data"]["step"] = "She gives 5 away, so 12 - 5 = 7 are left."
    assert backend.post("/predict", sent).json()["results"][1] == []


def test_a_blind_project_gets_nothing_for_every_task(backend: Backend, engine: Engine) -> None:
    connected(engine, blind=True)
    assert backend.golden("predict").json() == {"results": [[], [], []]}


def test_nothing_is_shown_of_a_step_in_a_blind_sample(backend: Backend, engine: Engine) -> None:
    with writing(engine) as connection:
        row = connection.execute(
            text(
                "SELECT key, body FROM decisions WHERE trace = "
                "(SELECT key FROM traces WHERE id = 'pens')"
            )
        ).one()
        drawn = bytes(row.body).replace(b'"action":"hold"', b'"action":"audit"')
        drawn = drawn.replace(b'"action":"ask"', b'"action":"audit"')
        connection.execute(
            text("UPDATE decisions SET body = :body WHERE key = :key"),
            {"body": drawn, "key": row.key},
        )
    assert backend.golden("predict").json() == {"results": [[], [], []]}


def test_another_ranker_is_another_version(backend: Backend, engine: Engine) -> None:
    before = backend.golden("setup").json()["model_version"]
    with writing(engine) as connection:
        keep_model(connection, "v2", b"{}")
    assert backend.golden("setup").json()["model_version"] != before


def test_bad_requests_are_refused_in_words(backend: Backend) -> None:
    sent = body("predict")
    broken: tuple[dict[str, Any], ...] = (
        {"project": "5"}, {"project": "9" * 20 + ".1"}, {"label_config": "<View/>"},
        {"label_config": '<!DOCTYPE x [<!ENTITY a "b">]><View/>'}, {"tasks": [{}]},
        {"label_config": "<View"}, {"tasks": 3}, {"label_config": None},
    )  # fmt: skip
    for changed in broken:
        reply = backend.post("/predict", sent | changed)
        assert reply.status_code == 422, changed
        assert reply.json()["detail"]
    assert backend.post("/predict", [1]).status_code == 422
    for event in ({"action": "ANNOTATION_CREATED"}, {"action": "TASKS_CREATED", "project": {}}):
        assert backend.post("/webhook", event).status_code == 422
    odd = sent | {"tasks": [{"id": 1}, {"id": 2, "data": []}, {"id": 3, "data": {"steps": [1]}}]}
    assert backend.post("/predict", odd).json() == {"results": [[], [], []]}


def test_an_annotation_becomes_a_verdict_given_with_help(backend: Backend, engine: Engine) -> None:
    connected(engine)
    told = backend.golden("annotation_created").json()
    assert told == {"status": "ok", "verdicts": 1, "withdrawn": 0, "refused": []}
    (said,) = log(engine)
    assert (said["trace_id"], said["step"], said["label"]) == ("pens", 1, "incorrect")
    assert (said["expert"], said["mode"], said["seconds"]) == ("ann", "assisted", 3.5)
    assert said["note"] == "12 - 5 is 7"
    backend.golden("annotation_created")
    assert len(log(engine)) == 1, "told twice, it counts once"


def test_a_changed_annotation_speaks_anew_and_a_deleted_one_not_at_all(
    backend: Backend, engine: Engine
) -> None:
    connected(engine)
    backend.golden("annotation_created")
    assert backend.golden("annotation_updated").json()["verdicts"] == 1
    assert [one["label"] for one in log(engine)] == ["incorrect", "necessary"]
    gone = backend.golden("annotations_deleted").json()
    assert gone["withdrawn"] == 2
    assert [one["withdraws"] is None for one in log(engine)] == [True, True, False, False]
    assert backend.golden("annotations_deleted").json()["withdrawn"] == 0
    lead = Browser(engine, "lea").get("/traces/pens").json()["decisions"]
    assert lead[1]["final"] is None


def test_a_skipped_annotation_takes_its_word_back(backend: Backend, engine: Engine) -> None:
    connected(engine)
    backend.golden("annotation_created")
    sent = body("annotation_updated")
    sent["annotation"] |= {"was_cancelled": True, "result": []}
    assert backend.post("/webhook", sent).json()["withdrawn"] == 1


def test_deleting_a_task_takes_nothing_back(backend: Backend, engine: Engine) -> None:
    connected(engine)
    backend.golden("annotation_created")
    assert backend.golden("tasks_deleted").json()["withdrawn"] == 0
    assert len(log(engine)) == 1


def test_labels_of_a_blind_project_are_blind_unless_a_prediction_was_there(
    backend: Backend, engine: Engine
) -> None:
    connected(engine, blind=True)
    sent = body("annotation_created")
    backend.post("/webhook", sent)
    sent["task"]["total_predictions"] = 0
    sent["annotation"] |= {"id": 9, "updated_at": "2026-11-23T08:00:00Z"}
    backend.post("/webhook", sent)
    assert [one["mode"] for one in log(engine)] == [Mode.ASSISTED, Mode.BLIND]


def test_what_cannot_be_a_verdict_is_refused_with_the_reason(
    backend: Backend, engine: Engine
) -> None:
    copied = backend.golden("predictions_copied").json()
    assert "copy of a prediction" in copied["refused"][0]
    stranger = backend.golden("annotation_created").json()
    assert "user 1 is not known" in stranger["refused"][0]
    connected(engine)
    for changed, why in (
        ({"updated_by": 2}, "changed what user 1 said"),
        ({"result": []}, "none of our labels"),
        ({"result": None}, "no list"),
        ({"updated_at": "soon"}, "no time"),
        ({"id": "x"}, "no number"),
    ):
        sent = body("annotation_created")
        sent["annotation"] |= changed
        assert why in backend.post("/webhook", sent).json()["refused"][0]
    sent = body("annotation_created")
    sent["task"]["data"]["step"] = "She gives none away."
    assert "another text" in backend.post("/webhook", sent).json()["refused"][0]
    with writing(engine) as connection:
        admit(connection, "test", "ann", ["law"], [])
    refused = backend.golden("annotation_created").json()["refused"][0]
    assert "no credential for 'history'" in refused
    assert log(engine) == []


def test_an_annotated_trace_gives_a_verdict_a_region(backend: Backend, engine: Engine) -> None:
    connected(engine, key=TRACE_KEY)
    sent = body("annotation_created_trace")
    regions = sent["annotation"]["result"]
    last = {"start": "2", "end": "2", "paragraphlabels": ["correct but redundant"]}
    regions.append({**regions[0], "value": {**regions[0]["value"], **last}})
    assert backend.post("/webhook", sent).json()["verdicts"] == 2
    said = [(one["step"], one["label"], one["seconds"]) for one in log(engine)]
    assert said == [(1, "incorrect", 4.75), (2, "redundant", 4.75)]
    sent["annotation"] |= {"result": regions[:1], "updated_at": "2026-11-23T09:00:00Z"}
    told = backend.post("/webhook", sent).json()
    assert (told["verdicts"], told["withdrawn"]) == (1, 1), "a region that is gone says no more"
    twice = {**regions[0], "value": {**regions[0]["value"], "paragraphlabels": ["necessary"]}}
    sent["annotation"]["result"] = [regions[0], twice]
    assert "two different labels" in backend.post("/webhook", sent).json()["refused"][0]
    far = {**regions[0], "value": {**regions[0]["value"], "end": "2"}}
    sent["annotation"]["result"] = [far]
    assert "over several steps" in backend.post("/webhook", sent).json()["refused"][0]


def test_what_the_store_lacks_is_computed_behind_and_pushed(
    lite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with label_studio() as (address, stand_in):
        connected(lite, url=address, key=TRACE_KEY)
        backend = Backend(lite, Settings(label_studio=LabelStudioSettings(token="t")))  # noqa: S106
        stand_in.gone = {1}
        sent = body("predict_trace")
        task = sent["tasks"][0]
        sent["tasks"] = [task | {"id": number} for number in (1, 2)]
        assert backend.post("/predict", sent).json() == {"results": [[], []]}
        until = time.monotonic() + 60
        while not stand_in.predictions and time.monotonic() < until:
            time.sleep(0.1)
        (pushed,) = stand_in.predictions
        assert pushed["task"] == 2, "a task that is gone by then is left out, not all"
        assert pushed["result"][0]["value"]["paragraphlabels"] == ["incorrect"]
        assert stand_in.headers[-1]["Authorization"] == "Token t"
        with lite.connect() as connection:
            assert pushed["model_version"] == version_in_use(connection, Settings()).name
        again = backend.post("/predict", sent).json()["results"]
        assert [one["result"] for one in again] == [pushed["result"]] * 2
        with lite.connect() as connection:
            assert waiting_tasks(connection) == {}
        stop(backend)


def stop(backend: Backend) -> None:
    place = backend.client.app.state.house  # type: ignore[attr-defined]
    place.behind.close()
    place.workshop.close()


def test_a_server_that_starts_pushes_what_the_one_before_could_not(lite: Engine) -> None:
    sent = body("predict_trace")
    task = sent["tasks"][0]
    sent["tasks"] = [task | {"id": number} for number in (1, 2, 3)]
    settings = Settings(label_studio=LabelStudioSettings(token="t"))  # noqa: S106
    connected(lite, key=TRACE_KEY)  # nobody answers there
    first = Backend(lite, settings)
    assert first.post("/predict", sent).json() == {"results": [[], [], []]}
    until = time.monotonic() + 60
    while not first.post("/predict", sent).json()["results"][0] and time.monotonic() < until:
        time.sleep(0.1)
    stop(first)
    with lite.connect() as connection:
        assert waiting_tasks(connection) == {TRACE_KEY: [1, 2, 3]}
        version = version_in_use(connection, settings).name
    with label_studio() as (address, stand_in):
        connected(lite, url=address, key=TRACE_KEY)
        stand_in.project = {"id": 4, "created_at": "2026-11-23T07:11:01.5Z"}
        stand_in.project["label_config"] = sent["label_config"]
        there = {"predictions": [{"model_version": version}]}
        stand_in.tasks = [task | {"id": 1} | there, task | {"id": 2}]
        with TestClient(create_app(lite, settings)):  # comes up, and nobody asks it anything
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with lite.connect() as connection:
                    if not waiting_tasks(connection):
                        break
                time.sleep(0.1)
        (pushed,) = stand_in.predictions
    assert (pushed["task"], pushed["model_version"]) == (2, version), "the first has one, 3 is gone"
    assert pushed["result"][0]["value"]["paragraphlabels"] == ["incorrect"]


def test_another_project_of_the_same_number_gets_nothing(lite: Engine) -> None:
    put_pens(lite)
    with label_studio() as (address, stand_in):
        connected(lite, url=address, key=TRACE_KEY)
        with writing(lite) as connection:
            keep_waiting(connection, TRACE_KEY, [1])
        sent = body("predict_trace")
        stand_in.project = {"id": 4, "created_at": "2026-11-23T09:00:00Z"}
        stand_in.project["label_config"] = sent["label_config"]
        stand_in.tasks = [sent["tasks"][0] | {"id": 1}]
        token = LabelStudioSettings(token="t")  # noqa: S106
        with visitor(lite, BARE.model_copy(update={"label_studio": token})):
            until = time.monotonic() + 60
            while time.monotonic() < until:
                with lite.connect() as connection:
                    if not waiting_tasks(connection):
                        break
                time.sleep(0.05)
        assert stand_in.predictions == []
        assert [path for _, path, _ in stand_in.calls] == ["/api/projects/4"]


def test_a_request_may_be_large_here_and_nowhere_else(backend: Backend, engine: Engine) -> None:
    sent = body("predict")
    sent["tasks"] = sent["tasks"][:1] * 600
    reply = backend.post("/predict", sent)
    assert len(reply.json()["results"]) == 600
    large = visitor(engine, BARE).post("/api/v1/session", content=b"x" * 300_000)
    assert large.status_code == 413


def test_it_tells_nothing_about_other_projects(backend: Backend, engine: Engine) -> None:
    connected(engine, blind=True, key=KEY._replace(made_at=1))
    assert backend.golden("predict").json()["results"][1] != []
