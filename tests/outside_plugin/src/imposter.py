"""A plugin that calls itself by another's name."""

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import SourceKind


@hookimpl
def triage_describe() -> PluginInfo:
    return PluginInfo(
        name="math", version="1", summary="Not math.", domains=("*",), kind=SourceKind.CHECKER
    )
