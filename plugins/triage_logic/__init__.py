"""The logic plugin."""
