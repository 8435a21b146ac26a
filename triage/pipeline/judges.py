"""Brings a panel together with the plugins that help its judges."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import TriageError
from triage.plugins import Plugin, installed, load
from triage.promptbook import book_of
from triage.propose.aids import Gatherer, finder
from triage.propose.host import Workers
from triage.propose.worker import Described
from triage.redaction import Finder

if TYPE_CHECKING:
    from triage.judging import Judge, Judging


async def describe(workers: Workers, settings: Settings) -> Described:
    """What the plugins say of themselves, with the domains of the team's own rubric files.

    Raises:
        TriageError: A rubric file is not right, or its folder is not there.
    """
    words = [word for one in book_of(settings.prompts).rubrics for word in one.domains]
    described = await workers.describe()
    infos = {
        name: info.model_copy(update={"domains": tuple(dict.fromkeys((*info.domains, *words)))})
        if info.rubrics
        else info
        for name, info in described.infos.items()
    }
    return described._replace(infos=infos)


def load_here(described: Described, settings: Settings) -> dict[str, Plugin]:
    """Load the plugins that the main process needs: those that wait, and judges' helpers.

    Only those that a worker process could load are imported here.
    """
    wanted = described.in_event_loop | described.helpers
    entries = [one for one in installed(settings.plugins.blocked) if one.name in wanted]
    found = load(entries).loaded
    return {name: replace(one, info=described.infos[name]) for name, one in found.items()}


def private_in(plugins: Mapping[str, Plugin], settings: Settings) -> Finder | None:
    """What must not leave the machine by the loaded redactors; None where there is none.

    Raises:
        UsageError: A redactor that the settings ask for is not loaded, or one does not work.
    """
    how = settings.plugins
    return finder(plugins, settings.plugin, how.redactors, how.deadline_seconds)


def amiss_in_choices(settings: Settings) -> Iterator[str]:
    """What is wrong with the judges and prompts that plugins' tables choose."""
    there = ", ".join(sorted(settings.judges))
    for name, table in sorted(settings.plugin.items()):
        chosen, prompt = table.get("judges"), table.get("prompt")
        for judge in chosen if isinstance(chosen, list) else ():
            if settings.judges and judge not in settings.judges:
                yield f"plugin.{name}.judges: no judge {judge!r} is configured; there are: {there}"
        if settings.judges and isinstance(prompt, str):
            try:
                book_of(settings.prompts).get(prompt)
            except TriageError as why:
                yield f"plugin.{name}.prompt: {why}"


def judging_with(
    engine: Engine,
    panel: "tuple[Judge, ...]",
    plugins: Mapping[str, Plugin],
    settings: Settings,
    *,
    budget_usd: float | None = None,
    account: str = "default",
) -> "Judging":
    """The panel with its ledger, shown passages and covered by redactors as the plugins say.

    Args:
        engine: The store with the ledger.
        panel: The judges.
        plugins: What the main process has loaded.
        settings: All settings.
        budget_usd: What the account never passes.
        account: Whose money is spent.

    Raises:
        TriageError: A redactor that the settings ask for is not loaded, or a source can't work.
    """
    from triage.judging import Judging  # with its providers a cost that only panels pay

    private = private_in(plugins, settings)
    deadline = settings.plugins.network_deadline_seconds
    gatherer = Gatherer(plugins, settings.plugin, deadline, private)
    gatherer.prepare()
    return Judging(
        engine,
        panel,
        account=account,
        limit_usd=budget_usd,
        book=book_of(settings.prompts),
        gather=gatherer.passages if gatherer else None,
        private=private,
    )
