"""What plugins ask: the panel, the ledger and the money of a run, shared by all of them."""

import asyncio
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Engine

from triage.errors import EvidenceError, MissingExtraError, RedactionError, UsageError
from triage.judging.active import CURRENT
from triage.judging.bookkeeping.commits import Commits
from triage.judging.bookkeeping.leases import Leases, Places, new_asker
from triage.judging.bookkeeping.ledger import Ledger
from triage.judging.bookkeeping.money import NANO, nano
from triage.judging.bookkeeping.purse import Purse
from triage.judging.calls.asking import Asker, all_of
from triage.judging.calls.batch import Batches, BatchReport, Parts
from triage.judging.calls.connecting import connect_judge, key_of
from triage.judging.calls.turns import Turns
from triage.judging.opinion import Sample, opine
from triage.judging.panel import Judge, Mode, See
from triage.judging.questions.passages import Gather, passages_for
from triage.judging.questions.question import Question, asked_together
from triage.judging.questions.render import render
from triage.judging.questions.suspicion import suspicions
from triage.plugininfo import PluginContext, PluginInfo, Sees
from triage.promptbook import PromptBook, PromptFile
from triage.providers import Provider, open_batches
from triage.providers.errors import ProviderError
from triage.records import Abstention, Failure, Outcome, Passage, Trace
from triage.redaction import Finder
from triage.runtime.cycles import collect_briefly

Value = TypeVar("Value")


