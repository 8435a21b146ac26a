"""Writes what the documentation publishes from the code: `python -m triage.reference [FOLDER]`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from triage.configuration.settings import Settings, known_settings
from triage.ingest import Reject
from triage.records import SCHEMA_VERSION, Decision
from triage.records.input import TraceInput, VerdictInput

RECORDS: Final[dict[str, type[BaseModel]]] = {
    "trace": TraceInput,
    "decision": Decision,
    "verdict": VerdictInput,
    "reject": Reject,
    "settings": Settings,
}
"""The published forms, by the name of their schema."""

_SETTINGS_HEAD: Final = """\
# Settings

A setting is read from the command line, from an environment variable, from `triage.toml` in the
working folder (or the file that `--config` names), or it has its default: what stands first here
wins. `triage doctor` shows every value and where it came from. This table is written by
`python -m triage.reference`.

In the file a dotted name is a table and a key: `plugins.workers` is `workers` under `[plugins]`.
In the environment a list is written `a,b` and a table `math=line,legal=sentence`. An unknown name
in the file is an error; so is an environment variable that is nearly one of these.

| name | variable | value | default | meaning |
|---|---|---|---|---|
"""

_SETTINGS_TAIL: Final = """
`[plugin.NAME]` is the table of the plugin `NAME`, which gets it as it stands. Values whose name
ends in `key`, `token`, `secret` or `password`, and passwords in URLs, are never shown.
"""


def documents() -> Iterator[tuple[str, str]]:
    """Every published file: its path in the folder and its text."""
    for name, record in RECORDS.items():
        schema = json.dumps(schema_of(name, record), indent=2, ensure_ascii=False)
        yield f"schema/{name}.json", f"{schema}\n"
    yield "settings.md", settings_page()


def schema_of(name: str, record: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a published form."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:steptriage:{name}:{SCHEMA_VERSION}",
        **record.model_json_schema(by_alias=True),
    }


def settings_page() -> str:
    """The page on settings."""
    rows = [
        f"| `{one.name}` | {f'`{one.variable}`' if one.variable else ''} | {one.kind} "
        f"| {one.default} | {one.meaning} |\n"
        for one in known_settings()
    ]
    return _SETTINGS_HEAD + "".join(rows) + _SETTINGS_TAIL


def main(arguments: list[str]) -> None:
    """Write all documents into a folder, `docs` if none is named."""
    folder = Path(arguments[0] if arguments else "docs")
    for name, text in documents():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
