"""The store that the desk is measured on: filled with steps for experts, and checked afterwards."""

import json
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from triage.certification.plans.planning import PlanOptions, plan
from triage.certification.samples.drawing import draw
from triage.configuration.settings import Settings
from triage.pipeline import process
from triage.queue.people import admit, new_link
from triage.store.database import open_store, writing
from triage.store.labelling.verdicts import check_chain

TRACE_STEPS = 10
SAMPLE = 0.1
"""Share of the steps that are in a certificate's sample."""
TWICE = 0.2
"""Share of those that are labelled twice."""


def rows(steps: int) -> Iterator[dict[str, Any]]:
    """Traces whose steps two judges differ on, and some that they agree on, for a sample."""
    clear = 2 * int(SAMPLE * steps)
    for number in range((steps - int(SAMPLE * steps) + clear) // TRACE_STEPS):
        kind = "Clear" if number < clear // TRACE_STEPS else "Doubtful"
        other = "necessary" if kind == "Clear" else "incorrect"
        yield {
            "id": f"t{number}", "domain": "history",
            "proposals": [
                {"source": f"judge-{at}", "step_labels": [word] * TRACE_STEPS,
                 "confidences": [0.9 + 0.001 * (number % 90)] * TRACE_STEPS}
                for at, word in enumerate(["necessary", other])
            ],
            "problem": f"Problem {number}: " + "what was the cause of it? " * 12,
            "steps": [f"{kind} step {at} of {number}: " + "so it was. " * 20
                      for at in range(TRACE_STEPS)],
        }  # fmt: skip


def prepare(url: str, steps: int, experts: int) -> list[str]:
    """Fill a store with so many steps for experts; gives the experts' links."""
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "in.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows(steps)), encoding="utf-8")
        engine = open_store(url)
        with process(engine, settings, [str(file)], rejected=print) as processed:
            for _ in processed.considered:
                pass
    with writing(engine) as connection:
        links = []
        for number in range(experts):
            admit(connection, "bench", f"e{number}", ["history"], [])
            links.append(new_link(connection, "bench", f"e{number}", 1))
    labels = int(SAMPLE * steps)
    plan(engine, settings, PlanOptions(alpha=0.1, labels=labels, coverage=0.5, second_share=TWICE))
    draw(engine, settings)
    engine.dispose()
    return links


def check(url: str, acknowledged: Collection[str], shared: int) -> list[str]:
    """What is wrong with the store, given what was planned, acknowledged and laid before two."""
    engine = open_store(url)
    with engine.connect() as connection:
        check_chain(connection)
        answers = connection.execute(text("SELECT answer_id, trace, step FROM verdicts")).all()
        asked = connection.execute(
            text(
                "SELECT s.trace, s.step, s.settled, b.second FROM steps s LEFT JOIN batch_steps b"
                " ON b.trace = s.trace AND b.step = s.step WHERE s.action = 'ask' OR b.drawn > 0"
            )
        ).all()
    engine.dispose()
    planned = {(row.trace, row.step): 2 if row.second else 1 for row in asked}
    labelled = Counter((row.trace, row.step) for row in answers)
    lost = set(acknowledged) - {row.answer_id for row in answers}
    print(
        f"{'':<11} {len(labelled):,} of {len(planned):,} steps labelled, "
        f"{sum(count == 2 for count in labelled.values())} of "
        f"{sum(count == 2 for count in planned.values())} twice, {len(lost)} answers lost, "
        f"{shared} steps before two at a time"
    )
    wrong = []
    if labelled != planned:
        wrong.append("steps are not labelled as often as planned")
    if lost or len(answers) != len(acknowledged):
        wrong.append("answers that were acknowledged are not those in the store")
    if shared:
        wrong.append("steps lay before two experts at a time")
    if not all(row.settled for row in asked):
        wrong.append("steps are not settled")
    return wrong
