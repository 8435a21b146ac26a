"""The verdict log's own form: a row a line, whose chain `triage.verdictlog` checks anywhere."""

from typing import Final

from triage.export.columns import Column, Kind

COLUMNS: Final = (
    Column("answer_id", Kind.TEXT),
    Column("trace_id", Kind.TEXT),
    Column("step", Kind.NUMBER),
    Column("label", Kind.TEXT),
    Column("inherits_error", Kind.FLAG),
    Column("expert", Kind.TEXT),
    Column("by", Kind.TEXT),
    Column("mode", Kind.TEXT),
    Column("seconds", Kind.FLOAT),
    Column("at", Kind.TEXT),
    Column("withdraws", Kind.TEXT),
    Column("said_digest", Kind.TEXT),
    Column("step_digest", Kind.TEXT),
    Column("previous", Kind.TEXT),
    Column("hash", Kind.TEXT),
    Column("salt", Kind.TEXT),
    Column("note", Kind.TEXT),
    Column("correction", Kind.TEXT),
)
