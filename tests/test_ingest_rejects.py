"""Every bad row is one reject with file, line, field and reason, and costs no other row."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage.errors import InputError
from triage.ingest import (
    Ingested,
    IngestOptions,
    Item,
    Limits,
    Reject,
    RejectsFile,
    Repeat,
    read_traces,
    rejects_path,
)

GOOD = [b'{"id":"%d","problem":"p","steps":["one","two"]}' % number for number in range(4)]


def row(**fields: object) -> bytes:
    return json.dumps({"id": "bad", "problem": "p", "steps": ["one", "two"]} | fields).encode()


def judge(**fields: object) -> bytes:
    return row(judges=[{"name": "ok", "step_scores": [1, 0]}, {"name": "j"} | fields])


NEST = b"[" * 5_000
BAD: dict[str, tuple[bytes, str | None, str]] = {
    "broken encoding": (b'{"id":"bad","problem":"\xff\xfe"}', None, "not UTF-8"),
    "not JSON": (b'{"id":"bad","problem":tru}', None, "not JSON"),
    "no object": (b'["id"]', None, "not an object"),
    "cut off": (b'{"id":"bad","problem":"p","st', None, "not JSON"),
    "not a number": (b'{"id":"bad","problem":"p","x":NaN}', None, "not JSON"),
    "infinity": (b'{"id":"bad","problem":"p","x":-Infinity}', None, "not JSON"),
    "lone surrogate": (b'{"id":"bad","problem":"\\ud800"}', None, "not JSON"),
    "nesting bomb": (b'{"id":"bad","x":' + NEST + b"}", None, "not JSON"),
    "deep nesting": (row(x=json.loads("[" * 90 + "]" * 90)), None, "nested deeper"),
    "key given twice": (b'{"id":"bad","problem":"p","problem":"q"}', "problem", "twice"),
    "key given twice, far from its colon": (
        b'{"id":"bad","problem"  :"p","problem"\t:"q"}',
        "problem",
        "twice",
    ),
    "raw NUL": (b'{"id":"bad","problem":"a\0b"}', None, "NUL"),
    "NUL in a step": (row(steps=["one", "t\0o"]), "steps[1]", "NUL"),
    "NUL in a key": (row(x={"a\0": 1}), "x", "NUL"),
    "no problem": (b'{"id":"bad","steps":["one"]}', "problem", "missing"),
    "blank problem": (row(problem=" \n"), "problem", "empty"),
    "problem no text": (row(problem=["p"]), "problem", "a list"),
    "no steps": (b'{"id":"bad","problem":"p"}', "steps", "missing"),
    "steps no list": (row(steps="one"), "steps", "a text"),
    "step no text": (row(steps=["one", 2]), "steps[1]", "a number"),
    "empty steps": (row(steps=[]), "steps", "empty"),
    "empty step": (row(steps=["one", " \n"]), "steps[1]", "empty"),
    "blank text": (b'{"id":"bad","problem":"p","text":" \\n "}', "text", "empty"),
    "huge step": (row(steps=["one", "x" * 10_000_000]), "steps[1]", "10000000 characters"),
    "too many steps": (row(steps=["x"] * 10_001), "steps", "10001 steps"),
    "id no text": (row(id={"a": 1}), "id", "an object"),
    "id beyond exact numbers": (row(id=10**30), "id", "too long a number"),
    "answer no text": (row(final_answer=[1]), "final_answer", "a list"),
    "option null": (row(options=["a", None]), "options[1]", "null"),
    "final_correct no flag": (row(final_correct="yes"), "final_correct", "a text"),
    "metadata no object": (row(metadata=[1]), "metadata", "a list"),
    "human no object": (row(human=[1]), "human", "a list"),
    "first error outside": (row(human={"first_error": 2}), "human.first_error", "0 to 1"),
    "first error negative": (row(human={"first_error": -1}), "human.first_error", "0 to 1"),
    "first error no index": (row(human={"first_error": True}), "human.first_error", "true or"),
    "human labels too few": (
        row(human={"step_labels": ["correct"]}),
        "human.step_labels",
        "1 entries for 2 steps",
    ),
    "human label unknown": (
        row(human={"step_labels": ["correct", "fine"]}),
        "human.step_labels[1]",
        "'fine'",
    ),
    "judges no list": (row(judges={"name": "a"}), "judges", "an object"),
    "judge without a name": (judge(name=None), "judges[1].source", "missing"),
    "judge labels too many": (
        judge(step_labels=[None] * 3),
        "judges[1].step_labels",
        "3 entries for 2 steps",
    ),
    "judge label unknown": (judge(step_labels=[1, None]), "judges[1].step_labels[0]", "'1'"),
    "judge label nested": (judge(step_labels=[[], None]), "judges[1].step_labels[0]", "a list"),
    "score too high": (judge(step_scores=[1, 1.5]), "judges[1].step_scores[1]", "1.5"),
    "score no number": (judge(step_scores=["1", 1]), "judges[1].step_scores[0]", "a text"),
    "confidences too few": (
        judge(step_scores=[1, 1], confidences=[]),
        "judges[1].confidences",
        "0 entries",
    ),
    "explanation no text": (
        judge(step_scores=[1, 1], explanations=[None, {}]),
        "judges[1].explanations[1]",
        "an object",
    ),
    "id of another trace": (row(id="0", steps=["other"]), "id", "other content"),
}


def read(path: Path, data: bytes, options: IngestOptions | None = None) -> list[Item]:
    path.write_bytes(data)
    return list(drained(read_traces([str(path)], options)))


def drained(items: Iterator[Item]) -> Iterator[Item]:
    """All items, without the error that ends an input of rejects alone."""
    try:
        yield from items
    except InputError:
        return


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_a_bad_row_is_one_reject_and_nothing_else_is_lost(
    name: str, form: str, tmp_path: Path
) -> None:
    raw, field, reason = BAD[name]
    rows = [*GOOD[:2], raw, *GOOD[2:]]
    data = b"\n".join(rows) if form == "lines" else b"[\n" + b",\n".join(rows) + b"\n]"
    items = read(tmp_path / "t", data)
    rejects = [item for item in items if isinstance(item, Reject)]
    assert [item.trace.id for item in items if isinstance(item, Ingested)] == ["0", "1", "2", "3"]
    assert len(rejects) == 1
    assert rejects[0].file == str(tmp_path / "t")
    assert rejects[0].line == 3 + (form == "array")
    if form == "lines" or field is not None:
        assert rejects[0].field == field
        assert reason in rejects[0].reason
    assert len(rejects[0].reason) < 300


def test_the_last_line_cut_off_is_named_as_such(tmp_path: Path) -> None:
    *_, last = read(tmp_path / "t", b"\n".join(GOOD)[:-7])
    assert isinstance(last, Reject)
    assert (last.line, last.field) == (4, None)
    assert "unexpected end" in last.reason


def test_an_array_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    whole = b"[\n" + b",\n".join(GOOD) + b"\n]"
    for cut, kept in ((-10, 3), (-1, 4)):
        items = read(tmp_path / "t", whole[:cut])
        assert sum(isinstance(item, Ingested) for item in items) == kept
        assert sum(isinstance(item, Reject) for item in items) == 1


def test_a_broken_element_of_an_indented_array_costs_itself_alone(tmp_path: Path) -> None:
    rows = [json.loads(one) | {"x": {"y": [{"z": 1}]}} for one in GOOD]
    whole = json.dumps(rows, indent=4)
    for broken in (whole.replace('"id": "1"', '"id": "1'), whole.replace('"z": 1', '"z": [', 1)):
        items = read(tmp_path / "t", broken.encode())
        assert sum(isinstance(item, Ingested) for item in items) == 3
        assert sum(isinstance(item, Reject) for item in items) == 1


def test_nesting_is_refused_beyond_the_limit_and_not_before(tmp_path: Path) -> None:
    deepest = Limits().depth - 1  # the row itself is a level
    rows = [row(id=str(levels), x=json.loads("[" * levels + "]" * levels))
            for levels in (deepest, deepest + 1)]  # fmt: skip
    items = read(tmp_path / "t", b"\n".join(rows))
    assert [type(item) for item in items] == [Ingested, Reject]


def test_a_row_beyond_the_limit_is_passed_over_in_any_form(tmp_path: Path) -> None:
    options = IngestOptions(limits=Limits(row_bytes=1_000))
    rows = [GOOD[0], row(x="y" * 300_000), *GOOD[1:]]
    for data in (b"\n".join(rows), b"[" + b",".join(rows) + b"]"):
        items = read(tmp_path / "t", data, options)
        assert [type(item) for item in items] == [Ingested, Reject, Ingested, Ingested, Ingested]
        assert isinstance(items[1], Reject)
        assert "more than 1000" in items[1].reason


def test_a_row_may_be_as_long_as_the_limit(tmp_path: Path) -> None:
    for short, kind in ((0, Ingested), (1, Reject)):
        options = IngestOptions(limits=Limits(row_bytes=len(GOOD[0]) - short))
        items = read(tmp_path / "t", b"\n".join(GOOD), options)
        assert [type(item) for item in items] == [kind] * len(GOOD)


def test_a_broken_gzip_stream_gives_what_it_still_holds(tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(row(id=str(n), x=hex(n**9)) for n in range(20_000)))
    items = read(tmp_path / "t.gz", packed[: len(packed) // 2])
    assert sum(isinstance(item, Ingested) for item in items) > 1_000
    assert isinstance(items[-1], Reject)
    assert isinstance(items[-1].line, int)


def test_broken_files_do_not_stop_the_next_file(tmp_path: Path) -> None:
    broken = {
        "a.gz": gzip.compress(GOOD[0])[:8],
        "b.parquet": b"PAR1 but not really PAR1",
        "c.jsonl": b"\n".join(GOOD).decode().encode("utf-16"),
    }
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "d.jsonl").write_bytes(GOOD[0])
    items = list(read_traces([str(tmp_path / "*")]))
    assert [type(item) for item in items] == [Reject, Reject, Reject, Ingested]


def test_the_same_trace_twice_is_a_repeat_and_no_reject(tmp_path: Path) -> None:
    without_id = b'{"problem":"p","steps":["one"]}'
    items = read(tmp_path / "t", b"\n".join([GOOD[0], without_id, GOOD[0], without_id]))
    assert [type(item) for item in items] == [Ingested, Ingested, Repeat, Repeat]
    assert [item.line for item in items] == [1, 2, 3, 4]


def test_input_of_rejects_alone_ends_in_an_error_after_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"{}\n{}")
    items = read_traces([str(tmp_path / "t")])
    assert isinstance(next(items), Reject)
    assert isinstance(next(items), Reject)
    with pytest.raises(InputError, match="all 2 rows"):
        next(items)


@pytest.mark.parametrize(
    "unit",
    [b"{", b"{\n", b'{"\n', b"}", b"{]\n", b"\\", b'\\"', b"1,", b'{"a":[\n', b"[", b"]", b"\0"],
)
def test_hostile_arrays_take_linear_time(unit: bytes, tmp_path: Path) -> None:
    items = read(tmp_path / "t", b"[\n" + unit * (60_000 // len(unit)))
    assert items
    assert all(isinstance(item, Reject) for item in items)


def test_the_rejects_file_stands_beside_the_output_and_only_if_needed(tmp_path: Path) -> None:
    path = rejects_path(tmp_path / "out.jsonl")
    assert path == tmp_path / "out.rejects.jsonl"
    reject = Reject(file="f", line=3, field="steps[1]", reason="is empty", id="x")
    with RejectsFile(path) as rejects:
        rejects.write(reject)
        assert rejects.count == 1
        assert not path.exists()
    assert json.loads(path.read_text()) == reject.model_dump()
    with RejectsFile(path):
        pass
    assert list(tmp_path.iterdir()) == []
