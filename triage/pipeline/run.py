"""`triage run`: all stages over input files, counted and written; started again, it goes on."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.export.decisions import decisions_of
from triage.export.files import json_lines
from triage.ingest import Reject, RejectsFile, rejects_path
from triage.ingest.files.sources import STDIN, find_inputs
from triage.pipeline.asking import Asked
from triage.pipeline.deciding import Considered
from triage.pipeline.intake import Intake
from triage.pipeline.stages import process
from triage.records import Action, Record


class RunOptions(Record):
    """What one run is asked to do.

    Attributes:
        inputs: Files, patterns, or `-` for standard input.
        out: Where the decisions go, one a line; nowhere if None.
        limit: Most traces to take.
        revise: Whether a known id with other content becomes a new version.
        accept_provisional: Whether clear steps are written as accepted, without any promise.
        budget_usd: What the judges may cost, all runs on this store together.
        wait: Whether to wait for providers' batches.
    """

    inputs: tuple[str, ...]
    out: Path | None = None
    limit: int | None = None
    revise: bool = False
    accept_provisional: bool = False
    budget_usd: float | None = None
    wait: bool = True


class Summary(Record):
    """What a run did.

    Attributes:
        known: Traces that the store had before.
        audited: Clear steps before experts for a blind sample.
        certified: Accepted steps that a certificate covers.
        accepted: All accepted steps, provisional ones included.
        asked: Steps for an expert, by the first reason.
        failed: Traces on which some plugin failed at some step; another run asks again.
        cost_usd: What was spent now; answers that were bought before cost nothing.
        spent_before_usd: What judges had cost on this store before, and what was set aside then.
        at_limit: Whether judges were not asked because of the money limit.
        pending: Questions that are with providers' batches; another run takes the answers in.
        seconds: Wall-clock time.
    """

    traces: int
    known: int
    rejected: int
    rejects: Path | None
    steps: int
    held: int
    audited: int
    certified: int
    accepted: int
    settled: int
    asked: dict[str, int]
    failed: int
    broken_plugins: dict[str, str]
    cost_usd: float
    spent_before_usd: float
    at_limit: bool
    pending: int
    seconds: float


class _Tally:
    """Counts decisions as they pass, and writes them out."""

    def __init__(self, out: BinaryIO | None, asked: Asked, *, accept_provisional: bool) -> None:
        self.actions: Counter[Action] = Counter()
        self.reasons: Counter[str] = Counter()
        self.settled = self.certified = 0
        self._out = out
        self._plugins = asked.infos
        self._accept_provisional = accept_provisional

    def see(self, one: Considered) -> None:
        for decision in decisions_of(
            one.trace,
            one.findings,
            one.steps,
            self._plugins,
            accept_provisional=self._accept_provisional,
        ):
            self.actions[decision.decision] += 1
            self.settled += decision.final is not None
            covered = decision.decision is Action.ACCEPT and decision.certificate is not None
            self.certified += covered
            if decision.decision is Action.ASK and decision.final is None:
                self.reasons[decision.reasons[0].code.value] += 1
            if self._out is not None:
                self._out.write(decision.model_dump_json(by_alias=True).encode() + b"\n")


def run(engine: Engine, settings: Settings, options: RunOptions) -> Summary:
    """Take in, ask plugins, decide, write.

    Raises:
        InputError: No usable input.
        UsageError: The output would overwrite an input.
    """
    began = time.monotonic()
    if options.out is not None and _is_among(options.out, options.inputs):
        raise UsageError(f"--out {options.out} is one of the inputs: name another file")
    with ExitStack() as stack:
        rejects = _Rejects(options.out, stack)
        intake, asked, considered = stack.enter_context(
            process(
                engine,
                settings,
                options.inputs,
                rejected=rejects.add,
                limit=options.limit,
                revise=options.revise,
                budget_usd=options.budget_usd,
                wait=options.wait,
            )
        )
        out = stack.enter_context(json_lines(options.out)) if options.out else None
        tally = _Tally(out, asked, accept_provisional=options.accept_provisional)
        for one in considered:
            tally.see(one)
        return _summary(intake, asked, tally, rejects.path, time.monotonic() - began)


class _Rejects:
    """The rejects file beside the output; without an output they are counted only."""

    def __init__(self, out: Path | None, stack: ExitStack) -> None:
        self._file = stack.enter_context(RejectsFile(rejects_path(out))) if out else None

    def add(self, reject: Reject) -> None:
        if self._file is not None:
            self._file.write(reject)

    @property
    def path(self) -> Path | None:
        return self._file.path if self._file is not None and self._file.count else None


def _is_among(out: Path, inputs: Sequence[str]) -> bool:
    if not out.exists():
        return False
    return any(out.samefile(one) for one in find_inputs(inputs) if one != STDIN)


def _summary(
    intake: Intake, asked: Asked, tally: _Tally, rejects: Path | None, seconds: float
) -> Summary:
    return Summary(
        traces=intake.traces,
        known=intake.known,
        rejected=intake.rejected,
        rejects=rejects,
        steps=tally.actions.total(),
        held=tally.actions[Action.HOLD],
        audited=tally.actions[Action.AUDIT],
        certified=tally.certified,
        accepted=tally.actions[Action.ACCEPT],
        settled=tally.settled,
        asked=dict(tally.reasons.most_common()),
        failed=asked.failed,
        broken_plugins=asked.broken,
        cost_usd=asked.cost_usd,
        spent_before_usd=asked.spent_before_usd,
        at_limit=asked.at_limit,
        pending=asked.pending,
        seconds=seconds,
    )