class Judging:
    """The judges of a run; use as an async context manager, in one event loop.

    Args:
        engine: A database with the ledger's tables.
        panel: The judges.
        account: Whose money is spent and limited; runs with the same account share the limit.
        limit_usd: What the account never passes, in US dollars; None is no limit.
        book: The prompts.
        connect: Opens a provider for a judge.
        gather: Finds passages of the team's own sources for a step.
        private: Says what is covered before anything is sent.
    """

    def __init__(
        self,
        engine: Engine,
        panel: Sequence[Judge],
        *,
        account: str = "default",
        limit_usd: float | None = None,
        book: PromptBook | None = None,
        connect: Callable[[Judge], Provider] | None = None,
        gather: Gather | None = None,
        private: Finder | None = None,
    ) -> None:
        limit = None if limit_usd is None else nano(limit_usd)
        self.panel = tuple(panel)
        self.book = book or PromptBook()
        self._commits = Commits(Ledger(engine, account, limit, new_asker()))
        self._leases = Leases(self._commits)
        self._purse = Purse(self._commits)
        self._turns = Turns()
        self._connect = connect or connect_judge
        self._askers: dict[str, Asker] = {}
        self._batch_turns = Places(self._leases)
        self._connected = False
        self._fitting: dict[tuple[Sees, tuple[str, ...]], list[Judge]] = {}
        self._gather = gather
        self._private = private

    @property
    def at_limit(self) -> bool:
        """Whether a call was not made because of the money limit: the run is not complete."""
        return self._purse.exhausted

    @property
    def spent_usd(self) -> float:
        """What the account has spent and what calls under way may cost at most, in dollars."""
        return sum(self._commits.ledger.balance()) / NANO

    @property
    def own_spent_usd(self) -> float:
        """What was spent through this object, in US dollars."""
        return self._commits.spent_nano / NANO

    @property
    def ledger(self) -> Ledger:
        """The ledger underneath."""
        return self._commits.ledger

    @contextmanager
    def active(self) -> Iterator[None]:
        """Make these the judges that `current()` gives to plugins called in this block."""
        token = CURRENT.set(self)
        try:
            yield
        finally:
            CURRENT.reset(token)

    async def propose(
        self,
        plugin: PluginInfo,
        prompt: PromptFile,
        trace: Trace,
        step: int,
        context: PluginContext,
    ) -> list[Outcome]:
        """What the plugin's judges say of one step, and what makes its text suspect.

        Which judges are asked follows from what the plugin sees: one that sees the whole trace has
        the judges with `mode = "trace"`, one that sees the reference those with
        `see = "reference"`, any other those that judge a step in isolation.
        """
        judges = self.judges_of(plugin, context.settings)
        if not judges:
            return [Abstention(step=step, source=plugin.name, why="no-judges")]
        self._connect_all()
        shown: dict[str, Passage] = {}
        asked = (plugin, prompt, trace, step, context, shown)
        said = await all_of([self._opinion(judge, *asked) for judge in judges])
        # last: answers come one by one, but the steps of a whole run are asked about at once
        return [*suspicions(plugin.name, trace, step, context.memory, shown.values()), *said]

    def judges_of(self, plugin: PluginInfo, settings: Mapping[str, Any]) -> list[Judge]:
        """The judges whom a plugin asks under its settings."""
        chosen = tuple(settings.get("judges") or ())
        if (plugin.sees, chosen) not in self._fitting:
            self._fitting[plugin.sees, chosen] = [
                judge
                for judge in self.panel
                if judge.fits(plugin.sees) and (not chosen or judge.name in chosen)
            ]
        return self._fitting[plugin.sees, chosen]

    async def questions(
        self, judge: Judge, plugin: PluginInfo, prompt: PromptFile, trace: Trace, step: int
    ) -> list[Question]:
        """What a judge is asked about a step: one question a sample.

        A judge of whole traces is asked about the step and its neighbours at once.

        Raises:
            EvidenceError: A source of passages failed.
            RedactionError: The redactor failed.
        """
        whole = judge.mode is Mode.TRACE
        steps = asked_together(len(trace.steps), step) if whole else range(step, step + 1)
        passages = await passages_for(self._gather, prompt, trace, steps)
        rendered = render(
            prompt,
            trace,
            steps,
            whole=whole,
            reference=judge.see is See.REFERENCE,
            passages=passages,
            private=self._private,
        )
        return [
            rendered.question(judge, plugin.name, trace, None if whole else step, sample)
            for sample in range(judge.samples)
        ]

    async def all_questions(
        self, judge: Judge, plugin: PluginInfo, prompt: PromptFile, trace: Trace
    ) -> list[Question]:
        """What a judge is asked about all steps of a trace; it raises what `questions` does."""
        if not judge.may_judge(trace.reference_answer):
            return []
        steps = range(len(trace.steps))
        if judge.mode is Mode.TRACE:
            steps = steps[:: len(asked_together(len(steps), 0))]
        found = [await self.questions(judge, plugin, prompt, trace, step) for step in steps]
        return [question for some in found for question in some]

    async def _opinion(
        self,
        judge: Judge,
        plugin: PluginInfo,
        prompt: PromptFile,
        trace: Trace,
        step: int,
        context: PluginContext,
        shown: dict[str, Passage],
    ) -> Outcome:
        source = f"{plugin.name}:{judge.name}"
        if not judge.may_judge(trace.reference_answer):
            return Abstention(step=step, source=source, why="no-reference")
        try:
            self.asker(judge)
        except (UsageError, MissingExtraError) as error:
            return Failure(step=step, source=source, why="not-configured", detail=str(error))
        whole = judge.mode is Mode.TRACE
        name = f"judging:{judge.name}:{asked_together(len(trace.steps), step).start}"
        try:
            if whole and name not in context.memory:
                asking = self._ask(judge, plugin, prompt, trace, step)
                context.memory[name] = asyncio.ensure_future(asking)
            if whole:
                question, samples = await asyncio.shield(context.memory[name])
            else:
                question, samples = await self._ask(judge, plugin, prompt, trace, step)
        except (EvidenceError, RedactionError) as error:
            return Failure(step=step, source=source, why=error.code, detail=str(error)[:500])
        shown |= question.expected.passages
        return opine(question, step, samples, plugin.version)

    async def _ask(
        self, judge: Judge, plugin: PluginInfo, prompt: PromptFile, trace: Trace, step: int
    ) -> tuple[Question, list[Sample]]:
        asker = self.asker(judge)
        async with asker.room:
            await self._turns.begin()
            questions = await self.questions(judge, plugin, prompt, trace, step)
            samples = await all_of([asker.sample(question) for question in questions])
        return questions[0], samples

    async def fill_by_batch(
        self,
        judge: Judge,
        parts: Parts,
        *,
        wait: bool = True,
        told: Callable[[str], None] = lambda _line: None,
    ) -> BatchReport:
        """Have a judge's questions answered by its provider's batches.

        Interrupted, it is called again with the same questions. Afterwards answers are found in the
        ledger and what is missing is asked directly, unless it is still with the provider.

        Args:
            judge: Whom to ask.
            parts: What to ask.
            wait: Whether to wait until the batches have ended.
            told: Gets a line for every batch that is handed in or fetched.

        Raises:
            ProviderError: Batches were not taken or cannot be looked up; the judge is not asked
                directly either.
        """
        asker = self.asker(judge)
        provider = open_batches(judge.provider, url=judge.url, key=key_of(judge))
        batches = Batches(self.ledger, judge, provider, told, self._batch_turns.at, self.panel)
        try:
            report = await batches.fill(parts, wait=wait)
        except ProviderError as error:
            asker.put_off = error
            raise
        finally:
            await provider.close()
            self._commits.spent_nano += batches.spent_nano
        asker.pending = report.pending
        return report

    def _connect_all(self) -> None:
        """Do what takes long before the first call, like loading SDKs: answers would wait."""
        if self._connected:
            return
        self._connected = True
        platform.platform()  # SDKs ask for it at first, and Python runs a program for it
        for judge in self.panel:
            with suppress(UsageError, MissingExtraError):  # told where the judge is asked
                self.asker(judge)
        collect_briefly()

    def asker(self, judge: Judge) -> Asker:
        """The one that asks this judge, under the judge's own limits."""
        if judge.name not in self._askers:
            about = (self._commits, self._leases, self._purse, self._turns)
            self._askers[judge.name] = Asker(judge, self._connect(judge), *about)
        return self._askers[judge.name]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(asker.close() for asker in self._askers.values()))
        await self._leases.close()
        await self._commits.close()
