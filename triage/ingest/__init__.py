"""Reading traces: any accepted file form in, clean traces and named rejects out."""

from triage.ingest.items import Ingested, Item, Reject, Repeat
from triage.ingest.options import IngestOptions, Limits
from triage.ingest.read import read_row, read_traces
from triage.ingest.rejects import RejectsFile, rejects_path
from triage.ingest.rows.identity import content_hash, problem_group
from triage.ingest.rows.labelmap import LabelMap, parse_label_map

__all__ = [
    "IngestOptions",
    "Ingested",
    "Item",
    "LabelMap",
    "Limits",
    "Reject",
    "RejectsFile",
    "Repeat",
    "content_hash",
    "parse_label_map",
    "problem_group",
    "read_row",
    "read_traces",
    "rejects_path",
]
