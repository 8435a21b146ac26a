"""Runs the stages in their order over a store."""

from triage.pipeline.run import RunOptions, Summary, run
from triage.pipeline.stages import process

__all__ = ["RunOptions", "Summary", "process", "run"]
