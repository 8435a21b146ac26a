"""Every rule of the guarantee is enforced, and every edit of a file is noticed."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from certify_cases import (
    Place,
    Truth,
    answer,
    certified,
    exported,
    give,
    label_all,
    ok,
    project,
    refused,
    start,
    verdict,
    waiting,
)
from conftest import write_lines
from export_store import call, rows

from triage import guarantee
from triage.certification.binding import Item, rank


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, an export and a log that belong together."""
    folder = tmp_path_factory.mktemp("signed")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        truth = start(project())
        certified(truth)
        exported()
    return folder


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Truth:
    """A store with a drawn sample that nobody has labelled yet."""
    monkeypatch.chdir(tmp_path)
    truth = start(project(60, errors=0.0))
    ok("certify", "plan", "--alpha", "0.15", "--labels", "30", "--coverage", "0.8")
    # a seed whose random share of second labels leaves the last step out
    ok("certify", "draw", "--seed", "3")
    return truth


def all_but_one(truth: Truth) -> Place:
    """Label the sample but for one step."""
    last = waiting()[-1]
    answer(truth, "ann", waiting()[:-1])
    answer(truth, "bob", [place for place in waiting() if place != last])
    return last


def test_a_missing_label_is_named(drawn: Truth) -> None:
    assert "30 of 30 drawn steps have no label" in refused("certify", "sign")
    all_but_one(drawn)
    assert "1 of 30 drawn steps have no label" in refused("certify", "sign")


@pytest.mark.parametrize("mode", ["assisted", "reveal-after"])
def test_a_label_that_is_not_blind_does_not_count(drawn: Truth, mode: str) -> None:
    last = all_but_one(drawn)
    give([verdict(last, drawn[last], "ann", mode=mode)])
    assert f"not blind but {mode}" in refused("certify", "sign")
    # whoever has seen the machine's label can't become blind again
    give([verdict(last, drawn[last], "ann")])
    assert f"not blind but {mode}" in refused("certify", "sign")
    assert waiting() == [last]
    give([verdict(last, drawn[last], "eve")])
    label_all(drawn)
    ok("certify", "sign")


def test_a_label_of_before_the_draw_does_not_count(drawn: Truth) -> None:
    last = all_but_one(drawn)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    give([verdict(last, drawn[last], "ann", at=yesterday)])
    assert "older than the draw" in refused("certify", "sign")


def test_a_revoked_expert_does_not_count(drawn: Truth) -> None:
    last = all_but_one(drawn)
    give([verdict(last, drawn[last], "eve")])
    label_all(drawn)
    ok("experts", "revoke", "eve")
    assert "by 'eve', who has no credential for it or was revoked" in refused("certify", "sign")
    # the step is open again, and another expert can close it
    assert last in waiting()
    give([verdict(last, drawn[last], "bob")])
    label_all(drawn)
    ok("certify", "sign")


def test_an_expert_of_another_domain_does_not_count(drawn: Truth) -> None:
    last = all_but_one(drawn)
    give([verdict(last, drawn[last], "eve")])
    label_all(drawn)
    ok("experts", "add", "eve", "--credential", "law")
    assert "no credential" in refused("certify", "sign")


def test_a_second_label_and_an_adjudicator_are_needed_where_the_first_differs(
    drawn: Truth,
) -> None:
    machine = {(r["trace_id"], r["step"]): r["label"] for r in rows("out.jsonl")}
    disputed = next(place for place in waiting() if machine[place] == "necessary")
    drawn[disputed] = "incomplete"
    answer(drawn, "ann")
    assert disputed in waiting()
    assert "need a second blind label" in refused("certify", "sign")
    answer(machine, "bob")
    told = refused("certify", "sign")
    assert "experts differ" in told
    assert "triage queue resolve" in told
    split = json.loads(ok("queue", "list", "--state", "split", "--json"))
    assert disputed in {(one["trace_id"], one["step"]) for one in split}
    for one in split:
        ok("queue", "resolve", one["trace_id"], str(one["step"]), "necessary",
           "--adjudicator", "eve", "--reason", "plain")  # fmt: skip
    ok("certify", "sign")


def test_a_log_edited_in_the_store_is_noticed(drawn: Truth) -> None:
    label_all(drawn)
    with sqlite3.connect("triage.db") as connection:
        connection.execute("UPDATE verdicts SET label = 'redundant' WHERE key = 3")
    assert "verdict log was altered at row 3" in refused("certify", "sign")


