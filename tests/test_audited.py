"""The file of audited disagreements: its form, its recomputations, and what is counted by it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks.audited.flags import SETS, Flag, Measured, flags_on, measure
from benchmarks.audited.recompute import holds
from benchmarks.audited.rows import (
    Audit,
    AuditRow,
    Place,
    Verdict,
    read_rows,
    write_rows,
)
from benchmarks.audited.second import main as take_second
from benchmarks.plugins.checkers import Counts
from triage.evaluate import Evaluation
from triage.records import Claim, ClaimVerdict, Findings, Human, Label, Proposal, Step, Trace

ROWS = read_rows()


def row(**given: Any) -> AuditRow:
    """A row of a set that does not exist."""
    fields: dict[str, Any] = {
        "set": "made", "trace": "t", "step": 1, "span": (4, 9), "source": "math",
        "kind": "arithmetic", "place": "alarm", "recompute": "2 + 2 != 5",
        "first": {"verdict": "claim-false", "why": "two and two are four"},
    }  # fmt: skip
    return AuditRow.model_validate(fields | given)


MISREAD = {"verdict": "misread", "why": "it stands in another base"}


@pytest.mark.parametrize("given", ROWS, ids=lambda r: f"{r.trace}-{r.step}-{r.span[0]}")
def test_every_recomputation_holds(given: AuditRow) -> None:
    assert holds(given.recompute)


def test_every_row_stands_for_one_claim_of_an_audited_set() -> None:
    assert ROWS
    assert len({one.key for one in ROWS}) == len(ROWS)
    for one in ROWS:
        assert SETS[one.set] == one.source
        assert 0 <= one.span[0] < one.span[1]
        assert one.place is Place.ALARM or one.first.verdict is Verdict.MISREAD


def test_the_file_is_written_as_it_is_read(tmp_path: Path) -> None:
    write_rows(ROWS, tmp_path / "rows.jsonl")
    assert read_rows(tmp_path / "rows.jsonl") == ROWS


@pytest.mark.parametrize(("expression", "expected"), [("2 + 2 == 5", False), ("2 != 5", True)])
def test_a_recomputation_can_fail(expression: str, expected: bool) -> None:
    assert holds(expression) is expected


def test_a_number_is_no_recomputation() -> None:
    with pytest.raises(TypeError, match="true or false"):
        holds("2 + 2")


@pytest.mark.parametrize("bad", [{"step": -1}, {"recompute": ""}, {"quote": "a sentence"}])
def test_a_malformed_row_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        row(**bad)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(3, 9)], Verdict.CLAIM_FALSE),
        ([(8, 15)], None),
        ([(4, 9), (20, 25)], Verdict.MISREAD),
        ([(4, 9), (40, 45)], None),
        ([(9, 12)], None),
        ([None], None),
        ([], None),
    ],
)
def test_a_flag_is_cleared_only_if_all_its_claims_are_false(
    spans: list[tuple[int, int] | None], expected: Verdict | None
) -> None:
    audit = Audit([row(), row(span=(20, 30), first=MISREAD)])
    assert audit.verdict("made", "t", 1, "math", spans) is expected


@pytest.mark.parametrize("other", [{"set": "else"}, {"trace": "u"}, {"step": 2}, {"source": "x"}])
def test_a_row_counts_for_its_own_step_alone(other: dict[str, Any]) -> None:
    assert Audit([row(**other)]).verdict("made", "t", 1, "math", [(4, 9)]) is None


def test_a_second_reader_is_taken_in_and_can_overrule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, said = tmp_path / "rows.jsonl", tmp_path / "second.jsonl"
    write_rows([row(), row(step=2)], file)
    key = {"set": "made", "trace": "t", "span": [4, 9]}
    agrees = {"verdict": "claim-false", "why": "four it is, not five"}
    said.write_text(
        json.dumps(key | {"step": 1} | MISREAD) + "\n" + json.dumps(key | {"step": 2} | agrees)
    )
    assert take_second(said, file) == 0
    first, second = read_rows(file)
    assert (first.verdict, first.confirmed) == (Verdict.MISREAD, False)
    assert (second.verdict, second.confirmed) == (Verdict.CLAIM_FALSE, True)
    assert "differ: made t step 1" in capsys.readouterr().out


def test_a_second_reading_without_a_row_is_an_error(tmp_path: Path) -> None:
    file, said = tmp_path / "rows.jsonl", tmp_path / "second.jsonl"
    write_rows([row()], file)
    key = {"set": "made", "trace": "else", "step": 1, "span": [4, 9]}
    said.write_text(json.dumps(key | MISREAD))
    with pytest.raises(KeyError, match="no row"):
        take_second(said, file)
    assert read_rows(file) == [row()]


def trace(first_error: int | None) -> Trace:
    steps = tuple(Step(index=i, text=f"so {i} + 1 = 7 it is") for i in range(4))
    human = Human(first_error=first_error, first_error_known=True)
    return Trace(id="t", domain="math", problem="?", steps=steps, group="g", human=human)


def flagging(*steps: int) -> Findings:
    claim = Claim(kind="arithmetic", verdict=ClaimVerdict.REFUTED, span=(3, 9))
    return Findings(
        proposals=tuple(
            Proposal(
                step=i,
                source="math",
                label=Label.INCORRECT,
                evidence={"claims": (claim,)},
            )
            for i in steps
        )
    )


@pytest.mark.parametrize(
    ("first_error", "expected"),
    [
        (2, [(1, Place.ALARM), (2, Place.HIT)]),
        (None, [(1, Place.ALARM), (2, Place.ALARM), (3, Place.ALARM)]),
    ],
)
def test_flags_after_the_first_error_count_nowhere(
    first_error: int | None, expected: list[tuple[int, Place]]
) -> None:
    flags = flags_on(trace(first_error), flagging(1, 2, 3), "math")
    assert [(flag.step, flag.place) for flag in flags] == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "0.500"),
        ([row()], "1.000"),
        ([row(first=MISREAD)], "0.500"),
        ([row(second=MISREAD)], "0.500"),
        ([row(), row(step=2, place="hit", first=MISREAD)], "0.000"),
    ],
)
def test_what_readers_found_changes_the_precision(rows: list[AuditRow], expected: str) -> None:
    flags: tuple[Flag, ...] = tuple(flags_on(trace(2), flagging(1, 2), "math"))
    found = Measured("made", "math", flags, Evaluation().result())
    assert Counts(found, Audit(rows)).precision == expected


@pytest.mark.data
def test_the_rows_point_into_the_sets(data: Path) -> None:
    texts = {}
    for name in {one.set for one in ROWS}:
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            found = json.loads(line)
            texts[name, found["id"]] = found["steps"]
    for one in ROWS:
        assert one.span[1] <= len(texts[one.set, one.trace][one.step])


@pytest.mark.data
@pytest.mark.parametrize("name", ["mrben_physics", "processbench_gsm8k", "gsm8k_gold_test"])
def test_disagreements_are_read_or_listed(name: str, data: Path) -> None:
    found = measure(data, name)
    counts = Counts(found, Audit(ROWS))
    assert counts.alarms == counts.false + counts.misread + counts.unaudited
    told = next(s.incorrect for s in found.result.sources if s.source == "math")
    assert told is not None
    assert counts.hits + counts.alarms == (told.precision.of or counts.alarms)
    assert counts.unaudited == 0, "read what is new by `python -m benchmarks.plugins.checkers`"
