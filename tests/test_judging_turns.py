"""A run's beginning does not keep answers waiting: few pieces of work a turn, few in hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from judging_cases import judge, ledger_at, propose, trace
from triage_medical import isolated

from triage.judging import Judging, Price
from triage.judging.bookkeeping.ledger import Ledger
from triage.judging.calls.turns import Turns
from triage.judging.questions.render import render
from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act


def begun_by_turn(turns: Turns, count: int, cancelled: int = 0) -> list[list[int]]:
    """Which pieces of work begin in which turn of the loop; some of those waiting give up."""

    async def whole() -> list[list[int]]:
        by_turn: list[list[int]] = [[]]

        async def work(number: int) -> None:
            await turns.begin()
            by_turn[-1].append(number)

        tasks = [asyncio.create_task(work(number)) for number in range(count)]
        for task in tasks[count - cancelled :]:
            asyncio.get_running_loop().call_soon(task.cancel)
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            by_turn.append([])
        return [turn for turn in by_turn if turn]

    return asyncio.run(whole())


def test_work_begins_in_order_and_little_of_it_in_a_turn() -> None:
    turns = begun_by_turn(Turns(at_once=4), 18)
    assert max(map(len, turns)) <= 4
    assert [number for turn in turns for number in turn] == list(range(18))
    assert len(turns) <= 6, "no turn passes in which nothing begins"


def test_who_gives_up_keeps_nobody_from_beginning() -> None:
    turns = begun_by_turn(Turns(at_once=2), 12, cancelled=5)
    assert [number for turn in turns for number in turn] == list(range(7))


def test_only_what_can_be_asked_soon_is_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    rendered: list[int] = []

    def counted(*arguments: Any, **more: Any) -> Any:
        rendered.append(1)
        return render(*arguments, **more)

    monkeypatch.setattr("triage.judging.service.render", counted)

    async def whole(server: StandIn) -> None:
        async with Judging(ledger_at(tmp_path), [judge(server, in_flight=3)]) as judging:
            asking = asyncio.create_task(propose(judging, isolated, [trace(i) for i in range(20)]))
            while server.journal.open_now < 3:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    with StandIn(Script(rules=(Rule(do=Act.HANG, seconds=1),))) as server:
        asyncio.run(whole(server))
    assert len(rendered) == 12


def test_money_is_set_aside_for_few_calls_before_their_turn_and_comes_back_unsent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    engine = ledger_at(tmp_path)
    dollar = 1_000_000_000

    async def whole(server: StandIn) -> None:
        # a thousand tokens out at a dollar each thousand; what goes in costs next to nothing
        asked = judge(server, in_flight=3, max_tokens=1000, price=Price(input=0.001, output=1000.0))
        async with Judging(engine, [asked], limit_usd=100.0) as judging:
            asking = asyncio.create_task(propose(judging, isolated, [trace(i) for i in range(20)]))
            while server.journal.open_now < 3 or judging.ledger.balance()[1] < 6 * dollar:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            assert judging.ledger.balance()[1] // dollar == 6
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    with StandIn(Script(rules=(Rule(do=Act.HANG, seconds=2),))) as server:
        asyncio.run(whole(server))
    spent, held = Ledger(engine).balance()
    assert (spent // dollar, held) == (3, 0), "only what was sent is booked"