def test_a_batch_whose_trace_was_revised_is_not_signed(drawn: Truth) -> None:
    label_all(drawn)
    traces = [json.loads(line) for line in Path("in.jsonl").read_text().splitlines()]
    traces[0]["steps"][0] = "Something else."
    write_lines(Path("in.jsonl"), traces)
    ok("run", "in.jsonl", "--revise")
    ran = call("certify", "sign")
    assert ran.status == 3
    assert "revised or forgotten" in ran.err
    assert "sign before you revise" in ran.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--alpha", "0"], "above 0 and below 1"),
        (["--alpha", "nan"], "above 0 and below 1"),
        (["--alpha", "0.1", "--delta", "1"], "above 0 and below 1"),
        (["--alpha", "0.1", "--labels", "3"], "can certify"),
        (["--alpha", "0.001", "--labels", "50"], "cannot certify"),
        (["--alpha", "0.1", "--coverage", "0.5"], "--labels"),
        (["--alpha", "0.1", "--labels", "50", "--coverage", "2"], "at most 1"),
        (["--alpha", "0.1", "--labels", "50", "--second-share", "2"], "from 0 to 1"),
    ],
)
def test_a_plan_that_can_be_none_is_refused(drawn: Truth, options: list[str], told: str) -> None:
    traces, _truth = project(30, name="more")
    write_lines(Path("more.jsonl"), traces)
    ok("run", "more.jsonl")
    assert told in refused("certify", "plan", *options)


def test_commands_out_of_turn_say_what_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "triage run" in refused("certify", "plan", "--alpha", "0.1")
    truth = start(project(20))
    for words in ("draw", "sign"):
        assert "triage certify plan" in refused("certify", words)
    ok("certify", "plan", "--alpha", "0.2", "--labels", "40", "--coverage", "0.8")
    assert "triage certify draw" in refused("certify", "sign")
    assert "no batch" in refused("certify", "draw", "batch-none")
    ok("certify", "draw")
    assert "experts label it" in refused("certify", "draw")
    label_all(truth)


Rows = list[dict[str, Any]]


def first(found: Rows, **wanted: Any) -> dict[str, Any]:
    return next(row for row in found if all(row[name] == value for name, value in wanted.items()))


EXPORTS: dict[str, Callable[[Rows], object]] = {
    "a label": lambda found: first(found, decision="accept").update(label="redundant"),
    "a text": lambda found: first(found, decision="accept").update(text="Edited."),
    "a score": lambda found: first(found, decision="accept").update(score=0.5),
    "a step left out": lambda found: found.remove(first(found, decision="accept")),
    "a step twice": lambda found: found.append(found[0]),
    "one more covered": lambda found: first(found, decision="ask").update(
        decision="accept", certificate=first(found, decision="accept")["certificate"]
    ),
    "one less covered": lambda found: first(found, decision="accept").update(
        decision="ask", certificate=None
    ),
    "beyond the cut": lambda found: next(
        row
        for row in found
        if row["certificate"] is None
        and any(name.startswith("cert-") for one in row["reasons"] for name in one["sources"])
    ).update(decision="accept", certificate=first(found, decision="accept")["certificate"]),
    "a covered step on hold": lambda found: first(found, decision="accept").update(decision="hold"),
    "a final label": lambda found: next(
        row for row in found if row["certificate"] and row["final"]
    )["final"].update(label="redundant"),
    "a correction undone": lambda found: next(
        row
        for row in found
        if row["certificate"] and row["final"] and row["final"]["label"] != row["label"]
    ).update(final=None),
}


TOLD = {
    **dict.fromkeys(("a label", "a text", "a score"), "label, score or place was changed"),
    **dict.fromkeys(
        ("a step left out", "one more covered", "one less covered"), "batch instead of"
    ),
    "a step twice": "twice",
    "beyond the cut": "its cut says the opposite",
    "a covered step on hold": "is hold without a reason",
    **dict.fromkeys(("a final label", "a correction undone"), "the log does not"),
}
"""What is said of each edit: that it is refused for what it is, and not by luck for another."""


def verify(folder: Path, *files: str) -> tuple[str, ...]:
    cert, export, log = (str(folder / name) for name in files)
    return ("certify", "verify", cert, "--export", export, "--verdicts", log)


@pytest.mark.parametrize("edit", EXPORTS)
def test_an_edited_export_is_refused(signed: Path, edit: str, tmp_path: Path) -> None:
    found = rows(signed / "decisions.jsonl")
    EXPORTS[edit](found)
    write_lines(signed / "edited.jsonl", found)
    assert TOLD[edit] in refused(*verify(signed, "cert.json", "edited.jsonl", "log.jsonl"))


