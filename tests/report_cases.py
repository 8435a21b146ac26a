"""Reads a report as a browser would, and makes stores to report on."""

from html.parser import HTMLParser
from importlib.resources import as_file
from pathlib import Path
from typing import Any

from conftest import write_lines
from queue_cases import call

from triage import examples

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Every element with its attributes, what it says, and the nesting checked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.style = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.style += data
        else:
            self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, held in self.elements for key, value in held.items()
                if key == name]  # fmt: skip


def page(*options: str) -> Page:
    """Write a report of the working folder's store and read it."""
    made = call("report", "--out", "report.html", *options)
    assert made.status == 0, made.err
    return Page(Path("report.html").read_text(encoding="utf-8"))


def figures(*options: str) -> Any:
    made = call("report", "--json", *options)
    assert made.status == 0, made.err
    return made.json


def examples_stored() -> None:
    with as_file(examples.path()) as folder:
        files = [str(folder / f"{domain}.jsonl") for domain in examples.DOMAINS]
        ran = call("run", *files, "--out", "out.jsonl")
    assert ran.status == 0, ran.err
    for expert in ("ann", "bob"):
        assert call("experts", "add", expert, "--credential", "*").status == 0


def give(verdicts: list[dict[str, Any]]) -> None:
    taken = call("queue", "import", write_lines(Path("verdicts.jsonl"), verdicts))
    assert taken.status == 0, taken.err
