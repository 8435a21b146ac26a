"""The page: nothing leaves the machine, nothing runs, and everyone can read it."""

import base64
import hashlib
import itertools
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from queue_cases import call, here, stored, trace, verdict
from report_cases import Page, figures, give, page

__all__ = ["here"]

RUNNING = {"script", "iframe", "object", "embed", "link", "img", "form", "base", "foreignobject"}
BIDI = "\u202e\u2066\u200f"
HOSTILE = f"<script>alert(1)</script>{BIDI}"
SOURCE = '"><img src=x onerror=alert(1)> $\\frac{1}{0}$ {{ 7*7 }}\x1b'
EXPERT = "</style><svg onload=alert(1)>"


def hostile() -> None:
    words: dict[str, list[str | None]] = {
        SOURCE: ["necessary", "necessary", "incorrect"],
        f"b{BIDI}": ["necessary", "incorrect", "incorrect"],
        "\u65e5\u672c & co": ["incorrect", "necessary", "incorrect"],
    }
    traces = [
        trace(f"t{n}</title>{BIDI}", words, domain=HOSTILE if n % 2 else "]]>&lt;")
        for n in range(12)
    ]
    for one in traces:
        one["human"] = {"step_labels": ["necessary", "necessary", "incorrect"]}
    stored(*traces)
    for expert in (EXPERT, "b'\"b"):
        assert call("experts", "add", expert, "--credential", "*").status == 0
    said = [
        verdict(one["id"], step, "necessary" if n % 3 else "incorrect", expert)
        for n, one in enumerate(traces)
        for step in (0, 1)
        for expert in (EXPERT, "b'\"b")
    ]
    give(said)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Page:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("hostile"))
        hostile()
        return page()


def test_names_from_outside_stay_text(shown: Page) -> None:
    assert not RUNNING & {tag for tag, _ in shown.elements}
    assert not [name for _, held in shown.elements for name in held if name.startswith("on")]
    assert "<script>alert(1)</script>[U+202E][U+2066][U+200F]" in shown.words
    assert "{{ 7*7 }}" in shown.words
    assert EXPERT in shown.words
    assert len(shown.all("style")) == len(shown.all("title")) - len(shown.all("svg")) == 1


def test_no_invisible_mark_gets_through(shown: Page) -> None:
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", shown.html)


def test_nothing_is_loaded_and_the_policy_says_so(shown: Page) -> None:
    (policy,) = [
        held["content"] or "" for held in shown.all("meta")
        if held.get("http-equiv") == "Content-Security-Policy"
    ]  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(shown.style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not shown.attributes("style")
    assert not shown.attributes("src")
    assert all(target.startswith("#") for target in shown.attributes("href"))
    assert "url(" not in shown.style
    assert "@import" not in shown.style
    addresses = set(re.findall(r"https?://[^\"'\s<]+", shown.html))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_references_lead_somewhere_and_ids_are_single(shown: Page) -> None:
    ids = Counter(shown.attributes("id"))
    assert max(ids.values()) == 1
    wanted = {target.removeprefix("#") for target in shown.attributes("href")}
    wanted |= {name for held in shown.attributes("aria-labelledby") for name in held.split()}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", shown.html))
    assert wanted <= set(ids)


def test_everyone_can_read_it(shown: Page) -> None:
    levels = [int(tag[1]) for tag, _ in shown.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(next_ <= level + 1 for level, next_ in itertools.pairwise(levels))
    assert shown.all("html")[0]["lang"] == "en"
    plots = shown.all("svg")
    assert len(plots) >= 6
    assert all(held["role"] == "img" for held in plots)
    assert len(shown.all("desc")) == len(plots)
    assert "prefers-color-scheme: dark" in shown.style
    assert "@media print" in shown.style


def test_plots_take_their_colours_from_the_page(shown: Page) -> None:
    paints = set(shown.attributes("fill")) | set(shown.attributes("stroke"))
    assert not {paint for paint in paints if paint.startswith("#0")}
    used = {name for held in shown.attributes("class") for name in held.split()}
    painted = {name for name in used if name.startswith(("fill-", "stroke-"))}
    assert painted
    assert all(f".{name} " in shown.style for name in painted)


def test_what_has_no_data_is_said_and_never_zero(here: Path) -> None:
    words: dict[str, list[str | None]] = {"a": ["necessary"], "b": ["necessary"]}
    stored(trace("only", words))
    found = figures()
    assert found["qualities"] == []
    assert found["panel"] is None
    assert found["effort"]["assumed"]
    assert found["effort"]["hourly_rate"] is None
    assert found["agreement"]["blind"]["overall"]["measures"]["krippendorff"]["value"] is None
    shown = page()
    for sentence in (
        "No step is doubtful or disputed.",
        "No certificate was planned",
        "No accepted step was audited",
        "No step has a human label yet",
        "No judge spoke on a step with a human label",
        "No step was judged blind by two experts",
        "Assumed: 90 seconds a verdict",
        "Nobody said what an expert's hour costs",
    ):
        assert sentence in shown.words
    assert len(shown.all("svg")) == 2


def test_too_few_labels_make_no_curve(here: Path) -> None:
    words: dict[str, list[str | None]] = {"a": ["necessary"] * 3, "b": ["necessary"] * 3}
    stored(trace("few", words, human={"step_labels": ["necessary", "incorrect", None]}))
    (quality,) = figures()["qualities"]
    assert quality["curve"] == quality["bins"] == []
    assert quality["wrong"]["count"] == 1
    assert quality["ece"]["low"] is None
    assert "they need 20, and there are 2." in page().words


def test_a_store_without_traces_is_told_from_none(here: Path) -> None:
    missing = call("report")
    assert missing.status == 1
    assert "there is no store" in missing.err
    stored(trace("gone", {"a": ["necessary"]}))
    assert call("forget", "gone", "--yes").status == 0 or call("forget", "gone").status == 0
    assert figures()["flows"][0]["steps"] == 0
    assert "The store holds no decided step yet" in page().words


def test_an_unwritable_place_is_refused(here: Path) -> None:
    stored(trace("one", {"a": ["necessary"]}))
    refused = call("report", "--out", "nowhere/report.html")
    assert refused.status == 2
    assert "can't write" in refused.err


@pytest.mark.parametrize("library", ["matplotlib", "jinja2"])
def test_without_the_extra_the_figures_are_still_there(
    here: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    stored(trace("one", {"a": ["necessary"]}))
    monkeypatch.setitem(sys.modules, library, None)
    assert figures()["traces"] == 1
    refused = call("report")
    assert refused.status == 2
    assert "pip install 'steptriage[report]'" in refused.err
    assert not Path("report.html").exists()
