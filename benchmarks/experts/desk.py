"""How fast the experts' desk is in a real browser on real steps, and what it sends.

Usage: TRIAGE_DATA=folder python benchmarks/experts/desk.py [--steps 20]

The steps come from the sets of the folder, a few traces of each. Times are from the key to the
next step painted, as the browser's own clock tells.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from desk_browser import NARROW, WIDE, chromium, make_desk, sitting, trace

SETS = ("processbench_math", "mrben_medicine", "prmbench_redundant_missing", "sirac", "mrben_math")
TIMES = """() => {
    const painted = performance.getEntriesByName("step-painted").map((one) => one.startTime);
    return window.pressed.map((at) => painted.find((time) => time > at) - at);
}"""
IN_VIEW = """() => [...document.querySelectorAll("#answers button, #step h1")].every((one) => {
    const box = one.getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
})"""


def real(folder: Path, steps: int) -> list[dict[str, Any]]:
    """Traces of the sets with at least so many steps together."""
    rows: list[dict[str, Any]] = []
    files = [file for name in SETS if (file := folder / f"{name}.jsonl").exists()]
    readers = [file.open(encoding="utf-8") for file in files]
    while sum(len(row["steps"]) for row in rows) < steps:
        for reader in readers:
            read = json.loads(next(reader))
            if read.get("steps"):
                rows.append(trace(f"t{len(rows)}", read["problem"], read["steps"]))
    for reader in readers:
        reader.close()
    return rows


class Wire:
    """Requests and bytes, headers included, as the browser counts them."""

    def __init__(self, seat: Any) -> None:
        self.requests = 0
        self.bytes = 0
        client = seat.context.new_cdp_session(seat.page)
        client.send("Network.enable")
        client.on("Network.requestWillBeSent", self._sent)
        client.on("Network.loadingFinished", self._finished)
        self.client = client

    def _sent(self, _event: Any) -> None:
        self.requests += 1

    def _finished(self, event: Any) -> None:
        self.bytes += int(event["encodedDataLength"])

    def slow(self, milliseconds: int) -> None:
        """Delay everything that goes over the wire."""
        self.client.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": milliseconds, "downloadThroughput": -1,
            "uploadThroughput": -1,
        })  # fmt: skip


def measure(rows: list[dict[str, Any]], steps: int) -> Iterator[tuple[str, str]]:
    """Measure one thing after the other."""
    with chromium() as browser:
        for delay in (0, 150):
            yield from timed(browser, rows, steps, delay)
        for size in (WIDE, NARROW):
            yield f"answers in view at {size[0]} x {size[1]}", in_view(browser, rows, steps, size)
        yield "ten labels typed 300 ms apart, stored right", typed_ahead(browser, rows)
        yield "twelve answers offline, reloaded and with lost replies", broken_line(browser, rows)


def timed(
    browser: Any, rows: list[dict[str, Any]], steps: int, delay: int
) -> Iterator[tuple[str, str]]:
    """Time a sitting, and weigh what it sends."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder), rows)
        with sitting(browser, desk) as seat:
            wire = Wire(seat)
            wire.client.send("Network.setCacheDisabled", {"cacheDisabled": True})
            seat.page.reload()
            seat.page.wait_for_timeout(1500)
            if not delay:
                yield "first load", f"{wire.requests} requests, {wire.bytes / 1000:.1f} KB"
            wire.slow(delay)
            wire.requests = wire.bytes = 0
            seat.page.evaluate(
                "() => { window.pressed = []; addEventListener('keydown', "
                "(event) => window.pressed.push(event.timeStamp), true); }"
            )
            for number in range(steps):
                seat.press(str(number % 4 + 1), pause=700)
            times = sorted(seat.page.evaluate(TIMES))
            seat.page.wait_for_timeout(1000)
            late = times[max(0, int(len(times) * 0.95) - 1)]
            yield (
                f"key to next step painted, {delay} ms of network delay",
                f"median {statistics.median(times):.0f} ms, p95 {late:.0f} ms",
            )
            if not delay:
                each = f"{wire.requests / steps:.1f} requests, {wire.bytes / steps / 1000:.1f} KB"
                yield "a step", each
        desk.stop()


def in_view(browser: Any, rows: list[dict[str, Any]], steps: int, size: tuple[int, int]) -> str:
    """Count the steps on which all answers are in view."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder), rows)
        seen = 0
        with sitting(browser, desk, size=size) as seat:
            for _ in range(steps):
                seen += bool(seat.page.evaluate(IN_VIEW))
                seat.press("1", pause=400)
        desk.stop()
    return f"{seen} of {steps}"


def typed_ahead(browser: Any, rows: list[dict[str, Any]]) -> str:
    """Count the labels that land right when typed faster than read."""
    labels = ["necessary", "redundant", "incorrect", "incomplete"]
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder), rows)
        expected = []
        with sitting(browser, desk) as seat:
            Wire(seat).slow(150)
            for number in range(10):
                position = int(seat.text("#position").split()[1]) - 1
                expected.append((position, labels[number % 4]))
                seat.page.keyboard.press(str(number % 4 + 1))
                seat.page.wait_for_timeout(300)
            stored = [(one["step"], one["label"]) for one in seat.stored(10)]
        desk.stop()
    right = sum(one == other for one, other in zip(stored, expected, strict=False))
    return f"{right} of 10"


def broken_line(browser: Any, rows: list[dict[str, Any]]) -> str:
    """Count what is stored, lost and twice when the line breaks in three ways."""
    with tempfile.TemporaryDirectory() as folder:
        desk = make_desk(Path(folder), rows)
        with sitting(browser, desk) as seat:
            Wire(seat).slow(150)
            given = 0
            for _ in range(3):  # cut, with a reload while answers are kept
                seat.context.set_offline(True)
                while seat.page.get_attribute("body", "data-state") == "step" and given % 4 < 3:
                    seat.press("3")
                    given += 1
                seat.context.set_offline(False)
                seat.reload()
                seat.stored(given)
                lost: list[bool] = []

                def lose(route: Any, lost: list[bool] = lost) -> None:
                    if lost:
                        route.continue_()
                        return
                    lost.append(True)
                    route.fetch()  # stored, but the reply never comes
                    route.abort()

                seat.page.route("**/queue/answers", lose)
                seat.press("3", pause=300)
                given += 1
                seat.stored(given)
                seat.page.wait_for_selector("body[data-connection=stored]")
                seat.page.unroute("**/queue/answers")
            said = seat.stored(given)
        desk.stop()
    places = [(one["trace_id"], one["step"]) for one in said]
    twice = len(places) - len(set(places))
    return f"{len(said)} stored, {given - len(set(places))} lost, {twice} twice"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("TRIAGE_DATA does not point to the public sets")
    for name, value in measure(real(Path(folder), 3 * given.steps), given.steps):
        print(f"{name:<58} {value}", flush=True)


if __name__ == "__main__":
    main()
