"""How fast a judge is asked: slots that follow its throttling, and a pause while it is down."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

from triage.judging.calls.breaker import Breaker
from triage.judging.calls.limiter import Limiter
from triage.judging.calls.turns import Turns
from triage.providers.errors import DownError, KeyRefusedError, ProviderError, TroubleError


def limited(most: int, per_minute: float | None = None) -> Limiter:
    return Limiter(most, per_minute, time.monotonic, Turns())


async def settled(*waiting: Coroutine[Any, Any, None]) -> list["asyncio.Task[None]"]:
    """Tasks after everything that can go on has gone on."""
    tasks = [asyncio.ensure_future(one) for one in waiting]
    await asyncio.sleep(0.02)
    return tasks


def inside(tasks: list["asyncio.Task[None]"]) -> list[bool]:
    return [task.done() and not task.cancelled() for task in tasks]


def test_no_more_calls_are_under_way_than_there_are_slots() -> None:
    async def enter() -> None:
        limiter = limited(2)
        tasks = await settled(*(limiter.enter() for _ in range(5)))
        assert inside(tasks) == [True, True, False, False, False]
        limiter.leave(throttled=False)
        assert inside(await settled()) == []
        assert inside(tasks) == [True, True, True, False, False], "first come, first served"
        limiter.leave(throttled=False)
        limiter.leave(throttled=False)
        await asyncio.gather(*tasks)

    asyncio.run(enter())


@pytest.mark.parametrize("free_first", [False, True])
def test_who_gives_up_takes_no_slot_along(free_first: bool) -> None:
    async def enter() -> None:
        limiter = limited(1)
        await limiter.enter()
        (leaving, staying) = await settled(limiter.enter(), limiter.enter())
        if free_first:
            limiter.leave(throttled=False)  # it has the slot, and does not know it yet
            leaving.cancel()
        else:
            leaving.cancel()
            await asyncio.sleep(0)
            limiter.leave(throttled=False)
        with suppress(asyncio.CancelledError):
            await leaving
        await asyncio.wait_for(staying, 5)
        assert inside(await settled(limiter.enter())) == [False], "there is one slot, as before"

    asyncio.run(enter())


def test_who_gives_up_before_the_pace_allows_the_call_leaves_the_slot() -> None:
    async def enter() -> None:
        limiter = limited(1, per_minute=600.0)
        await limiter.enter()
        limiter.leave(throttled=False)
        (leaving,) = await settled(limiter.enter())
        assert not leaving.done(), "it has the slot and waits for its time"
        leaving.cancel()
        await asyncio.wait_for(limiter.enter(), 5)

    asyncio.run(enter())


def test_slots_follow_the_share_of_throttled_calls() -> None:
    async def rounds() -> None:
        limiter = limited(10)

        async def call(count: int, throttled: int) -> int:
            for number in range(count):
                await limiter.enter()
                limiter.leave(throttled=number < throttled)
            return limiter.slots

        assert await call(9, 9) == 10, "a round is as many calls as there are slots"
        assert await call(1, 0) == 6
        assert await call(6, 1) == 6, "some are throttled: neither more nor fewer"
        assert await call(6, 0) == 7
        for _ in range(9):
            await call(limiter.slots, 0)
        assert limiter.slots == 10, "never more than were configured"
        for _ in range(9):
            await call(limiter.slots, limiter.slots)
        assert limiter.slots == 1, "never none at all"

    asyncio.run(rounds())


def test_calls_are_spaced_evenly_over_the_minute() -> None:
    async def begin() -> float:
        limiter = limited(8, per_minute=1200.0)
        await asyncio.gather(*(limiter.enter() for _ in range(5)))
        return time.monotonic()

    began = time.monotonic()
    assert asyncio.run(begin()) - began >= 0.19, "four gaps of 50 ms"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def admitted(breaker: Breaker, deadline: float) -> ProviderError | None:
    """What keeps a call back that can't wait longer than to a deadline."""
    try:
        asyncio.run(asyncio.wait_for(breaker.admit(deadline), 5))
    except ProviderError as why:
        return why
    return None


def test_a_judge_that_is_down_is_probed_by_one_call_at_a_time_and_less_and_less() -> None:
    clock = Clock()
    breaker = Breaker(clock, patience_seconds=1e9)
    down = TroubleError("down")
    for _ in range(9):
        breaker.failed(down)
    assert admitted(breaker, clock.now) is None, "nine failures may be chance"
    breaker.failed(down)
    pauses = []
    for _ in range(8):
        assert isinstance(admitted(breaker, clock.now), DownError)
        began = clock.now
        while admitted(breaker, clock.now) is not None:
            clock.now += 0.5
        pauses.append(clock.now - began)
        assert admitted(breaker, clock.now) is not None, "the others wait for the probe"
        breaker.failed(down)
    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    breaker.succeeded()
    for _ in range(9):
        breaker.failed(down)
        assert admitted(breaker, clock.now) is None, "one that came back is up"


def test_a_judge_that_is_out_is_never_asked_again() -> None:
    clock = Clock()
    breaker = Breaker(clock, patience_seconds=1e9)
    refused = KeyRefusedError("wrong key")
    breaker.failed(refused)
    breaker.succeeded()  # a call that was under way
    clock.now += 1e6
    assert admitted(breaker, clock.now + 1e6) is refused
