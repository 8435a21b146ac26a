"""Every page of the lead in light, dark and narrow: all can read it, and nothing sticks out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from desk_browser import NARROW, SCREENS, Desk, Sitting, browser, findings
from gold_cases import asking, gold_rows, put_gold
from lead_cases import fill, label_all, worked
from sqlalchemy import Engine

from triage.queue.people import admit
from triage.store.database import open_store, writing

VARIANTS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"size": NARROW},
}
PAGES = {
    "overview": "/lead",
    "steps": "/lead/steps?domain=prose",
    "certificates": "/lead/certificates",
    "flags": "/lead/flags",
    "people": "/lead/people",
    "report": "/lead/report",
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)

    def make() -> Engine:
        fill("sqlite:///triage.db")
        engine = open_store("sqlite:///triage.db")
        worked(engine)
        # somebody waits for a calibration round, in a domain of its own
        put_gold(engine, gold_rows(8, "verse"))
        with writing(engine) as connection:
            admit(connection, "test", "max", ["verse"], [])
        return engine

    # the browser's driver keeps a loop of its own in this thread: the store is made in another
    with ThreadPoolExecutor(1) as aside:
        engine = aside.submit(make).result()
    made = Desk(engine, asking())
    made.start()
    yield made
    made.stop()


class Office(Sitting):
    """A lead before the pages, which need no script to be ready."""

    def ready(self) -> None:
        self.page.wait_for_selector("main h1")


def see(offices: dict[str, Office], name: str, path: str = "") -> None:
    """Look at a page in every variant; without a path, at what is there."""
    for variant, office in offices.items():
        if path:
            office.page.goto(office.desk.address + path)
        show(office, name, variant)


def show(office: Office, name: str, variant: str = "light") -> None:
    """Keep a picture of the whole page; check that everybody can use it and nothing sticks out."""
    if SCREENS:
        Path(SCREENS).mkdir(parents=True, exist_ok=True)
        file = Path(SCREENS) / f"lead-{name}-{variant}.png"
        office.page.screenshot(path=str(file), full_page=True)
    assert not office.page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
    assert findings(office) == [], (name, variant)


def send(office: Office, button: str) -> None:
    with office.page.expect_navigation():
        office.page.click(f"button:text-is('{button}')")
    office.ready()


def test_every_page_in_light_dark_and_narrow(browser: Any, desk: Desk) -> None:
    offices = {
        variant: Office(browser, desk, name="lea", home="/lead", **options)
        for variant, options in VARIANTS.items()
    }
    office = offices["light"]
    page = office.page
    for name, path in PAGES.items():
        if name != "overview":
            see(offices, name, path)
    page.goto(desk.address + PAGES["steps"])
    tallest = "all => Math.max(...all.map((one) => one.offsetHeight))"
    assert page.locator("select").evaluate_all(tallest) < 60
    page.goto(desk.address + PAGES["people"])
    assert page.locator("form.decide input[name=reason]").count() == 1
    page.goto(desk.address + PAGES["certificates"])
    page.fill("#alpha", "15")
    page.fill("#labels", "40")
    page.click("summary:text-is('More')")
    page.fill("#coverage", "70")
    send(office, "plan")
    show(office, "planned")
    assert "40 blind labels" in office.text("[role=status]")
    send(office, "draw the sample")
    send(office, "sign")
    assert "every one must be labelled" in office.text("[role=alert]")
    show(office, "refused")
    see(offices, "certificates-drawn", PAGES["certificates"])
    label_all(desk.engine)
    see(offices, "certificates-labelled", PAGES["certificates"])
    send(office, "sign")
    page.click("[role=status] a")
    office.ready()
    see(offices, "certificate", page.url.removeprefix(desk.address))
    send(office, "check it against this store")
    assert "It holds" in office.text("[role=status]")
    show(office, "certificate-checked")
    page.goto(desk.address + PAGES["certificates"])
    send(office, "hide today’s audits in the queue")
    label_all(desk.engine)
    see(offices, "overview", PAGES["overview"])
    see(offices, "people", PAGES["people"])
    with page.expect_navigation():
        page.click("header button")
    page.wait_for_selector("#door-form")
    for one in offices.values():
        one.faults = [told for told in one.faults if "status of 422" not in told]
        one.check()
        one.context.close()
