"""What was learnt from expert labels, as one record that is stored and named by its hash."""

import hashlib
from functools import cached_property
from typing import Any

import orjson
from pydantic import Field

from triage.calibration.curves import Curve
from triage.ranking.features import FeatureSpace
from triage.ranking.heads import Head
from triage.records import Record


class Ranker(Record):
    """Predicts the risk of a step's label.

    Attributes:
        validity: Predicts that the step is invalid.
        necessity: Predicts that a valid step is redundant; None where too few labels told.
        kind: Predicts that an invalid step is incomplete; None where too few labels told.
    """

    space: FeatureSpace
    validity: Head
    necessity: Head | None = None
    kind: Head | None = None


class Model(Record):
    """Everything that `triage calibrate` fits.

    Attributes:
        ranker: None where the cold start is used.
        display: From the predicted probability that the label is right to the displayed one.
        labels: Steps with an expert label that it was fitted on.
        why: What is used and why, for people.
    """

    form: int = 1
    ranker: Ranker | None = None
    display: Curve | None = None
    labels: int = Field(default=0, ge=0)
    why: str = ""

    @cached_property
    def version(self) -> str:
        """The hash that names the model: the same numbers have the same name everywhere."""
        content: dict[str, Any] = self.model_dump(mode="json")
        packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(packed).hexdigest()
