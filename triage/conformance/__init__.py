"""The conformance kit: does a plugin keep the contract? For `triage plugins check` and for pytest.

Example, in a plugin's own tests:
    >>> from triage.conformance import assert_conforms
    >>> assert_conforms("math", value="triage_math")  # doctest: +SKIP
"""

from triage.conformance.checks import Check, Report, State, assert_conforms, check_plugin

__all__ = ["Check", "Report", "State", "assert_conforms", "check_plugin"]