LOGS: dict[str, Callable[[Rows], object]] = {
    "a label": lambda found: found[0].update(label="redundant"),
    "an expert": lambda found: found[0].update(expert="zoe"),
    "a time": lambda found: found[0].update(at="2030-01-01T00:00:00Z"),
    "a row left out": lambda found: found.pop(5),
    "the end cut off": lambda found: found.pop(),
    "nothing left": lambda found: found.clear(),
    "two rows exchanged": lambda found: found.insert(0, found.pop(1)),
    "a field left out": lambda found: found[0].pop("salt"),
    "a salt that is none": lambda found: found[0].update(salt="zz"),
    "a note": lambda found: found[0].update(note="edited"),
}


@pytest.mark.parametrize("edit", LOGS)
def test_an_edited_log_is_refused(signed: Path, edit: str) -> None:
    found = rows(signed / "log.jsonl")
    LOGS[edit](found)
    write_lines(signed / "edited.jsonl", found)
    refused(*verify(signed, "cert.json", "decisions.jsonl", "edited.jsonl"))


@pytest.mark.parametrize("field", ["seed", "errors", "accepted", "machine_only", "wrong_at_most",
                                   "share_wrong_at_most", "certified", "bindings", "digest",
                                   "plan"])  # fmt: skip
def test_an_edited_certificate_is_refused(signed: Path, field: str) -> None:
    found = json.loads((signed / "cert.json").read_text())
    edits: dict[str, Any] = {
        "errors": found["errors"][1:],
        "certified": not found["certified"],
        "bindings": found["bindings"] | {"expert:zoe": "*"},
        "digest": "0" * 64,
        "plan": found["plan"] | {"alpha": 0.01},
        "share_wrong_at_most": 0.001,
    }
    found[field] = edits.get(field, 1)
    (signed / "edited.json").write_text(json.dumps(found))
    refused("certify", "verify", str(signed / "edited.json"))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "\x00", '{"a":' * 5_000, "cert"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_files_that_are_something_else_are_refused(signed: Path, text: str, place: int) -> None:
    (signed / "other").write_text(text)
    files = ["cert.json", "decisions.jsonl", "log.jsonl"]
    files[place] = "other"
    refused(*verify(signed, *files))


def test_a_certificate_with_other_errors_is_not_what_the_log_says(signed: Path) -> None:
    """Recomputed by somebody who leaves an error out, it is consistent, but not with the log."""
    real = guarantee.verify((signed / "cert.json").read_bytes())
    ranks = guarantee.draw(real.plan, real.seed)
    forged = guarantee.certify(
        real.plan, real.seed, dict.fromkeys(ranks, False), bindings=real.bindings
    )
    (signed / "forged.json").write_text(forged.model_dump_json())
    old, new = f"cert-{real.digest[:16]}", f"cert-{forged.digest[:16]}"
    text = (signed / "decisions.jsonl").read_text().replace(old, new)
    (signed / "forged.jsonl").write_text(text)
    found = rows(signed / "forged.jsonl")
    members = [
        row
        for row in found
        if row["certificate"] == new or any(new in one["sources"] for one in row["reasons"])
    ]
    ranking = rank(
        [Item(r["trace_id"], r["step"], r["text"], r["label"], r["score"]) for r in members]
    )
    for place in ranking.order[: forged.accepted]:
        members[place].update(decision="accept", certificate=new)
    write_lines(signed / "forged.jsonl", found)
    assert "errors in the sample" in refused(
        *verify(signed, "forged.json", "forged.jsonl", "log.jsonl")
    )


def test_a_text_that_nobody_judged_is_noticed_however_well_it_is_forged(signed: Path) -> None:
    """Export and certificate are made anew around another text: only the log's salts tell."""
    real = guarantee.verify((signed / "cert.json").read_bytes())
    name = f"cert-{real.digest[:16]}"
    found = rows(signed / "decisions.jsonl")
    members = [
        row
        for row in found
        if row["certificate"] == name or any(name in one["sources"] for one in row["reasons"])
    ]

    def ranked() -> Any:
        return rank(
            [Item(r["trace_id"], r["step"], r["text"], r["label"], r["score"]) for r in members]
        )

    order = ranked().order
    for place, at in enumerate(order):
        members[at]["score"] += place * 1e-9  # so that no tie is broken in another way
    drawn = guarantee.draw(real.plan, real.seed)
    members[order[drawn[0]]]["text"] = "What the expert never saw."
    assert ranked().order == order
    forged = guarantee.certify(
        real.plan,
        real.seed,
        {place: place in real.errors for place in drawn},
        bindings=real.bindings | {"batch": ranked().root, "tie_salt": ranked().salt},
    )
    (signed / "forged.json").write_text(forged.model_dump_json())
    write_lines(signed / "forged.jsonl", found)
    text = (signed / "forged.jsonl").read_text()
    (signed / "forged.jsonl").write_text(text.replace(name, f"cert-{forged.digest[:16]}"))
    assert "given on another text" in refused(
        *verify(signed, "forged.json", "forged.jsonl", "log.jsonl")
    )
