"""Reads what we write for other platforms with their own clients; runs where those are installed.

python tests/clients/check.py label-studio CONFIG TASKS    (label-studio-sdk's validator)
python tests/clients/check.py argilla RECORDS ANSWERED     (writes ANSWERED with responses)
python tests/clients/check.py langfuse SCORES ANSWERED     (the same, as its API lists scores)
"""

import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

USER = uuid.UUID(int=7)


def label_studio(config: Path, tasks: Path) -> int:
    """Validate every prediction of a file of tasks; gives how many there were."""
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(config.read_text(encoding="utf-8"))
    count = 0
    for task in json.loads(tasks.read_text(encoding="utf-8")):
        interface.validate_task({"data": task["data"]})
        for prediction in task["predictions"]:
            errors = interface.validate_prediction(prediction, return_errors=True)
            if errors:
                raise SystemExit(f"the validator says {errors} of {prediction}")
            count += 1
    return count


def argilla(records: Path, answered: Path) -> int:
    """Read records as the client does, check them as it sends them, and answer each."""
    import argilla as rg
    from argilla.records._io import JsonIO

    read = JsonIO._records_from_json(records)
    for record in read:
        sent = record.api_model().model_dump()
        if sent["external_id"] != record.id or not sent["fields"]:
            raise SystemExit(f"the client would send {sent}")
        record.responses.add(rg.Response("step_label", "redundant", user_id=USER))
        record.responses.add(rg.Response("note", "seen by the client", user_id=USER))
    answered.unlink(missing_ok=True)
    JsonIO.to_json(read, answered)
    return len(read)


def langfuse(scores: Path, answered: Path) -> int:
    """Read scores as what the API takes, and list them as it does once somebody verified them."""
    from langfuse.api.core.pydantic_utilities import parse_obj_as
    from langfuse.api.scores.types.create_score_request import CreateScoreRequest
    from langfuse.api.scores.types.get_scores_v3response import GetScoresV3Response

    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC).isoformat()
    data: list[dict[str, Any]] = []
    for line in scores.read_text(encoding="utf-8").splitlines():
        given = parse_obj_as(CreateScoreRequest, json.loads(line))
        if given.trace_id is None or given.model_extra:
            raise SystemExit(f"the API would not know {line}")
        where = {"kind": "trace", "id": given.trace_id}
        if given.observation_id is not None:
            where = {"kind": "observation", "id": given.observation_id, "traceId": given.trace_id}
        data.append(
            {
                "id": given.id, "projectId": "p", "name": given.name, "source": "ANNOTATION",
                "timestamp": now, "createdAt": now, "updatedAt": now, "environment": "default",
                "dataType": "CATEGORICAL", "value": "incomplete", "comment": "verified",
                "authorUserId": "cm-ann", "subject": where,
            }
        )  # fmt: skip
    page = {"data": data, "meta": {"limit": 100}}
    parse_obj_as(GetScoresV3Response, page)
    answered.write_text(json.dumps(page), encoding="utf-8")
    return len(data)


if __name__ == "__main__":
    kinds = {"label-studio": label_studio, "argilla": argilla, "langfuse": langfuse}
    print(kinds[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3])))
