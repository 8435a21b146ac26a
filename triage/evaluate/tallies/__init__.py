"""Counts that are fed trace by trace, and the shares they amount to."""
