"""Every accepted form of file gives the same traces."""

import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from triage.errors import InputError, MissingExtraError
from triage.ingest import Ingested, Reject, read_traces

ROWS = [
    {
        "id": f"row-{number}",
        "domain": "logic",
        "problem": f"Is {number} even?\nSay why.",
        "steps": ['It ends in "}],[{" or \\.', f"So {number % 2 == 0}."],
        "final_correct": True,
        "human": {"first_error": None, "first_error_known": True},
    }
    for number in range(7)
]


def read(*inputs: str | Path) -> list[object]:
    return list(read_traces([str(name) for name in inputs]))


def ids(items: Sequence[object]) -> list[str]:
    assert all(isinstance(item, Ingested) for item in items), items
    return [item.trace.id for item in items if isinstance(item, Ingested)]


def lines(rows: Sequence[object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


FORMS = {
    "lines": lines(ROWS),
    "lines without an end": lines(ROWS)[:-1],
    "lines with blank lines and carriage returns": lines(ROWS).replace(b"\n", b"\r\n\r\n"),
    "lines behind a byte order mark": b"\xef\xbb\xbf" + lines(ROWS),
    "array in one line": json.dumps(ROWS).encode(),
    "array, one element a line": b"[\n" + lines(ROWS)[:-1].replace(b"\n", b",\n") + b"\n]\n",
    "array, indented": b"\n " + json.dumps(ROWS, indent=2).encode(),
    "array, broken into lines without indentation": json.dumps(ROWS, indent=0).encode(),
    "objects over several lines": "\n".join(json.dumps(row, indent=4) for row in ROWS).encode(),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_json_give_the_same_traces(form: str, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "traces"
    path.write_bytes(gzip.compress(FORMS[form]) if zipped else FORMS[form])
    items = read(path)
    assert ids(items) == [row["id"] for row in ROWS]
    assert [item.trace for item in items if isinstance(item, Ingested)] == [
        item.trace
        for item in read(write(tmp_path / "plain", lines(ROWS)))
        if isinstance(item, Ingested)
    ]


@pytest.mark.parametrize("form", FORMS)
def test_lines_are_told_where_each_trace_begins(form: str, tmp_path: Path) -> None:
    path = write(tmp_path / "traces", FORMS[form])
    rows = FORMS[form].removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for item in read(path):
        assert isinstance(item, Ingested)
        head = b"\n".join(rows[item.line - 1 : item.line + 2])
        assert head.lstrip(b"[ ").startswith(b"{")
        assert item.trace.id.encode() in head or form == "array in one line"


@pytest.mark.parametrize("pad", ["", "x", "xx"])
def test_a_sign_may_be_escaped_where_a_read_ends(pad: str, tmp_path: Path) -> None:
    problem = pad + '"}' * 100_000
    rows = [{"id": "long", "problem": problem, "steps": ["a"]}, *ROWS]
    path = write(tmp_path / "t.json", json.dumps(rows).encode())
    first, *others = read(path)
    assert isinstance(first, Ingested)
    assert first.trace.problem == problem
    assert ids(others) == [str(row["id"]) for row in ROWS]


@pytest.mark.parametrize("zipped", [False, True])
def test_parquet_gives_the_same_traces(zipped: bool, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), buffer)
    data = gzip.compress(buffer.getvalue()) if zipped else buffer.getvalue()
    items = read(write(tmp_path / "traces.any", data))
    assert ids(items) == [row["id"] for row in ROWS]
    assert [item.line for item in items if isinstance(item, Ingested)] == list(range(1, 8))
    plain = read(write(tmp_path / "plain", lines(ROWS)))
    assert [i.content_hash for i in items if isinstance(i, Ingested)] == [
        i.content_hash for i in plain if isinstance(i, Ingested)
    ]


def test_parquet_keeps_nested_columns_as_json_text_and_drops_not_a_number(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    judges = [{"name": "a", "step_scores": [0.25, None]}]
    table = pyarrow.table(
        {
            "problem": ["p", "p", "p"],
            "steps": [["x", "y"], ["x", "z"], ["x", "t"]],
            "judges": [json.dumps(judges), "{", '[{"name": "a", "name": "b"}]'],
            "difficulty": [float("nan"), 1.0, 1.0],
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    good, bad, twice = read(tmp_path / "t.parquet")
    assert isinstance(good, Ingested)
    assert good.trace.proposals[0].step_scores == (0.25, None)
    assert good.trace.metadata == {"difficulty": None}
    assert isinstance(bad, Reject)
    assert (bad.line, bad.field) == (2, "judges")
    assert isinstance(twice, Reject)
    assert (twice.line, twice.field, twice.reason) == (3, "judges.name", "is given twice")


def test_parquet_without_its_library_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"steptriage\[parquet\]"):
        read(write(tmp_path / "t.parquet", b"PAR1 and so on"))


def test_standard_input_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (lines(ROWS), json.dumps(ROWS).encode(), gzip.compress(lines(ROWS))):
        stream = SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(data)))
        monkeypatch.setattr("sys.stdin", stream)
        items = read("-")
        assert ids(items) == [row["id"] for row in ROWS]
        assert {item.file for item in items if isinstance(item, Ingested)} == {"-"}


def test_patterns_and_files_are_read_once_each_in_the_order_named(tmp_path: Path) -> None:
    for name, row in zip(("b.jsonl", "a.jsonl", "c.json"), ROWS, strict=False):
        write(tmp_path / name, lines([row]))
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep" / "d.jsonl", lines([ROWS[3]]))
    found = ids(read(tmp_path / "c.json", tmp_path / "**/*.jsonl", tmp_path / "a.jsonl"))
    assert found == ["row-2", "row-1", "row-0", "row-3"]


def test_a_file_name_may_hold_pattern_signs(tmp_path: Path) -> None:
    assert ids(read(write(tmp_path / "a[1].jsonl", lines(ROWS[:1])))) == ["row-0"]


@pytest.mark.parametrize("name", ["missing.jsonl", "*.missing", ".", "x" * 5_000, "a\0b"])
def test_inputs_that_are_no_files_are_refused_before_anything_is_read(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError):
        read_traces([str(tmp_path / name)])


def test_no_input_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="no input"):
        read_traces([])


@pytest.mark.parametrize("data", [b"", b"\n \n", b"[]", b" [ ] "])
def test_nothing_usable_is_an_error_at_the_end(data: bytes, tmp_path: Path) -> None:
    items = read_traces([str(write(tmp_path / "t.jsonl", data))])
    with pytest.raises(InputError, match="no rows"):
        list(items)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
