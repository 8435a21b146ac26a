"""Judges through `triage run` against the stand-in."""
