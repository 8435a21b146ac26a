"""`triage run` with a panel on the stand-in, as often as wanted without paying for its start."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from conftest import write_lines

from triage.standin import StandIn

KEYS = {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}


def panel_file(server: StandIn, *, provider: str = "openai", **more: Any) -> None:
    """A `triage.toml` in the working folder with one judge on the stand-in."""
    url = server.url if provider == "anthropic" else f"{server.url}/v1"
    table = {
        "provider": provider,
        "model": "m",
        "url": url,
        "in_flight": 64,
        "price": {"input": 1.0, "output": 5.0},
    } | more
    lines = [f"{name} = {_toml(value)}" for name, value in table.items()]
    # a plugin that is not loaded costs no time: these tests start dozens of runs
    lines += ["[plugins]", "workers = 1", 'blocked = ["math", "logic"]']
    Path("triage.toml").write_text("[judges.a]\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)


def cases(steps: int, each: int = 5, *, domain: str = "medical") -> Path:
    """A file with so many steps, no two of them alike."""
    rows = [
        {
            "id": f"case-{number}",
            "domain": domain,
            "problem": f"Patient {number} has a complaint.",
            "steps": [f"Step text {index} of case {number} moves on." for index in range(each)],
        }
        for number in range(steps // each)
    ]
    return write_lines(Path("in.jsonl"), rows)


class Runs:
    """Starts `triage` commands out of a process that has everything imported already."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | KEYS,
        )
        self._answer()

    def start(self, *arguments: str | Path) -> int:
        """Start a command in the background; gives its process."""
        return int(self._ask({"do": "start", "arguments": [*map(str, arguments)]}))

    def wait(self, process: int) -> int:
        """Wait for its end; gives its exit status, negative for a signal."""
        return int(self._ask({"do": "wait", "process": process}))

    def run(self, *arguments: str | Path) -> int:
        """Run a command to its end; gives its exit status."""
        return self.wait(self.start(*arguments))

    def __enter__(self) -> "Runs":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.communicate(timeout=60)

    def _ask(self, what: dict[str, Any]) -> Any:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(what) + "\n")
        self._server.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _serve() -> None:
    """The process that has everything imported: forks a child for every command."""
    import triage.cli.running.run
    import triage.judging.service
    import triage.providers.openai  # noqa: F401 - what the children need, once
    from triage.cli.main import main

    _say(0)
    for line in sys.stdin:
        what = json.loads(line)
        if what["do"] == "wait":
            _, status = os.waitpid(what["process"], 0)
            _say(os.waitstatus_to_exitcode(status))
            continue
        process = os.fork()
        if process == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 0)
            os.dup2(nothing, 1)
            with Path("stderr.txt").open("ab") as errors:
                os.dup2(errors.fileno(), 2)
            sys.argv = ["triage", *what["arguments"]]
            try:
                main()
            except SystemExit as end:
                os._exit(int(end.code or 0))
            os._exit(0)
        _say(process)


if __name__ == "__main__":
    _serve()
