"""What the measurements of the judges share: a stand-in of its own, a panel, traces, a ledger."""

import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triage.judging import Judge, Price
from triage.records import Step, Trace

LATENCY = 0.05
FLIGHT = 64
WAYS = ("openai", "anthropic", "litellm-openai", "litellm-anthropic")
TROUBLE = [
    {"do": "status", "status": 429, "retry_after": 1, "share": 0.05},
    {"do": "status", "status": 500, "share": 0.03},
    {"do": "cut", "share": 0.005},
    {"do": "not-json", "share": 0.005},
    {"do": "wrong-schema", "share": 0.005},
    {"do": "refusal", "share": 0.005},
    {"do": "hang", "seconds": 30, "share": 0.01},
]


@contextlib.contextmanager
def standin(script: dict[str, Any], port: str = "0") -> Iterator[str]:
    """A stand-in in a process of its own; gives its URL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.json"
        path.write_text(json.dumps(script))
        command = [sys.executable, "-m", "triage.standin", "--port", port, "--script", str(path)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            yield process.stdout.readline().split()[2] if process.stdout else ""
        finally:
            process.terminate()
            process.wait()


def read(url: str, what: str) -> Any:
    """What the stand-in tells of itself."""
    with urllib.request.urlopen(f"{url}/standin/{what}") as response:  # noqa: S310 - our own
        return json.load(response)


def judge_for(way: str, url: str, **more: Any) -> Judge:
    """A judge that is asked this way."""
    provider, at, model = {
        "openai": ("openai", f"{url}/v1", "stand-in"),
        "anthropic": ("anthropic", url, "stand-in"),
        "litellm-openai": ("litellm", f"{url}/v1", "openai/stand-in"),
        "litellm-anthropic": ("litellm", url, "anthropic/claude-haiku-4-5"),
    }[way]
    settings = {
        "name": "a",
        "provider": provider,
        "model": model,
        "url": at,
        "key_env": "STAND_IN_KEY",
        "in_flight": FLIGHT,
        "price": Price(input=1.0, output=5.0),
    }
    return Judge.model_validate(settings | more)


def traces(count: int, steps: int = 5) -> list[Trace]:
    """Traces of our own making, about 2 KB of prompt a step, with `count` steps in all."""
    made = []
    for number in range(count // steps):
        texts = [
            f"In case {number}, finding {index} is weighed against the history, and it moves the "
            f"assessment a little, because value {number * 7 + index} lies outside of its range."
            for index in range(steps)
        ]
        made.append(
            Trace(
                id=f"case-{number}",
                domain="medical",
                problem=f"Patient {number} comes with a complaint. " + "History as told. " * 12,
                steps=tuple(Step(index=i, text=text) for i, text in enumerate(texts)),
                group=f"case-{number}",
            )
        )
    return made
