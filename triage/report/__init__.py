"""The lead's report: figures gathered from the store, and one page that needs nothing else."""

from triage.report.gather import gather
from triage.report.tallies.effort import Assumptions
from triage.report.whole import Report

__all__ = ["Assumptions", "Report", "gather"]
