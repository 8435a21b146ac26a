"""A team's own documents, searched for passages that bear on a step."""

from typing import Final

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginContext, PluginInfo
from triage.records import Passage, SourceKind, Trace
from triage_library.configuration import read_configuration
from triage_library.index import Index
from triage_library.words import search_words

_NAME: Final = "library"


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve all domains; without settings it finds nothing."""
    return PluginInfo(
        name=_NAME,
        version="1.0",
        summary="Searches folders of the team's documents for passages that judges read",
        domains=("*",),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_evidence(trace: Trace, step: int, context: PluginContext) -> list[Passage] | None:
    """Find the passages that share the most telling words with a step."""
    memory = context.memory
    if "index" not in memory:
        configuration = read_configuration(context.settings)
        memory["configuration"] = configuration
        memory["index"] = Index(configuration.index) if configuration.folders else None
        if memory["index"] is not None:
            memory["index"].update(configuration.folders)
    index: Index | None = memory["index"]
    if index is None:
        return None
    words = search_words(trace.steps[step].text, trace.problem)
    return index.search(words, trace.domain, memory["configuration"].most)
