"""Chooses a plan by simulation, before any step is drawn."""
