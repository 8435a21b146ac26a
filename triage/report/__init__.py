"""The lead's report: figures gathered from the store, and one page that needs nothing else."""

from triage.report.effort import Assumptions
from triage.report.figures import Report
from triage.report.gather import gather

__all__ = ["Assumptions", "Report", "gather"]
