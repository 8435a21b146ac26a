"""`triage demo --serve`: everybody's link opens a desk with something to do, and nothing stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from desk_browser import browser, findings

DOMAINS = {"mathematician": "math", "logician": "logic", "physician": "medical", "lawyer": "legal"}


def test_everybody_finds_something_to_do(browser: Any, tmp_path: Path) -> None:
    home = tmp_path / "tmp"
    home.mkdir()
    # a proxy that is not there: nothing is asked of the world
    away = {"TMPDIR": str(home), "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    shown = subprocess.Popen(
        [sys.executable, "-m", "triage", "demo", "--serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env=os.environ | away,
    )  # fmt: skip
    try:
        links = read_links(shown)
        assert set(links) == {*DOMAINS, "adjudicator", "lead"}
        for name, link in links.items():
            visit(browser, name, link)
        assert list(home.glob("triage-demo-*/demo.db"))
    finally:
        shown.send_signal(signal.SIGINT)
        _, said = shown.communicate(timeout=60)
    assert (shown.returncode, said) == (0, "")
    assert not list(home.glob("triage-demo-*"))
    assert [one for one in tmp_path.iterdir() if one != home] == []


def read_links(shown: "subprocess.Popen[str]") -> dict[str, str]:
    assert shown.stdout is not None
    links, name = {}, ""
    for line in shown.stdout:
        if line.startswith("  http"):
            links[name] = line.strip()
        elif " (" in line:
            name = line.partition(" (")[0]
        elif line.startswith("Stop"):
            break
    return links


def visit(browser: Any, name: str, link: str) -> None:
    context = browser.new_context()
    context.add_init_script(f"localStorage.setItem('triage.desk.{name}.seen', 'true')")
    page = context.new_page()
    address = link.partition("/signin")[0]
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(link)
    if name == "lead":
        page.wait_for_url(f"{address}/lead")
        assert "63 traces" in page.inner_text("main")
        assert "math" in page.inner_text("[aria-label='Progress and forecast']")
    elif name == "adjudicator":
        page.wait_for_selector("body[data-state]")
        page.goto(f"{address}/disputes")
        page.wait_for_selector("body[data-state=step]")
        assert "Another expert" in page.inner_text("#sides")
    else:
        page.wait_for_selector("body[data-state=step]")
        assert page.inner_text("#domain") == DOMAINS[name]
    assert findings(type("Seat", (), {"page": page})()) == []
    assert {url for url in requests if not url.startswith(address)} == set()
    context.close()
