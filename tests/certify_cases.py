"""A project to certify: traces whose truth is known, and experts who answer from it."""

import atexit
import hashlib
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conftest import write_lines
from export_store import call, rows

Place = tuple[str, int]
Truth = dict[Place, str]
STEPS = 5

_MADE = Path(tempfile.mkdtemp(prefix="certify-cases-"))
atexit.register(shutil.rmtree, _MADE, ignore_errors=True)


def project(
    traces: int = 80,
    *,
    errors: float = 0.03,
    domains: Sequence[str] = ("prose",),
    seed: int = 6,
    name: str = "t",
) -> tuple[list[dict[str, Any]], Truth]:
    """Traces on which two sources agree with varying confidence, wrong more often where low.

    Some steps are disputed, so that the experts' queue holds more than the blind sample.
    """
    rng = random.Random(seed)
    found, truth = [], {}
    for at in range(traces):
        said, sure, other = [], [], []
        for step in range(STEPS):
            label = rng.choices(["necessary", "incorrect"], [0.9, 0.1])[0]
            confidence = round(rng.uniform(0.84, 0.97), 4)
            wrong = rng.random() < errors * (0.97 - confidence) / 0.065
            flipped = "incorrect" if label == "necessary" else "necessary"
            truth[f"{name}{at}", step] = flipped if wrong else label
            said.append(label)
            sure.append(confidence)
            other.append(flipped if rng.random() < 0.1 else label)
        judges = [("handwritten:a", said), ("handwritten:b", other)]
        found.append(
            {
                "id": f"{name}{at}",
                "domain": domains[at % len(domains)],
                "problem": f"What follows from {name} {at}?",
                "steps": [f"{name} {at} says {step}." for step in range(STEPS)],
                "proposals": [
                    {"source": source, "step_labels": words, "confidences": sure}
                    for source, words in judges
                ],
            }
        )
    return found, truth


def ok(*arguments: str | Path) -> str:
    """Run a command that must succeed; gives what it printed."""
    ran = call(*map(str, arguments))
    assert ran.status == 0, (arguments, ran.out, ran.err)
    return ran.out


def refused(*arguments: str | Path) -> str:
    """Run a command that must be refused as wrong usage; gives its one message."""
    ran = call(*map(str, arguments))
    assert ran.status in (1, 2), (arguments, ran)
    assert ran.err.startswith("triage: ")
    return " ".join(ran.err.split())


def start(truth_of: tuple[list[dict[str, Any]], Truth]) -> Truth:
    """Take a project in, and admit experts; the store of the same project is made only once."""
    traces, truth = truth_of
    write_lines(Path("in.jsonl"), traces)
    known = _MADE / hashlib.sha256(Path("in.jsonl").read_bytes()).hexdigest()
    if not known.exists():
        ok("run", "in.jsonl", "--out", "out.jsonl")
        for expert in ("ann", "bob", "eve"):
            ok("experts", "add", expert, "--credential", "*")
        known.mkdir()
        ok("backup", known / "triage.db")
        shutil.copy("out.jsonl", known)
    for file in known.iterdir():
        shutil.copy(file, ".")
    return dict(truth)


def planned(*options: str) -> list[dict[str, Any]]:
    """Plan; gives the batches."""
    found: list[dict[str, Any]] = json.loads(ok("certify", "plan", *options, "--json"))["planned"]
    return found


def waiting(action: str = "audit") -> list[Place]:
    """The undecided steps with an action, as the store has them."""
    with sqlite3.connect("triage.db") as connection:
        return [
            (name, step)
            for name, step in connection.execute(
                "SELECT t.id, s.step FROM steps s JOIN traces t ON t.key = s.trace"
                " WHERE NOT s.settled AND s.action = ? ORDER BY t.key, s.step",
                (action,),
            )
        ]


def verdict(place: Place, label: str, expert: str, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": place[0],
        "step": place[1],
        "label": label,
        "expert": expert,
        "mode": "blind",
        "seconds": 60,
        "at": datetime.now(UTC).isoformat(),
    } | more


def give(verdicts: Iterable[dict[str, Any]]) -> None:
    """Hand in a file of verdicts."""
    lines = list(verdicts)
    if lines:
        write_lines(Path("verdicts.jsonl"), lines)
        ok("queue", "import", "verdicts.jsonl")


def answer(
    truth: Truth,
    expert: str,
    places: Iterable[Place] | None = None,
    say: Callable[[Place], str] | None = None,
    **more: Any,
) -> None:
    """An expert who says what is true of some steps, or of all of the sample that wait."""
    speak = say or truth.__getitem__
    give(verdict(p, speak(p), expert, **more) for p in (waiting() if places is None else places))


def label_all(truth: Truth) -> None:
    """Label a drawn sample to its end, second labels included."""
    answer(truth, "ann")
    answer(truth, "bob")
    assert not waiting()


PLAN = ("--alpha", "0.15", "--labels", "40", "--coverage", "0.7")
"""A plan that certifies some 260 steps with about as many errors as the sources make."""


def certified(truth: Truth, *options: str) -> Path:
    """Plan, draw, label and sign one certificate; gives its file."""
    ok("certify", "plan", *PLAN, *options)
    ok("certify", "draw", "--seed", "7")
    label_all(truth)
    ok("certify", "sign", "--out", "cert.json")
    return Path("cert.json")


def exported() -> list[dict[str, Any]]:
    """What the store exports; left in two files for a check."""
    ok("export", "decisions", "--out", "decisions.jsonl")
    ok("export", "verdicts", "--out", "log.jsonl")
    return rows("decisions.jsonl")
