"""Jobs and calls of platforms, through a running server on both databases."""

import gzip
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, run_triage, write_lines
from platform_cases import Platform, key_for, lines, platform_at, settings_file, stable, sums
from server_cases import Databases, lite_databases, post_databases

from triage.records import Decision
from triage.records.job import Job, Prelabelled
from triage.store.database import open_store
from triage.store.people.accounts import Role

__all__ = ["lite_databases", "post_databases"]


@pytest.fixture(scope="module", params=["lite", "post"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "inputs").mkdir()
        (folder / "secret.jsonl").write_bytes(lines(sums(1, "secret")))
        settings_file(f'[jobs]\nfolders = ["{folder}/inputs"]\n[plugins]\nworkers = 1\n')
        databases: Databases = request.getfixturevalue(f"{request.param}_databases")
        yield databases.copy()


@pytest.fixture(scope="module")
def platform(url: str) -> Iterator[Platform]:
    with platform_at(url) as (_, found):
        yield found


def test_traces_are_labelled_at_once_and_answered_from_the_store(platform: Platform) -> None:
    rows = sums(4, "now")
    first = Prelabelled.model_validate(platform.prelabel(rows))
    assert [one.trace_id for one in first.decisions] == [
        row["id"] for row in rows for _ in row["steps"]
    ]
    assert [one.state.value for one in first.traces] == ["done"] * 4
    wrong = {(one.trace_id, one.step) for one in first.decisions if one.label == "incorrect"}
    assert wrong == {("now0", 1), ("now3", 1)}
    assert platform.prelabel(rows) == json.loads(first.model_dump_json(by_alias=True))
    told = platform.get("/traces/now0").json()["decisions"]
    assert told == json.loads(first.model_dump_json(by_alias=True))["decisions"][:2]


def test_a_bad_trace_is_rejected_and_the_rest_goes_on(platform: Platform) -> None:
    platform.prelabel([{"id": "taken", "problem": "p", "steps": ["1 + 1 = 2"]}])
    rows: list[Any] = [
        {"id": "no-steps", "problem": "p"},
        {"id": "taken", "problem": "other", "steps": ["1 + 1 = 3"]},
        {"problem": "not a number", "steps": ["x"], "metadata": {"a": float("nan")}},
        {"problem": "p", "steps": ["nul \0"]},
        {"id": "fine", "problem": "p", "steps": ["1 + 1 = 2"]},
    ]
    reply = platform.client.post("/prelabel", content=json.dumps({"traces": rows}))
    assert reply.status_code == 200, reply.text
    told = reply.json()["traces"]
    assert [one["state"] for one in told] == ["rejected"] * 4 + ["done"]
    assert [one["field"] for one in told[:2]] == ["steps", "id"]
    assert {one["trace_id"] for one in reply.json()["decisions"]} == {"fine"}
    revised = platform.prelabel(rows[1:2], revise=True)
    assert revised["traces"][0]["state"] == "done"


def test_the_same_trace_from_many_at_once_is_one(platform: Platform) -> None:
    row = sums(1, "crowd")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: platform.prelabel(row * 2), range(8)))
    assert {json.dumps(reply, sort_keys=True) for reply in replies} == {
        json.dumps(replies[0], sort_keys=True)
    }
    assert {one["trace_id"] for one in replies[0]["decisions"]} == {"crowd0"}


