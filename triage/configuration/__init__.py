"""What can be configured, and reading it."""
