"""Reading under random and large input."""

import gzip
import json
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.errors import InputError
from triage.ingest import Ingested, Item, Reject, Repeat, read_traces

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SHOWN = TEXT.filter(lambda text: bool(text.strip()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"problem": SHOWN, "steps": st.lists(SHOWN, min_size=1, max_size=4)},
        optional={"metadata": st.dictionaries(TEXT, JSON, max_size=4), "unknown": JSON},
    ),
    min_size=1,
    max_size=6,
)


def read(data: bytes) -> list[Item]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        path.write_bytes(data)
        return list(without_end(read_traces([str(path)])))


def without_end(items: Iterator[Item]) -> Iterator[Item]:
    """All items, without the error that ends an input without a trace."""
    try:
        yield from items
    except InputError:
        return


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_any_rows_come_back_from_any_form(
    rows: list[dict[str, object]], ascii_only: bool, indent: int | None
) -> None:
    numbered = [{"id": str(at)} | row for at, row in enumerate(rows)]
    lines = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in numbered)
    array = json.dumps(numbered, ensure_ascii=ascii_only, indent=indent)
    for data in (lines.encode(), array.encode(), gzip.compress(array.encode())):
        for row, item in zip(numbered, read(data), strict=True):
            assert isinstance(item, Ingested), item
            assert item.trace.problem == row["problem"]
            assert [step.text for step in item.trace.steps] == row["steps"]
            metadata = dict(row.get("metadata", {}))  # type: ignore[call-overload]
            if "unknown" in row:
                metadata["unknown_" if "unknown" in metadata else "unknown"] = row["unknown"]
            assert item.trace.metadata == metadata


@settings(max_examples=150, deadline=None)
@given(values=st.lists(JSON, max_size=6))
def test_any_json_values_give_one_item_each(values: list[object]) -> None:
    items = read(json.dumps(values).encode())
    assert len(items) == len(values)
    assert all(isinstance(item, (Reject, Repeat, Ingested)) for item in items)


@settings(max_examples=300, deadline=None)
@given(
    data=st.binary(max_size=300)
    | st.text(st.sampled_from('[]{}",:\\\n 1ae'), max_size=200).map(str.encode)
    | st.text(st.sampled_from('{}"\n,'), max_size=100).map(lambda text: b"[\n{" + text.encode())
)
def test_any_bytes_are_read_to_the_end(data: bytes) -> None:
    for item in read(data):
        assert isinstance(item, Reject)
        assert item.line is None or 1 <= item.line <= data.count(b"\n") + 1


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 700), sign=st.sampled_from([b"", b'"', b"{", b"]", b"\n", b"\xff"]))
def test_one_wrong_byte_costs_one_row_of_an_array(at: int, sign: bytes) -> None:
    rows = [
        json.dumps({"id": f"row-{n}", "problem": "p", "steps": [f"step {{{n}}} [x] \\"]})
        for n in range(12)
    ]
    whole = ("[\n" + ",\n".join(rows) + "\n]").encode()
    at = 2 + at % (len(whole) - 4)
    items = read(whole[:at] + sign + whole[at + 1 :])
    lost = 12 - sum(isinstance(item, Ingested) for item in items)
    # Between two rows, a wrong byte may take both.
    assert lost <= 2


@pytest.mark.parametrize("form", ["lines", "array"])
def test_memory_stays_flat(form: str, tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / "big"
        with path.open("w") as file:
            file.write("[\n" if form == "array" else "")
            for number in range(rows):
                file.write(",\n" if form == "array" and number else "")
                row = {"id": str(number), "problem": f"problem {number}", "steps": ["x" * 500] * 4}
                file.write(json.dumps(row) + ("" if form == "array" else "\n"))
            file.write("]" if form == "array" else "")
        tracemalloc.start()
        count = sum(1 for _ in read_traces([str(path)]))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == rows
        return most

    peak(10)
    assert peak(4_000) < peak(400) + 300_000
