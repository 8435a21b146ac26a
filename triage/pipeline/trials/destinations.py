"""Where data can go beyond this machine."""

from collections.abc import Iterator

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.judging import Judge
from triage.pipeline.trials.survey import Runs, Surveyed
from triage.records import Record, SourceKind
from triage.runtime.extras import DISTRIBUTION
from triage.runtime.proxies import proxy_to
from triage.store.look import host_of


class Destination(Record):
    """Where data can go beyond this machine."""

    to: str
    what: str


def destinations(
    plugins: tuple[Surveyed, ...],
    panel: tuple[Judge, ...],
    settings: Settings,
    redactors: tuple[str, ...],
    webhooks: tuple[str, ...] = (),
) -> Iterator[Destination]:
    """List where data goes beyond this machine with these settings.

    Args:
        plugins: All plugins that were found.
        panel: The judges.
        settings: All settings.
        redactors: The redactors that cover something.
        webhooks: The machines that are told of jobs that ended.
    """
    cover = f"covered by {', '.join(redactors)}" if redactors else "nothing is covered"
    try:
        host = host_of(settings.db)
    except UsageError:
        # no URL leads nowhere; that it is none was told where the store was looked at
        host = None
    if host is not None:
        what = "all of the store: traces, findings, decisions, verdicts"
        yield Destination(to=f"the database at {host}", what=what)
    if settings.label_studio.token:
        what = "tasks with problems and steps, and what the machine says of them"
        yield Destination(to=f"Label Studio at {settings.label_studio.url}", what=what)
    for machine in webhooks:
        what = "which of a platform's jobs ended, and how: no text of any trace"
        yield Destination(to=f"the webhook at {machine}", what=what)
    for judge in panel:
        what = f"what the judge {judge.name} is asked: problems and steps of its domains' traces"
        what += f", passages of documents where there are any ({cover})"
        yield Destination(to=_route(judge), what=what)
    for one in plugins:
        if one.runs is Runs.EVENT_LOOP and one.info is not None and not _asks_panel(one):
            what = f"what it is shown ({one.info.sees.value}) of traces in {_domains(one)}"
            to = f"wherever the plugin {one.name} sends it"
            yield Destination(to=to, what=f"{what} ({cover})")


def _route(judge: Judge) -> str:
    """Where a judge is asked, and the proxy on the way there."""
    to = machine = judge.endpoint
    if judge.provider == "litellm" and judge.url is None and (found := _litellm(judge.model)):
        to, machine = f"{found} (by litellm: {judge.model})", found
    proxy = proxy_to(machine)
    return f"{to} through the proxy {proxy}" if proxy else to


def _litellm(model: str) -> str | None:
    try:
        from triage.providers.litellm import address  # its library takes seconds to load
    except ImportError:
        return None  # no judge behind it can be asked: that is told elsewhere
    return address(model)


def _asks_panel(plugin: Surveyed) -> bool:
    is_ours = (plugin.package or "").split()[:1] == [DISTRIBUTION]
    return is_ours and plugin.info is not None and plugin.info.kind is SourceKind.JUDGE


def _domains(plugin: Surveyed) -> str:
    domains = plugin.info.domains if plugin.info else ()
    return "all domains" if "*" in domains else ", ".join(domains)
