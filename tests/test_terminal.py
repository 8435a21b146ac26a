"""Labelling with single keys, at a terminal that is real to the program."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from conftest import read_lines, write_lines
from gold_cases import LABELS, gold_rows
from queue_cases import ANSWER, LATER, OPINION, SECRET, asked, call, copied, here, split, stored

from triage.store.database import open_store
from triage.store.labelling.verdicts import check_chain, log_lines

__all__ = ["here"]

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A person before `triage queue next`."""

    def __init__(self, *keys_before: str) -> None:
        self.master, self.slave = pty.openpty()
        self.ready_to_read = select.poll()
        self.ready_to_read.register(self.master, select.POLLIN)
        ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        for keys in keys_before:
            self.press(keys)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "triage", "queue", "next", "--expert", "ann"],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=os.environ | {"TERM": "xterm"},
        )
        self.seen = ""

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until(self, wanted: str) -> str:
        """What appears up to a text."""
        new, ends = "", time.monotonic() + 60
        while wanted not in ESCAPES.sub("", new):
            assert time.monotonic() < ends, f"{wanted!r} never came after {new!r}"
            assert self.ready_to_read.poll(20_000), new
            new += os.read(self.master, 1).decode(errors="replace")
        self.seen += new
        return ESCAPES.sub("", new)

    def ready(self) -> str:
        """What is on the screen once keys count."""
        return self.until("\r> ").rpartition(" left\r\n")[2]

    def ends(self) -> str:
        out = self.until("answers stored")
        assert self.process.wait(timeout=60) == 0
        assert termios.tcgetattr(self.slave) == self.before
        return out

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (self.master, self.slave):
            os.close(end)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three traces with a disputed step each, and an expert."""
    place = tmp_path_factory.mktemp("terminal")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        stored(*(split(name) for name in ("t", "u", "v")))
        call("experts", "add", "ann", "--credential", "*")
    return place


@pytest.fixture
def terminals(home: Path, here: Path) -> Iterator[list[Terminal]]:
    copied(home)
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def sit(terminals: list[Terminal], *keys_before: str) -> Terminal:
    terminals.append(Terminal(*keys_before))
    return terminals[-1]


def log() -> list[dict[str, Any]]:
    with open_store().connect() as connection:
        check_chain(connection)
        return list(log_lines(connection))


def said() -> list[tuple[str, str]]:
    return [(row["trace_id"], row["label"]) for row in log()]


def test_one_key_labels_a_step_and_the_next_appears(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    for name, key in (("t", "1"), ("u", "3"), ("v", "4")):
        shown = person.ready()
        assert f"The problem of {name}?" in shown
        assert f"First of {name}." in shown
        assert f"Middle of {name}." in shown
        person.press(key)
    assert "Nothing waits for ann" in person.ends()
    assert said() == [("t", "necessary"), ("u", "incorrect"), ("v", "incomplete")]
    assert {row["mode"] for row in log()} == {"blind"}
    assert all(0 < row["seconds"] < 60 for row in log())
    for hidden in (LATER, ANSWER, OPINION, SECRET, "judges-split", "score"):
        assert hidden not in person.seen


def test_keys_pressed_before_a_step_was_painted_do_not_label_it(terminals: list[Terminal]) -> None:
    person = sit(terminals, "1111")
    person.ready()
    assert said() == []
    person.press("2222")
    shown = person.ready()
    assert "Middle of u." in shown
    assert said() == [("t", "redundant")]
    person.press("\x1b[1~")
    person.ready()
    person.press("q")
    person.ends()
    assert said() == [("t", "redundant")]


def test_a_note_and_an_inherited_error_go_with_the_label(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    person.ready()
    person.press("i")
    assert "rests on an earlier wrong step" in person.ready()
    person.press("n")
    person.until("note: ")
    person.press("mind the sign\n")
    assert "note: mind the sign" in person.ready()
    person.press("1")
    person.ready()
    person.press("q")
    person.ends()
    (row,) = log()
    assert (row["label"], row["inherits_error"], row["note"]) == (
        "necessary", True, "mind the sign",
    )  # fmt: skip


def test_a_skipped_step_does_not_come_back(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    person.ready()
    person.press("s")
    person.until("why skip?")
    person.press("\n")
    assert "Middle of t." in person.ready()
    person.press("s")
    person.until("why skip?")
    person.press("not my field\n")
    assert "Middle of u." in person.ready()
    person.press("u")
    assert "Middle of t." in person.ready()
    person.press("s")
    person.until("why skip?")
    person.press("not my field after all\n")
    assert "Middle of t." not in person.ready()
    person.press("q")
    person.ends()
    assert call("queue", "next", "--expert", "ann").json["trace_id"] != "t"
    assert call("queue", "stats", "--json").json["experts"]["ann"]["skipped"] == 1
    assert asked()[0] == ("t", 1, "waiting")


def test_undo_takes_answers_back_one_by_one(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    person.ready()
    person.press("u")
    assert "Middle of t." in person.ready()
    for _ in range(2):
        person.press("1")
        person.ready()
    person.press("u")
    assert "Middle of u." in person.ready()
    person.press("u")
    assert "Middle of t." in person.ready()
    assert {state for _, _, state in asked()} == {"waiting", "leased"}
    person.press("3")
    person.ready()
    person.press("q")
    assert "1 incorrect" in person.until("incorrect")
    assert len(log()) == 5
    call("run", "in.jsonl", "--out", "out.jsonl")
    finals = {r["trace_id"]: r["final"] for r in read_lines(Path("out.jsonl")) if r["step"] == 1}
    assert finals["t"]["label"] == "incorrect"
    assert finals["u"] is None


def test_stopping_frees_the_step_and_help_explains_the_keys(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    person.ready()
    person.press("?")
    assert "take back your last answer" in person.ready()
    person.press("x")
    person.ready()
    assert asked()[0] == ("t", 1, "leased")
    person.press("q")
    assert "0 answers stored" in person.ends()
    assert {state for _, _, state in asked()} == {"waiting"}


def test_an_interrupt_leaves_the_terminal_as_it_was(terminals: list[Terminal]) -> None:
    person = sit(terminals)
    person.ready()
    person.press("1")
    person.ready()
    person.process.send_signal(signal.SIGINT)
    person.until("stopped")
    assert person.process.wait(timeout=60) == 130
    assert termios.tcgetattr(person.slave) == person.before
    assert said() == [("t", "necessary")]


@pytest.mark.usefixtures("here")
def test_a_trace_cannot_steer_the_terminal() -> None:
    trace = split(
        "t", problem="Clear \x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnorw\u202c [bold]no[/]"
    )
    stored(trace)
    call("experts", "add", "ann", "--credential", "*")
    person = Terminal()
    try:
        person.ready()
        person.press("q")
        person.ends()
    finally:
        person.close()
    assert "\x1b]0" not in person.seen
    assert "\x9b" not in person.seen
    assert "\u202e" not in person.seen
    assert "[bold]no[/]" in person.seen
    # the screen is cleared once, by the program
    assert person.seen.count("\x1b[2J") == 1


def test_a_calibration_round_ends_with_its_result_and_then_work_begins(
    terminals: list[Terminal],
) -> None:
    Path("triage.toml").write_text("[admission]\nsteps = 4\nhidden_share = 0\n", encoding="utf-8")
    ran = call("gold", "import", write_lines(Path("gold.jsonl"), gold_rows(4)))
    assert ran.status == 0, ran.err
    person = sit(terminals)
    for _ in range(4):
        shown = person.ready()
        assert "Third of" not in shown
        label = next(one for one in LABELS if f", {one}." in shown)
        person.press(str(LABELS.index(label) + 1))
    assert "history: admitted. 4 of 4 labels agree" in person.until("Enter to go on ")
    person.press("\n")
    assert "Middle of" in person.ready()
    person.press("u")
    assert "not taken back: it was one of your first steps" in person.until("Enter to go on ")
    person.press("\n")
    person.ready()
    person.press("3")
    person.ready()
    person.press("q")
    person.ends()
    assert [label for _, label in said()] == ["incorrect"]
