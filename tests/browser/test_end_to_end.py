"""From `triage run` over the desk and the lead's page to an export that verifies elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, run_triage, write_lines
from desk_browser import SETTLED, browser
from lead_cases import TRACES, TRUTH, truth_of
from server_process import Server, Sitter, serving
from sqlalchemy import create_engine, text

STORE = "sqlite:///triage.db"
KEYS = {"necessary": "1", "redundant": "2", "incorrect": "3", "incomplete": "4"}
TYPED = 12
DRAWN = (
    "SELECT t.id, b.step FROM batch_steps b JOIN traces t ON t.key = b.trace"
    " WHERE b.drawn > 0 ORDER BY b.rank"
)


def command(*arguments: str | Path) -> str:
    done = run_triage(*arguments)
    assert done.status == 0, done.err
    return done.out


def admitted(name: str, *options: str) -> str:
    """Admit a person; gives the secret of the link."""
    out = command("experts", "add", name, *options, "--link")
    return out.splitlines()[-1].partition("#")[2]


@contextmanager
def signed_in(browser: Any, server: Server, secret: str, name: str, home: str) -> Iterator[Any]:
    context = browser.new_context(accept_downloads=True)
    if name == "ann":
        # the others practise first, and so hold no step
        context.add_init_script(f"localStorage.setItem('triage.desk.{name}.seen', 'true')")
    page = context.new_page()
    page.goto(f"{server.origin}/signin#{secret}")
    page.wait_for_url(f"{server.origin}{home}")
    yield page
    context.close()


def press(page: Any, key: str) -> None:
    page.evaluate(SETTLED)
    page.keyboard.press(key)
    page.evaluate(SETTLED)


def send(page: Any, button: str) -> str:
    """Send a form of the lead's page; gives what it says."""
    with page.expect_navigation():
        page.click(f"button:text-is('{button}')")
    said: str = page.inner_text("main")
    return said


def sample() -> list[tuple[str, int]]:
    engine = create_engine(STORE)
    with engine.connect() as connection:
        found = [(row[0], row[1]) for row in connection.execute(text(DRAWN))]
    engine.dispose()
    return found


def said_of(step: str, wrong: set[str]) -> str:
    """What an expert says of a step: the truth, unless it is one that the expert gets wrong."""
    true = truth_of(step)
    return true if step not in wrong else "redundant"


def test_from_a_run_to_an_export_that_verifies(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command("run", write_lines(Path("in.jsonl"), TRACES), "--out", "decisions.jsonl")
    judge = ("--credential", "prose")
    secrets = {name: admitted(name, *judge) for name in ("ann", "bob")}
    secrets["eve"] = admitted("eve", *judge, "--role", "adjudicator")
    secrets["lea"] = admitted("lea", "--role", "lead")
    with serving(STORE) as server:
        certificate = by_hand(browser, server, secrets, tmp_path)
    command("export", "decisions", "--out", "decisions.jsonl")
    command("export", "verdicts", "--out", "log.jsonl")
    away = tmp_path / "elsewhere"
    away.mkdir()
    for file in (certificate, Path("decisions.jsonl"), Path("log.jsonl")):
        shutil.move(file, away / file.name)
    for left in tmp_path.glob("triage.db*"):
        left.unlink()
    ran = verify(away, certificate.name)
    assert (ran.returncode, ran.stdout.count("ok: ")) == (0, 4), ran.stderr
    assert {one.name for one in away.iterdir()} == {
        certificate.name, "decisions.jsonl", "log.jsonl"
    }  # fmt: skip
    kept_its_promise(away, certificate.name)
    edited = (away / "log.jsonl").read_text().replace('"incorrect"', '"necessary"', 1)
    (away / "log.jsonl").write_text(edited)
    assert verify(away, certificate.name).returncode != 0


def by_hand(browser: Any, server: Server, secrets: dict[str, str], downloads: Path) -> Path:
    """All that people do, in browsers or as their browsers would; gives the certificate."""
    with (
        signed_in(browser, server, secrets["lea"], "lea", "/lead") as lead,
        signed_in(browser, server, secrets["ann"], "ann", "/") as ann,
    ):
        lead.click("nav >> text=Certificates")
        lead.fill("#alpha", "15")
        lead.fill("#labels", "40")
        lead.click("summary:text-is('More')")
        lead.fill("#coverage", "70")
        assert "40 blind labels" in send(lead, "plan")
        assert "40 steps are in the experts' queue" in send(lead, "draw the sample")
        # of one drawn step Ann says something else than is true
        trace_id, step = sample()[0]
        wrong = {f"t {trace_id[1:]} says {step}."}
        ann.wait_for_selector("body[data-state=step]")
        for _ in range(TYPED):
            ann.evaluate(SETTLED)
            press(ann, KEYS[said_of(ann.inner_text("#step-text").strip(), wrong)])
        ann.wait_for_selector("body[data-connection=stored]")
        rest(server, secrets["ann"], wrong)
        shown = send(lead, "sign")
        assert "Not done" in shown
        assert "need a second blind label by another expert" in shown
        rest(server, secrets["bob"], set())
        lead.click("nav >> text=Certificates")
        assert "lack an adjudicator" in lead.inner_text("main")
        with signed_in(browser, server, secrets["eve"], "eve", "/") as eve:
            eve.wait_for_selector("body[data-state]")
            eve.goto(f"{server.origin}/disputes")
            eve.wait_for_selector("body[data-state=step]")
            eve.evaluate(SETTLED)
            assert eve.inner_text("#step-text").strip() in wrong
            press(eve, KEYS[TRUTH[trace_id, step]])
            eve.keyboard.type("It follows from the problem.")
            press(eve, "Enter")
            eve.wait_for_selector("h1:has-text('No experts differ')")
            eve.wait_for_selector("body[data-connection=stored]")
        assert "Such a statement fails in at most 5% of draws" in send(lead, "sign")
        lead.click("[role=status] a")
        assert "holds" in send(lead, "check it against this store")
        with lead.expect_download() as waiting:
            lead.click("text=download cert-")
        file = downloads / str(waiting.value.suggested_filename)
        waiting.value.save_as(file)
        return file


def rest(server: Server, secret: str, wrong: set[str]) -> None:
    """The rest of a sitting, as the expert's browser would send it."""
    sitter = Sitter(lambda: server.origin, secret)
    while items := sitter.next(5):
        for item in items:
            assert sitter.answer(item, said_of(item["step"], wrong)).status_code == 200
    sitter.close()


def verify(place: Path, certificate: str) -> "subprocess.CompletedProcess[str]":
    """Check three files in a process that has nothing else."""
    kept = ("PATH", "PYTHONPATH", "LANG")
    return subprocess.run(
        [sys.executable, "-m", "triage", "certify", "verify", certificate,
         "--export", "decisions.jsonl", "--verdicts", "log.jsonl"],
        check=False, capture_output=True, text=True, cwd=place,
        env={name: os.environ[name] for name in kept if name in os.environ},
    )  # fmt: skip


def kept_its_promise(place: Path, certificate: str) -> None:
    """What was accepted carries the certificate; adjudicated or not, its labels are true."""
    read = json.loads((place / certificate).read_text())
    rows = read_lines(place / "decisions.jsonl")
    accepted = [row for row in rows if row["decision"] == "accept"]
    assert len(accepted) == read["accepted"] > 200
    assert {row["certificate"] for row in accepted} == {certificate.removesuffix(".json")}
    for row in accepted:
        said = row["final"] or row
        assert said["label"] == TRUTH[row["trace_id"], row["step"]]
