"""Seconds and memory, up to large batches."""