def test_a_job_says_the_same_as_a_run(platform: Platform, tmp_path: Path) -> None:
    rows = [*sums(30, "many"), {"id": "broken", "problem": "p"}]
    # two traces of one problem that disagree: what is said of one depends on the other
    rows += [
        {"id": f"alt{number}", "domain": "math", "problem": "What is 2 + 2?",
         "steps": ["So it is."], "final_answer": answer, "reference_answer": "4"}
        for number, answer in enumerate(["4", "5", "4"])
    ]  # fmt: skip
    made = platform.job(lines(rows))
    assert made.status_code == 202, made.text
    job = Job.model_validate(made.json())
    assert made.headers["Location"] == f"/api/v1/jobs/{job.id}"
    done = platform.until(job.id, "done")
    assert done["traces"] == {"done": 33, "rejected": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        ran = run_triage("run", write_lines(Path("in.jsonl"), rows), "--out", "out.jsonl")
    assert ran.status == 3, ran.err
    results = platform.results(job.id)
    assert stable(results) == stable(read_lines(tmp_path / "out.jsonl"))
    assert [Decision.model_validate(row) for row in results]
    rejected = platform.get(f"/jobs/{job.id}/traces", state="rejected").json()["traces"]
    assert [(one["trace_id"], one["line"], one["field"]) for one in rejected] == [
        ("broken", 31, "steps")
    ]


@pytest.mark.parametrize("form", ["array", "gzip", "parquet"])
def test_an_upload_may_have_any_form_of_input(
    platform: Platform, form: str, tmp_path: Path
) -> None:
    rows = sums(3, form)
    body = lines(rows)
    if form == "array":
        body = json.dumps(rows).encode()
    elif form == "gzip":
        body = gzip.compress(body)
    else:
        arrow, parquet = map(pytest.importorskip, ("pyarrow", "pyarrow.parquet"))
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "in.parquet")
        body = (tmp_path / "in.parquet").read_bytes()
    job = platform.job(body).json()["id"]
    assert platform.until(job, "done")["traces"] == {"done": 3}


def test_a_file_is_read_from_allowed_folders_only(platform: Platform) -> None:
    folder = Path.cwd()
    write_lines(folder / "inputs" / "a.jsonl", sums(2, "file"))
    (folder / "inputs" / "way-out.jsonl").unlink(missing_ok=True)
    (folder / "inputs" / "way-out.jsonl").symlink_to(folder / "secret.jsonl")
    job = platform.job(b"", file="a.jsonl").json()
    assert platform.until(job["id"], "done")["traces"] == {"done": 2}
    refused = ["../secret.jsonl", str(folder / "secret.jsonl"), "way-out.jsonl", "no.jsonl", ".",
               "a\0.jsonl", "/etc/passwd"]  # fmt: skip
    replies = [platform.job(b"", file=name) for name in refused]
    assert {reply.status_code for reply in replies} == {422}
    assert len({reply.text for reply in replies}) == 1
    assert platform.job(lines(sums(1)), file="a.jsonl").status_code == 422


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"id": "x"}', b"\x1f\x8bbroken"])
def test_a_job_without_a_usable_row_fails_and_says_why(platform: Platform, body: bytes) -> None:
    job = platform.job(body).json()
    told = platform.until(job["id"], "failed")
    assert re.search(
        r"no usable trace: (there are no rows|all 1 rows were rejected; )", told["why"]
    )
    assert platform.get(f"/jobs/{job['id']}/results").text == ""
    assert platform.client.post(f"/jobs/{job['id']}/start").status_code == 409
    assert platform.client.post(f"/jobs/{job['id']}/cancel").status_code == 409
    assert platform.job(b"").status_code == 422


def test_what_a_call_does_not_know_is_refused(platform: Platform) -> None:
    misspelt = platform.job(lines(sums(1)), budget=1)
    assert misspelt.status_code == 422
    assert "budget: no parameter of this call; there are: budget_usd" in misspelt.json()["detail"]
    assert platform.client.get("/jobs", params={"page": 2}).status_code == 422
    twice = platform.client.get("/jobs?limit=5&limit=500")
    assert (twice.status_code, twice.json()["detail"]) == (422, "limit: is given twice")
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert "as the body" in platform.job(lines(sums(1)), form).json()["detail"]


@pytest.mark.parametrize("amount", ["nan", "inf", "-1", "1e400"])
def test_a_limit_that_is_no_sum_of_money_is_refused(platform: Platform, amount: str) -> None:
    before = platform.client.get("/jobs").json()["jobs"]
    refused = platform.job(lines(sums(1)), budget_usd=amount)
    assert refused.status_code == 422
    assert "budget_usd" in refused.json()["detail"]
    assert platform.client.get("/jobs").json()["jobs"] == before


