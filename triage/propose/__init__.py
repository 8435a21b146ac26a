"""Asks every plugin about every step, so that none of them can hurt the run."""
