"""Puzzles on the order of a few objects."""
