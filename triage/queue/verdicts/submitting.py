"""Takes an answer to a step that goes by its trace's name, as from the command line."""

from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.deciding.decide import settle
from triage.queue.answers import Answered
from triage.queue.gold.golden import take_gold
from triage.queue.items import known_expert
from triage.queue.verdicts.answering import Given, answer
from triage.records import Verdict
from triage.store.database import writing
from triage.store.labelling.gold_tasks import task_on


class Submitted(NamedTuple):
    """What became of an answer, and what to tell the expert besides."""

    given: Given
    notice: str | None


def submit_by_name(engine: Engine, settings: Settings, verdict: Verdict) -> Submitted:
    """Take one expert's answer; to a gold step if that is what lies before the expert.

    Raises:
        RefusedError: The step does not exist or is resolved, or the person may not answer it.
        UsageError: The expert is not known, or was revoked.
    """
    with writing(engine) as connection:
        task = task_on(connection, verdict.trace_id, verdict.step, verdict.expert)
        if task is not None:
            expert = known_expert(connection, verdict.expert)
            identity = uuid4().hex
            said = Answered(
                identity, task.token, verdict.label, verdict.inherits_error, verdict.mode,
                verdict.seconds, verdict.note, verdict.correction,
            )  # fmt: skip
            done = take_gold(connection, settings, expert, task, said)
            # in the form of any other answer: nothing tells the two apart
            return Submitted(Given(identity, new=True, final=settle([verdict])), done.notice)
    return Submitted(answer(engine, settings, verdict), None)
