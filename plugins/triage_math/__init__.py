"""The math plugin."""
