"""Platforms' calls and jobs."""
