"""A money limit is never passed, by no trouble, no crash and no number of processes."""

import asyncio
import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_cases import Scripted, answer, judge, kinds, ledger_at, propose, run, trace
from sqlalchemy import create_engine
from triage_medical import isolated

from triage.judging import Judge, Judging, Ledger, MoneyLimitError, Price
from triage.judging.bookkeeping.ledger import Work
from triage.judging.bookkeeping.money import NANO, cost, worst_case
from triage.providers import Ask, Finish, Reply, Usage
from triage.providers.errors import (
    BrokenOffError,
    KeyRefusedError,
    LateError,
    ProviderError,
    ThrottledError,
    TroubleError,
    UnreachableError,
)
from triage.records import Failure, Outcome, Proposal
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act
from triage.store.tables.judge_tables import judge_accounts


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "k")


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_the_money_limit_is_never_passed_and_the_rest_is_bought_later(
    tmp_path: Path, share: float
) -> None:
    engine = ledger_at(tmp_path)
    rules = (Rule(do=Act.NOT_JSON, share=share), Rule(do=Act.STATUS, status=500, share=share))
    traces = [trace(i) for i in range(15)]
    with StandIn(Script(rules=rules)) as server:
        found = run(engine, [judge(server)], isolated, traces, limit_usd=0.08)
        spent, held = Ledger(engine).balance()
        assert 0.04 * NANO < spent <= 0.08 * NANO
        assert held == 0, "nothing stays set aside when all calls have ended"
        counts = kinds(found)
        assert counts["money-limit"] > 0
        assert counts["Proposal"] > 0
        before = server.journal.bought()
        found = run(engine, [judge(server)], isolated, traces, limit_usd=10.0)
        assert "money-limit" not in kinds(found)
        assert kinds(found)["Proposal"] >= 60 - 15 * share * 4
        if not share:
            assert max(server.journal.bought().values()) == 1
            assert before.total() == counts["Proposal"]


def test_a_judge_without_a_price_cannot_be_asked_under_a_limit(tmp_path: Path) -> None:
    with StandIn() as server:
        panel = [judge(server, price=None)]
        found = run(ledger_at(tmp_path), panel, isolated, [trace(steps=1)], limit_usd=1.0)
        assert server.journal.asked.total() == 0
    assert kinds(found) == {"not-configured": 1}


def test_what_a_cancelled_call_may_cost_is_booked(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)

    async def cancelled(server: StandIn) -> None:
        async with Judging(engine, [judge(server)], limit_usd=1.0) as judging:
            task = asyncio.create_task(propose(judging, isolated, [trace(steps=1)]))
            while not server.journal.asked:
                await asyncio.sleep(0.01)
            task.cancel()

    with StandIn(Script(latency=2.0)) as server:
        asyncio.run(cancelled(server))
    spent, held = Ledger(engine).balance()
    assert spent > 0
    assert held == 0


DEAR = Price(input=1.0, output=5.0, cache_read=0.1, cache_write=1.25)


def billed(
    folder: Path, says: Usage | ProviderError | None, price: Price, limit_usd: float | None = 1.0
) -> tuple[Outcome, int, int]:
    """What a judge says of one step, what is booked for it, and what was its worst case."""

    def reply(_ask: Ask) -> Reply:
        if isinstance(says, ProviderError):
            raise says
        return Reply(answer(), Finish.DONE, says, "m-1")

    provider = Scripted(reply)
    panel = [Judge(name="a", provider="openai", model="m", price=price, attempts=1)]
    engine = ledger_at(folder)
    ((said,),) = run(
        engine, panel, isolated, [trace(steps=1)], limit_usd=limit_usd, provider=provider
    )
    spent, held = Ledger(engine).balance()
    assert held == 0
    return said, spent, worst_case(price, provider.asked[0])


@pytest.mark.parametrize("limit", [None, 1.0])
@pytest.mark.parametrize(
    ("price", "nano"),
    [
        (DEAR, 100 * 1000 + 7 * 5000 + 64 * 100 + 16 * 1250),
        (Price(input=1.0, output=5.0), 100 * 1000 + 7 * 5000 + 64 * 1000 + 16 * 1000),
        (Price(input=0.0001, output=0.0), 1),
    ],
)
def test_every_kind_of_token_is_booked_at_its_price(
    tmp_path: Path, price: Price, nano: int, limit: float | None
) -> None:
    usage = Usage(100, 7, 64, 16) if nano > 1 else Usage(1)
    said, spent, _ = billed(tmp_path, usage, price, limit)
    assert spent == nano, "to the billionth of a dollar, and never less than it costs"
    assert isinstance(said, Proposal)
    assert said.cost_usd == nano / NANO
    (row,) = Ledger(ledger_at(tmp_path)).costs()
    assert row["cost_nano"] == nano


def test_tokens_that_nobody_counted_are_booked_at_their_worst(tmp_path: Path) -> None:
    said, spent, worst = billed(tmp_path, None, DEAR)
    assert isinstance(said, Proposal)
    assert spent == worst > 0


