"""A loopback server that speaks the providers' wire formats and behaves as a script tells it.

It exists to prove what a client does with trouble: it answers deterministically and plainly not
like a model, makes the failures that real providers make, and counts every answer it delivered by
the content of the request, so that a test can show that nothing was bought twice. It imports
nothing from the rest of the house.
"""

from triage.standin.app import Journal, build_app
from triage.standin.script import Rule, Script
from triage.standin.threaded import StandIn

__all__ = ["Journal", "Rule", "Script", "StandIn", "build_app"]
