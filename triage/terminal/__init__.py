"""Labelling at a terminal: one step on the screen, one key for its label."""
