"""How input is to be read."""

from collections.abc import Mapping

from pydantic import Field

from triage.ingest.rows.labelmap import LabelMap
from triage.records import Record
from triage.segment import Granularity


class Limits(Record):
    """Bounds on one row, so that no single row can exhaust memory or a reader's patience.

    Attributes:
        row_bytes: Longest JSON text of one trace that is held in memory.
        step_chars: Longest step.
        text_chars: Longest problem, unsegmented text, answer or option.
        steps: Most steps in a trace.
        depth: Deepest nesting of lists and objects.
    """

    row_bytes: int = Field(default=64_000_000, gt=0)
    step_chars: int = Field(default=200_000, gt=0)
    text_chars: int = Field(default=4_000_000, gt=0)
    steps: int = Field(default=10_000, gt=0)
    depth: int = Field(default=64, gt=0, le=200)


class IngestOptions(Record):
    """Everything a reader may be told.

    Attributes:
        labels: How foreign label words are to be read.
        granularity: How fine unsegmented text is cut.
        granularities: The same for single domains, which go before `granularity`.
        limits: Bounds beyond which a row is rejected.
    """

    labels: LabelMap = Field(default_factory=LabelMap)
    granularity: Granularity = Granularity.AUTO
    granularities: Mapping[str, Granularity] = Field(default_factory=dict)
    limits: Limits = Field(default_factory=Limits)

    def granularity_for(self, domain: str) -> Granularity:
        """The granularity to cut a text of this domain with."""
        return self.granularities.get(domain, self.granularity)
