"""A plugin that asks judges: a description and a prompt are all that a domain adds."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from triage.errors import InputError, UsageError
from triage.hookspecs import hookimpl
from triage.judging.active import current
from triage.plugininfo import PluginContext, PluginInfo, Sees
from triage.promptbook import PromptBook
from triage.records import Abstention, Failure, Outcome, SourceKind, Trace

if TYPE_CHECKING:
    from triage.judging.service import Judging

_SEES: Final = {
    Sees.EARLIER: ("", "each step on the problem and the earlier steps"),
    Sees.TRACE: ("-trace", "all steps of a trace at once"),
    Sees.REFERENCE: ("-reference", "each step, knowing the right answer"),
}


class JudgePlugin:
    """Asks the run's panel about the steps of some domains.

    Args:
        info: What the plugin says of itself.
        prompt_for: The name of the prompt for a trace's domain, or None if it has none. Where it is
            absent, rubric files say which.
    """

    def __init__(
        self, info: PluginInfo, prompt_for: Callable[[str], str | None] | None = None
    ) -> None:
        self.info = info
        self._prompt_for = prompt_for

    @hookimpl
    def triage_describe(self) -> PluginInfo:
        """Say who the plugin is."""
        return self.info

    def prompt_name(self, book: PromptBook, domain: str, settings: Mapping[str, Any]) -> str | None:
        """The prompt for traces of a domain under the plugin's settings, or None."""
        return settings.get("prompt") or (self._prompt_for or book.prompt_for)(domain)

    def would_ask(self, judging: "Judging", domain: str, settings: Mapping[str, Any]) -> bool:
        """Whether any judge of a panel would be asked about traces of a domain."""
        has_prompt = self.prompt_name(judging.book, domain, settings) is not None
        return has_prompt and bool(judging.judges_of(self.info, settings))

    @hookimpl
    async def triage_propose(
        self, trace: Trace, step: int, context: PluginContext
    ) -> list[Outcome]:
        """Ask the judges about one step."""
        judging = current()
        if judging is None:
            return [Abstention(step=step, source=self.info.name, why="no-panel")]
        name = self.prompt_name(judging.book, trace.domain, context.settings)
        if name is None:
            return [Abstention(step=step, source=self.info.name, why="domain")]
        try:
            prompt = judging.book.get(name)
        except (UsageError, InputError) as why:
            said = f"plugin.{self.info.name}.prompt: {why}" if "prompt" in context.settings else why
            source = self.info.name
            return [Failure(step=step, source=source, why="not-configured", detail=str(said))]
        return await judging.propose(self.info, prompt, trace, step, context)


def judge_plugins(
    name: str,
    *,
    version: str,
    summary: str,
    domains: tuple[str, ...],
    credential: str | None,
    prompt_for: Callable[[str], str | None] | None,
) -> tuple[JudgePlugin, JudgePlugin, JudgePlugin]:
    """The three plugins of a domain: blind step by step, blind at once, and with the reference.

    They are three because a plugin says once and for all how much of a trace it sees.
    """
    made = [
        JudgePlugin(
            PluginInfo(
                name=f"{name}{suffix}",
                version=version,
                summary=f"{summary} Judges {how}.",
                domains=domains,
                kind=SourceKind.JUDGE,
                sees=sees,
                credential=credential,
                keeps_time=True,
                rubrics=prompt_for is None,
            ),
            prompt_for,
        )
        for sees, (suffix, how) in _SEES.items()
    ]
    return made[0], made[1], made[2]