def test_a_call_whose_trace_says_a_thing_twice_is_refused_and_nothing_stored(
    platform: Platform,
) -> None:
    twice = b'{"traces": [{"id": "t", "problem": "2 + 2?", "steps": ["4"], "m": %b}]}'
    said: dict[bytes, str | None] = {
        b'{"x": 1, "y": 2, "x" : 1}': "x: is given twice",
        rb'{"x": 1, "\u0078": 2}': "x: is given twice",
        rb'"what looks like a key in a text: \"x\": \"x\": \"x\":"': None,
    }
    for part, why in said.items():
        reply = platform.client.post("/prelabel", content=twice % part)
        assert reply.status_code == (422 if why else 200), reply.text
        assert reply.json().get("detail") == why
        assert platform.client.get("/traces/t").status_code == (404 if why else 200)


def test_the_same_request_under_a_key_makes_one_job(platform: Platform) -> None:
    body, key = lines(sums(2, "key")), {"Idempotency-Key": "k-1"}
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: platform.job(body, key), range(6)))
    assert {reply.status_code for reply in replies} == {202}, [one.text for one in replies]
    assert len({reply.json()["id"] for reply in replies}) == 1
    for other in (platform.job(body + b"\n", key), platform.job(body, key, hold=True)):
        assert other.status_code == 422
        assert other.json()["type"] == "urn:triage:problem:key-reused"
    assert platform.job(body).json()["id"] != replies[0].json()["id"]
    platform.until(replies[0].json()["id"], "done")


def test_a_job_waits_to_be_started_and_can_be_cancelled(platform: Platform) -> None:
    job = platform.job(lines(sums(3, "hold")), hold=True).json()["id"]
    waiting = platform.until(job, "waiting")
    assert waiting["traces"] == {"queued": 3}
    assert waiting["estimate"] == []
    assert platform.client.post(f"/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert platform.get(f"/jobs/{job}").json()["traces"] == {"cancelled": 3}
    assert platform.client.post(f"/jobs/{job}/cancel").status_code == 409
    assert platform.client.post(f"/jobs/{job}/start").status_code == 200
    assert platform.until(job, "done")["traces"] == {"done": 3}


def test_lists_come_in_pages(platform: Platform) -> None:
    made = [platform.job(lines(sums(5, f"page{at}-"))).json()["id"] for at in range(3)]
    for one in made:
        platform.until(one, "done")
    seen: list[str] = []
    page = platform.get("/jobs", limit=2).json()
    while page["jobs"]:
        seen += [one["id"] for one in page["jobs"]]
        if page["next"] is None:
            break
        page = platform.get("/jobs", limit=2, cursor=page["next"]).json()
    assert seen[:3] == made[::-1]
    assert len(seen) == len(set(seen))
    positions: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = platform.get(f"/jobs/{made[0]}/traces", limit=2, **cursor).json()
        positions += [one["position"] for one in page["traces"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert positions == list(range(5))


def test_a_platform_sees_its_own_jobs_and_a_lead_all(platform: Platform, url: str) -> None:
    job = platform.job(lines(sums(1, "own"))).json()["id"]
    engine = open_store(url)
    other = Platform(_origin(platform), key_for(engine, "other"))
    lead = Platform(_origin(platform), key_for(engine, "boss", Role.LEAD))
    engine.dispose()
    for path in (f"/jobs/{job}", f"/jobs/{job}/traces", f"/jobs/{job}/results"):
        assert other.get(path).status_code == 404
        assert lead.get(path).status_code == 200
    assert other.client.post(f"/jobs/{job}/cancel").status_code == 404
    assert lead.client.post(f"/jobs/{job}/cancel").status_code == 403
    assert other.get("/jobs").json()["jobs"] == []
    assert job in {one["id"] for one in lead.get("/jobs").json()["jobs"]}
    other.client.close()
    lead.client.close()


def _origin(platform: Platform) -> str:
    url = platform.client.base_url
    return f"{url.scheme}://{url.host}:{url.port}"
