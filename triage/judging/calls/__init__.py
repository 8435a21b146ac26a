"""Asking: one judge at a time or in batches, as fast as it takes, and no faster."""
