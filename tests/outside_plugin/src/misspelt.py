"""A plugin whose author misspelt a hook."""

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import SourceKind


@hookimpl
def triage_describe() -> PluginInfo:
    return PluginInfo(
        name="misspelt", version="1", summary="Typo.", domains=("*",), kind=SourceKind.JUDGE
    )


@hookimpl
def triage_porpose(trace, step):  # type: ignore[no-untyped-def]
    return None
