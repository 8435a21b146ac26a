"""An estimate sends nothing, counts what a run then asks, and its worst case bounds the bill."""

import asyncio
from pathlib import Path

import pytest
from judging_cases import ITEMS, judge, ledger_at, run, trace
from triage_medical import isolated, whole

from triage.judging import Judge, Judging, Ledger
from triage.judging.bookkeeping.money import NANO
from triage.judging.estimate import estimate
from triage.promptbook import PromptBook
from triage.records.job import JudgeEstimate
from triage.standin import Script, StandIn

TRACES = [trace(i) for i in range(5)]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")


def reckon(folder: Path, one: Judge, *, batches: bool = False) -> JudgeEstimate:
    async def in_a_run() -> JudgeEstimate:
        async with Judging(ledger_at(folder), [one]) as judging:
            prompt = PromptBook().get("medical/step_judge")
            return await estimate(judging, one, isolated.info, prompt, TRACES, batches=batches)

    return asyncio.run(in_a_run())


@pytest.mark.parametrize(("mode", "calls"), [("step", 20), ("trace", 5)])
def test_the_estimate_is_of_the_calls_that_are_made(tmp_path: Path, mode: str, calls: int) -> None:
    with StandIn(Script(items=ITEMS)) as server:
        one = judge(server, mode=mode)
        before = reckon(tmp_path, one)
        assert server.journal.asked.total() == 0
        assert (before.calls, before.stored) == (calls, 0)
        run(ledger_at(tmp_path), [one], isolated if mode == "step" else whole, TRACES)
        assert server.journal.asked.total() == calls
        spent, _ = Ledger(ledger_at(tmp_path)).balance()
        after = reckon(tmp_path, one)
    assert before.worst_usd is not None
    assert before.usd is not None
    assert spent / NANO <= before.worst_usd
    assert before.usd <= before.worst_usd
    assert (after.calls, after.stored, after.usd) == (0, calls, 0.0)


def test_without_a_price_there_is_no_sum(tmp_path: Path) -> None:
    with StandIn() as server:
        assert reckon(tmp_path, judge(server, price=None)).usd is None


def test_a_batch_is_reckoned_at_half_the_price_and_its_worst_case_is_not(tmp_path: Path) -> None:
    with StandIn() as server:
        one = judge(server, batch=True)
        half, whole = reckon(tmp_path, one, batches=True), reckon(tmp_path, one)
    assert half.usd is not None
    assert whole.usd is not None
    assert half.usd == pytest.approx(whole.usd / 2)
    assert half.worst_usd == whole.worst_usd
