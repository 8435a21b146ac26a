"""Private pieces stay on this machine, and come back in what experts see."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran, Triage, read_lines, write_lines
from hypothesis import given
from hypothesis import strategies as st
from triage_redact import triage_redact

from triage.errors import RedactionError, UsageError
from triage.plugininfo import PluginContext, PluginInfo
from triage.plugins import Hook, Plugin
from triage.propose.aids import finder
from triage.records import Redaction, SourceKind
from triage.redaction import Cover, uncovered
from triage.standin import Rule, Script, StandIn

KEYS = {"OPENAI_API_KEY": "x"}
CASE = {
    "id": "t",
    "domain": "medical",
    "problem": "Jane Roe (jane.roe@example.org, +49 30 1234567, MRN 00123) has a rash.",
    "steps": ["Jane Roe has a rash.", "So Jane Roe needs a test; write to jane.roe@example.org."],
}
SETTINGS = """
[plugin.redact]
kinds = ["email", "phone"]
names = ["Jane Roe"]
patterns = { record = "MRN \\\\d+" }
"""
PRIVATE = "Jane|Roe|1234567|00123"


def private(text: str, **settings: Any) -> list[str]:
    found = triage_redact(text, PluginContext(settings))
    return [text[slice(*one.span)] for one in found]


def run(triage: Triage, script: Script, settings: str = SETTINGS, **more: str) -> tuple[Ran, Any]:
    write_lines(Path("in.jsonl"), [CASE])
    with StandIn(script) as server:
        Path("triage.toml").write_text(
            f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n{settings}'
        )
        ran = triage("run", "in.jsonl", "--out", "out.jsonl", **KEYS, **more)
        asked = server.journal.asked.total()
    return ran, asked


def test_nothing_private_is_sent_and_quotes_come_back_whole(triage: Triage) -> None:
    leak = Rule(match=PRIVATE, do="status", status=400)
    say = Rule(set={"quotes": ["[NAME-1] has a rash"], "rationale": "[NAME-1] wrote [EMAIL-1]."})
    ran, _ = run(triage, Script(rules=(leak, say)))
    assert ran.status == 0, ran.err
    for row in read_lines(Path("out.jsonl")):
        assert row["failed"] == []
        evidence = row["proposals"][0]["evidence"]
        assert evidence["quotes"] == ["Jane Roe has a rash"]
        assert evidence["rationale"] == "Jane Roe wrote jane.roe@example.org."


def test_a_quote_that_is_nowhere_still_fails(triage: Triage) -> None:
    ran, asked = run(triage, Script(rules=(Rule(set={"quotes": ["[NAME-1] has a fever"]}),)))
    assert ran.status == 3
    row = read_lines(Path("out.jsonl"))[0]
    assert [one["why"] for one in row["failed"]] == ["quote-not-found"]
    assert asked == 4


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"patterns": {"record": "("}}, "patterns.record"),
        ({"patterns": {"No word": "a"}}, "patterns.No word"),
        ({"kinds": ["faces"]}, "faces"),
        ({"names_file": "nowhere.txt"}, "nowhere.txt"),
        ({"name": ["a"]}, "plugin.redact.name"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        private("text", **settings)


def test_a_redactor_that_is_not_right_stops_the_run(triage: Triage) -> None:
    wrong = '[plugin.redact]\nkinds = ["faces"]\n'
    missing = '[plugins]\nredactors = ["redact"]\nblocked = ["redact"]\n'
    for settings in (wrong, missing):
        ran, asked = run(triage, Script(), settings)
        assert (ran.status, asked) == (2, 0)
        assert "redact" in ran.err
        assert len(ran.err.splitlines()) == 1
    doctor = triage("doctor", **KEYS)
    assert doctor.status == 1
    assert "redact" in doctor.out


def test_the_doctor_tells_what_is_covered_where_data_goes(triage: Triage) -> None:
    url = "http://127.0.0.1:9/v1"
    panel = f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{url}"\n'
    Path("triage.toml").write_text(panel)
    (bare,) = triage("doctor", "--json", **KEYS).json["destinations"]
    assert bare["to"] == url
    assert "nothing is covered" in bare["what"]
    Path("triage.toml").write_text(panel + SETTINGS)
    (told,) = triage("doctor", "--json", **KEYS).json["destinations"]
    assert "covered by redact" in told["what"]


def test_what_waits_on_a_network_is_shown_the_covered_trace(
    triage: Triage, strangers: dict[str, str]
) -> None:
    row = {"id": "t", "domain": "noise", "problem": "p", "steps": ["echo: Jane Roe shouts"]}
    write_lines(Path("in.jsonl"), [row])
    Path("triage.toml").write_text(SETTINGS)
    assert triage("run", "in.jsonl", "--out", "out.jsonl", **strangers).status in (0, 3)
    (told,) = read_lines(Path("out.jsonl"))
    (said,) = [one for one in told["proposals"] if one["source"] == "patient"]
    assert said["evidence"]["rationale"] == "echo: [NAME-1] shouts"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail ann@example.org.", ["ann@example.org"]),
        ("call +1 (555) 010-9999 now", ["+1 (555) 010-9999"]),
        ("call 555-010-9999", ["555-010-9999"]),
        ("a@b, x@y.z", []),
        ("the sum 12 + 345 678 = 357 690", []),
        ("PO2 95, 120/80, 36.6, 2024-01-15, 1,000,000 and 3.14159", []),
    ],
)
def test_forms_are_told_from_figures(text: str, found: list[str]) -> None:
    assert private(text, kinds=["email", "phone"]) == found


def test_a_name_is_covered_as_a_word(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Al\nAl Green\n\n")
    text = "Al Green met Al, not Alan."
    assert private(text, names_file=str(tmp_path / "names.txt")) == ["Al Green", "Al"]


TEXTS = st.lists(st.text(alphabet="abAB [N-1]EX", max_size=30), min_size=1, max_size=5)


@given(TEXTS, st.sampled_from(["a+", "[AB]", "b a", r"\[N"]))
def test_a_cover_can_be_lifted(texts: list[str], pattern: str) -> None:
    def find(text: str) -> Iterator[Redaction]:
        for found in re.finditer(pattern, text):
            yield Redaction(span=found.span(), kind="n")

    cover = Cover(find, texts)
    hidden = [cover.hide(text) for text in texts]
    assert [uncovered(one, cover.originals) for one in hidden] == texts


def test_what_stood_before_looks_the_same_when_more_is_shown() -> None:
    def find(text: str) -> Iterator[Redaction]:
        for found in re.finditer("[A-Z]{4}", text):
            yield Redaction(span=found.span(), kind="name")

    short, long = Cover(find), Cover(find)
    first = [short.hide(text) for text in ("ANNA saw BERT", "BERT left")]
    more = [long.hide(text) for text in ("ANNA saw BERT", "BERT left", "CARL and ANNA")]
    assert more[:2] == first
    assert more[2] == "[NAME-3] and [NAME-1]"


def test_a_place_outside_the_text_is_a_failure() -> None:
    cover = Cover(lambda _text: [Redaction(span=(0, 99))])
    with pytest.raises(RedactionError):
        cover.hide("short")


def test_what_was_private_once_stays_covered_as_a_whole() -> None:
    names = {"Ann", "Ann Smith", "Al"}
    cover = Cover(lambda text: [Redaction(span=(0, len(text)), kind="name")] * (text in names))
    assert [cover.hide(text) for text in ("Ann", "Ann Smith", "Al")] == [
        "[NAME-1]", "[NAME-2]", "[NAME-3]",
    ]  # fmt: skip
    assert cover.hide("Ann Smith and Ann, not Annie") == "[NAME-2] and [NAME-1], not Annie"
    # so short a piece may be a word too
    assert cover.hide("Et Al came") == "Et Al came"


@pytest.mark.parametrize("inner", [(1, 2), (2, 5), (0, 6), (4, 6)])
def test_pieces_that_overlap_are_covered_as_one(inner: tuple[int, int]) -> None:
    cover = Cover(lambda _text: [Redaction(span=inner), Redaction(span=(0, 6))])
    assert cover.hide("secret!") == "[PRIVATE-1]!"
    assert cover.originals == {"[PRIVATE-1]": "secret"}


def test_what_a_step_shows_to_be_private_is_covered_before_it_too(triage: Triage) -> None:
    case = CASE | {"problem": "Roe has a rash.", "steps": ["A rash.", "So Mr. Roe is ill."]}
    rule = '[plugin.redact.patterns]\nname = "(?<=Mr[.] )[A-Z][a-z]+"\n'
    leak = Rule(match="step 1(?s:.*)Roe|Roe(?s:.*)step 1", do="status", status=400)
    write_lines(Path("in.jsonl"), [case])
    with StandIn(Script(rules=(leak,))) as server:
        Path("triage.toml").write_text(
            f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n{rule}'
        )
        ran = triage("run", "in.jsonl", "--out", "out.jsonl", **KEYS)
    assert ran.status == 0, ran.err


def test_a_redactor_that_hangs_sends_nothing_and_holds_up_nothing(triage: Triage) -> None:
    hangs = CASE | {"id": "h", "problem": "x" * 60}
    write_lines(Path("in.jsonl"), [hangs, CASE])
    with StandIn(Script(rules=(Rule(match="xxxxx", do="status", status=400),))) as server:
        Path("triage.toml").write_text(
            "[plugins]\ndeadline_seconds = 2\n"
            f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{server.url}/v1"\n'
            '[plugin.redact.patterns]\nslow = "(x+x+)+y"\n'
        )
        ran = triage("run", "in.jsonl", "--out", "out.jsonl", **KEYS)
        assert server.journal.statuses[400] == 0
    assert ran.status == 3
    assert "redaction-failed (the redactor failed, nothing was sent: it took more" in ran.err
    failed = {row["trace_id"] for row in read_lines(Path("out.jsonl")) if row["failed"]}
    assert "h" in failed


@pytest.mark.parametrize("said", [["x"], [None], [("a", "b")], 7])
def test_what_is_no_redaction_sends_nothing(said: Any) -> None:
    plugin = Plugin(
        info=PluginInfo(
            name="odd", version="1", summary="Odd.", domains=("*",), kind=SourceKind.CHECKER
        ),
        redact=Hook(lambda text: said if text else (), ("text",)),
    )
    find = finder({"odd": plugin}, {}, ["odd"], 5.0)
    assert find is not None
    with pytest.raises(RedactionError):
        Cover(find).hide("Jane")