@pytest.mark.parametrize("error", [BrokenOffError("off"), LateError("late")])
def test_a_call_that_may_have_been_served_is_booked_at_its_worst(
    tmp_path: Path, error: ProviderError
) -> None:
    said, spent, worst = billed(tmp_path, error, DEAR)
    assert isinstance(said, Failure)
    assert spent == worst > 0


@pytest.mark.parametrize(
    "error",
    [ThrottledError("busy"), TroubleError("down"), UnreachableError("no"), KeyRefusedError("who")],
)
def test_a_call_that_was_turned_away_costs_nothing(tmp_path: Path, error: ProviderError) -> None:
    said, spent, _ = billed(tmp_path, error, DEAR)
    assert isinstance(said, Failure)
    assert spent == 0


@given(
    system=st.text(max_size=40),
    parts=st.lists(st.text(max_size=40), min_size=1, max_size=3),
    schema=st.dictionaries(st.text(max_size=5), st.text(max_size=40), max_size=3),
    written=st.booleans(),
    price=st.sampled_from([DEAR, Price(input=2.0, output=0.5), Price(input=0.0, output=3.0)]),
)
def test_no_reply_costs_more_than_was_set_aside(
    system: str, parts: list[str], schema: dict[str, str], written: bool, price: Price
) -> None:
    ask = Ask("m", system, tuple(parts), schema, max_tokens=300)
    # a token a byte of all that is sent, and what the provider adds: roles, and the form
    most = len("".join((system, *parts, json.dumps(schema))).encode()) + 1_000
    usage = Usage(0, 300, 0, most) if written else Usage(most, 300)
    assert cost(price, usage) <= worst_case(price, ask)


def test_two_runs_cannot_pass_the_limit_together(tmp_path: Path) -> None:
    ledgers = [Ledger(ledger_at(tmp_path), "shared", 100) for _ in range(2)]
    granted = [ledgers[i % 2].apply(Work(hold_nano=[30])).granted[0] for i in range(6)]
    assert granted == [True, True, True, False, False, False]


def test_the_ledger_tells_costs(tmp_path: Path) -> None:
    engine = ledger_at(tmp_path)
    with StandIn() as server:
        run(engine, [judge(server), judge(server, "b", model="n")], isolated, [trace(0), trace(1)])
    costs = {row["source"]: row for row in Ledger(engine).costs()}
    assert {(row["calls"], row["steps"]) for row in costs.values()} == {(8, 8)}
    assert set(costs) == {"medical:a", "medical:b"}
    assert sum(row["cost_nano"] for row in costs.values()) == Ledger(engine).balance()[0]


def test_errors_that_stop_a_run_say_what_to_do() -> None:
    assert MoneyLimitError.exit_status == 4
    assert ThrottledError("busy", 3.0).retry_after == 3.0


def _in_a_process(folder: str, table: dict[str, Any], limit: float, done: Any) -> None:
    found = run(
        ledger_at(Path(folder)),
        [Judge.model_validate(table)],
        isolated,
        [trace(i) for i in range(10)],
        limit_usd=limit,
    )
    done.put(dict(kinds(found)))


def together(folder: Path, server: StandIn, limit: float) -> list[dict[str, int]]:
    """What two processes come to that ask the same at the same time on one store."""
    ledger_at(folder).dispose()
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    table = judge(server).model_dump()
    arguments = (str(folder), table, limit, done)
    processes = [context.Process(target=_in_a_process, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    found = [done.get(timeout=240) for _ in processes]
    for process in processes:
        process.join(60)
    return found


def test_two_processes_buy_an_answer_once(tmp_path: Path) -> None:
    with StandIn(Script(latency=0.3)) as server:
        first, second = together(tmp_path, server, 10.0)
        assert server.journal.bought().total() == len(server.journal.bought()) == 40
    assert first == second == {"Proposal": 40}


def test_two_processes_keep_one_limit(tmp_path: Path) -> None:
    with StandIn(Script(latency=0.05)) as server:
        found = together(tmp_path, server, 0.05)
        tokens = server.journal.tokens
    assert all(counts["money-limit"] > 0 for counts in found)
    assert tokens["input"] * 1.0 + tokens["output"] * 5.0 <= 0.05 * 1e6
    spent, held = Ledger(ledger_at(tmp_path)).balance()
    assert 0 < spent <= 0.05 * NANO
    assert held == 0


@settings(max_examples=40)
@given(
    limit=st.integers(0, 500),
    moves=st.lists(
        st.tuples(st.lists(st.integers(0, 200), max_size=4), st.floats(0.0, 1.0)), max_size=12
    ),
)
def test_no_order_of_calls_passes_the_limit(
    limit: int, moves: list[tuple[list[int], float]]
) -> None:
    engine = create_engine("sqlite://")
    judge_accounts.create(engine)
    ledger = Ledger(engine, "a", limit)
    held: list[int] = []
    for wanted, share in moves:
        back = held.pop() if held else 0
        work = Work(hold_nano=wanted, release_nano=back, spend_nano=int(back * share))
        granted = ledger.apply(work).granted
        held += [sum_ for sum_, fits in zip(wanted, granted, strict=True) if fits]
        assert sum(ledger.balance()) <= limit
        assert ledger.balance()[1] == sum(held)
    engine.dispose()
