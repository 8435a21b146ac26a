"""What a plugin says of itself, and what the house hands it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import Field

from triage.records import Record, SourceKind


class Sees(StrEnum):
    """How much of a trace a plugin is shown. Human labels and others' judgements never are."""

    EARLIER = "earlier"
    """The problem, the earlier steps and the step itself: nothing after it, no answer."""
    TRACE = "trace"
    """All steps and the final answer, without the reference."""
    REFERENCE = "reference"
    """All of that with the reference answer."""


class PluginInfo(Record):
    """A plugin's description of itself.

    Attributes:
        domains: Domains it serves; `*` serves all. Steps of other domains are abstentions.
        kind: How its proposals are to be weighed.
        credential: What an expert needs in order to judge this domain's steps.
        keeps_time: Whether it bounds its own waiting on a network, so that the house's deadline,
            which would count the time in a queue too, is not laid upon it.
        rubrics: Whether it also serves the domains of rubric files in the team's own folders.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    version: str = Field(min_length=1)
    summary: str
    domains: tuple[str, ...] = Field(min_length=1)
    kind: SourceKind
    sees: Sees = Sees.EARLIER
    hook_api: int = 1
    credential: str | None = None
    keeps_time: bool = False
    rubrics: bool = False

    def serves(self, domain: str) -> bool:
        """Whether traces of this domain are the plugin's business."""
        return "*" in self.domains or domain in self.domains


@dataclass(frozen=True)
class PluginContext:
    """What the house hands a plugin with every call.

    Attributes:
        settings: The plugin's own table of the configuration, `[plugin.NAME]`.
        memory: Kept for this plugin and this trace from step to step; empty at the first.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
