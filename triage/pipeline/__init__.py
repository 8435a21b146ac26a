"""The one place that knows the order: take in, ask plugins, decide, write."""

from triage.pipeline.run import RunOptions, Summary, run

__all__ = ["RunOptions", "Summary", "run"]
