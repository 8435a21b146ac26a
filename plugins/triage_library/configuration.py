"""What `[plugin.library]` says: which folders hold whose documents, and where the index is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from triage.errors import UsageError
from triage.records import Record


class Configuration(Record):
    """The plugin's settings.

    Attributes:
        folders: By domain (`*` for all) the folders whose text and Markdown files are searched.
        index: The index's own file; it is made anew from the documents if it is deleted.
        most: Passages for a step, at most.
    """

    folders: dict[str, tuple[Path, ...]] = Field(default_factory=dict)
    index: Path = Path("triage-library.db")
    most: int = Field(default=4, ge=1, le=12)


def read_configuration(settings: Mapping[str, Any]) -> Configuration:
    """The configuration in the plugin's table.

    Raises:
        UsageError: It is not right, or a folder is not there.
    """
    given = dict(settings)
    folders = given.get("folders", {})
    if isinstance(folders, Mapping):
        given["folders"] = {
            domain: (place,) if isinstance(place, str) else place
            for domain, place in folders.items()
        }
    try:
        configuration = Configuration.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(["plugin.library", *map(str, first["loc"])])
        raise UsageError(f"{where}: {first['msg']}") from wrong
    for places in configuration.folders.values():
        for place in places:
            if not place.is_dir():
                raise UsageError(f"plugin.library.folders: there is no folder {place}")
    return configuration
