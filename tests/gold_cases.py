"""A gold set for the tests: traces that never become work, with a known label on one step."""

from pathlib import Path
from typing import Any

from conftest import write_lines
from sqlalchemy import Engine

from triage.configuration.settings import AdmissionSettings, Settings
from triage.queue.gold.gold_set import import_gold

LABELS = ("necessary", "redundant", "incorrect", "incomplete")


def asking(steps: int = 4, **more: Any) -> Settings:
    """Settings with a calibration round of some steps, and nothing hidden unless it is said."""
    return Settings(admission=AdmissionSettings(steps=steps, **({"hidden_share": 0.0} | more)))


def gold_rows(count: int, domain: str = "history", **fields: Any) -> list[dict[str, Any]]:
    """Traces whose second step is gold; its label stands in its text."""
    return [
        {
            "id": f"{domain}-{number}",
            "domain": domain,
            "problem": f"The problem of t{number}?",
            "steps": [
                f"First of t{number}.",
                f"Second of t{number}, {LABELS[number % 4]}.",
                f"Third of t{number}.",
            ],
            "human": {"step_labels": [None, LABELS[number % 4], None]},
        }
        | fields
        for number in range(count)
    ]


def put_gold(engine: Engine, rows: list[dict[str, Any]]) -> None:
    def refuse(reject: object) -> None:
        raise AssertionError(reject)

    import_gold(engine, "test", str(write_lines(Path("gold.jsonl"), rows)), refuse)


def truth_of(item: dict[str, Any]) -> str:
    """The right label of a gold step, as its text tells."""
    return str(item["step"].rpartition(", ")[2]).rstrip(".")


def is_gold(item: dict[str, Any]) -> bool:
    return truth_of(item) in LABELS


def wrong(item: dict[str, Any]) -> str:
    return LABELS[(LABELS.index(truth_of(item)) + 1) % 4]
