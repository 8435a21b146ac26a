"""Cutting unsegmented text into steps, each with its place in the text."""

from triage.segment.cut import Granularity, segment

__all__ = ["Granularity", "segment"]
