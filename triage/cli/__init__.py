"""The command line: one file a command, imported when it is called."""

from triage.cli.main import main

__all__ = ["main"]
