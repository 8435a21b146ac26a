"""Puzzles that are followed move by move, or computed."""
