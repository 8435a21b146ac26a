"""A desk on a real server before a real browser, with a store of its own for every test."""

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from conftest import write_lines
from sqlalchemy import Engine, select

from triage.configuration.settings import DeskSettings, Settings
from triage.ingest import Reject
from triage.pipeline import process
from triage.queue.people import admit, new_link
from triage.server.app import create_app
from triage.store.database import open_store, writing
from triage.store.tables.schema import verdicts

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

axe = pytest.importorskip("axe_playwright_python", reason="pip install axe-playwright-python")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
FIELD = "algebra"
WIDE, NARROW = (1300, 900), (390, 844)
OPINION = "MACHINEOPINION"


SCREENS = os.environ.get("TRIAGE_SCREENS")
"""A folder in which what was seen is kept as pictures."""


def trace(identity: str, problem: str, steps: list[str], **fields: Any) -> dict[str, Any]:
    """A trace on whose every step two judges differ, so that all of them are asked."""
    proposals = [
        {
            "source": f"judge-{word}",
            "step_labels": [word] * len(steps),
            "explanations": [f"{OPINION} {word}"] * len(steps),
        }
        for word in ("necessary", "incorrect")
    ]
    made = {"id": identity, "domain": FIELD, "problem": problem, "steps": steps}
    return made | {"proposals": proposals} | fields


def plain(number: int, steps: int) -> dict[str, Any]:
    problem = f"A tank holds ${number + 3}$ litres and gains $2$ litres an hour. When is it full?"
    texts = [f"After ${hour}$ hours the tank {number} holds ${number + 3} + 2 \\cdot {hour} = "
             f"{number + 3 + 2 * hour}$ litres." for hour in range(1, steps + 1)]  # fmt: skip
    return trace(f"tank-{number}", problem, texts)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser, or a reason why there is none."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as launched:
        yield launched


class Desk:
    """A server with a store, and what was stored."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        config = uvicorn.Config(
            create_app(engine, settings), port=0, log_config=None, lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        self.engine.dispose()

    def link(self, name: str) -> str:
        with writing(self.engine) as connection:
            return f"{self.address}/signin#{new_link(connection, 'test', name, 1.0)}"

    def said(self, name: str = "ann") -> list[dict[str, Any]]:
        """What is in the log of an expert, in order."""
        query = select(verdicts).where(verdicts.c.expert == name).order_by(verdicts.c.key)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def make_desk(place: Path, rows: list[dict[str, Any]], settings: Settings | None = None) -> Desk:
    """A started desk; ann and bob judge the field, max another one."""
    file = place / "triage.db"
    if not file.exists():
        # the browser's driver keeps a loop of its own in this thread: the store is made in another
        with ThreadPoolExecutor(1) as aside:
            shutil.copy(aside.submit(_store, json.dumps(rows)).result(), file)
    desk = Desk(open_store(f"sqlite:///{file}"), settings or Settings())
    desk.start()
    return desk


@cache
def _store(rows: str) -> Path:
    """A store with traces and experts, made once for each set of traces."""
    place = Path(tempfile.mkdtemp(prefix="desk-"))
    engine = open_store(f"sqlite:///{place}/triage.db")

    def refuse(reject: Reject) -> None:
        raise AssertionError(reject)

    file = write_lines(place / "in.jsonl", json.loads(rows))
    with process(engine, Settings(), [str(file)], revise=False, rejected=refuse) as processed:
        for _ in processed.considered:
            pass
    with writing(engine) as connection:
        for name, field in (("ann", FIELD), ("bob", FIELD), ("max", "music")):
            admit(connection, "test", name, [field], [])
    engine.dispose()
    return place / "triage.db"


VARIANTS: dict[str, dict[str, Any]] = {
    "light": {"size": WIDE, "color_scheme": "light"},
    "dark": {"size": WIDE, "color_scheme": "dark"},
    "narrow": {"size": NARROW, "color_scheme": "light"},
}
"""How every state is looked at."""


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


SETTLED = """() => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => setTimeout(done, 170);
    channel.port2.postMessage(null);
}))"""
"""Waits until what is on the page was painted, and a key is no second press any more."""

REVEALING = Settings(desk=DeskSettings(reveal=True))


class Sitting:
    """A signed-in expert's page; every request it makes and every fault it reports is kept."""

    def __init__(self, browser: Any, desk: Desk, *, size: tuple[int, int] = WIDE,
                 name: str = "ann", practised: bool = True, home: str = "/",
                 **options: Any) -> None:  # fmt: skip
        width, height = size
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.desk = desk
        self.name = name
        self.faults: list[str] = []
        self.requests: list[str] = []
        if practised:
            script = f"localStorage.setItem('triage.desk.{name}.seen', 'true')"
            self.context.add_init_script(script)
        self.page = self.open()
        self.page.goto(desk.link(name))
        self.page.wait_for_url(f"{desk.address}{home}")
        self.ready()

    def open(self) -> Any:
        page = self.context.new_page()
        page.on("pageerror", lambda why: self.faults.append(str(why)))
        page.on("console", self._heard)
        page.on("request", lambda request: self.requests.append(request.url))
        return page

    def _heard(self, message: Any) -> None:
        # a request that fails while the line is cut is told by the browser itself
        if message.type == "error" and "net::ERR" not in message.text:
            self.faults.append(message.text)

    def ready(self) -> None:
        self.page.wait_for_selector("body[data-state]")
        self.page.evaluate(SETTLED)

    def press(self, *keys: str, pause: int = 0) -> None:
        """Press keys, each once the step is before the eye long enough for a key to count."""
        for key in keys:
            self.page.evaluate(SETTLED)
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(pause)
        self.page.evaluate(SETTLED)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector)).strip()

    def stored(self, count: int) -> list[dict[str, Any]]:
        """The log once it holds so many lines."""
        until = time.monotonic() + 20
        while len(self.desk.said(self.name)) < count and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        return self.desk.said(self.name)

    @property
    def step(self) -> str:
        return self.text("#step-text")

    def reload(self) -> None:
        self.page.reload()
        self.ready()

    def check(self) -> None:
        """Nothing went wrong on the page, and nothing left the machine."""
        assert not self.faults
        assert {url for url in self.requests if not url.startswith(self.desk.address)} == set()


@contextmanager
def sitting(browser: Any, desk: Desk, **options: Any) -> Iterator[Sitting]:
    seat = Sitting(browser, desk, **options)
    try:
        yield seat
        seat.check()
    finally:
        seat.context.close()


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def look(seat: Any, name: str, variant: str) -> None:
    """Keep a picture; check that nothing sticks out and that everybody can use the page."""
    if SCREENS:
        Path(SCREENS).mkdir(parents=True, exist_ok=True)
        seat.page.screenshot(path=str(Path(SCREENS) / f"{name}-{variant}.png"))
    sticks_out = "document.documentElement.scrollWidth > innerWidth"
    assert not seat.page.evaluate(sticks_out), f"{name} is wider than the page"
    # the dark page is the light one in other colours
    rules = COLOURS if variant == "dark" else {}
    assert findings(seat, rules) == [], f"{name}, {variant}"


def findings(seat: Any, rules: dict[str, Any] = {}) -> list[str]:  # noqa: B006 - never changed
    """What an accessibility check finds that is serious or critical."""
    script = files(axe).joinpath("axe.min.js").read_text(encoding="utf-8")
    if not seat.page.evaluate("Boolean(window.axe)"):
        seat.page.evaluate(script)
    options = {"resultTypes": ["violations"]} | rules
    found = seat.page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
