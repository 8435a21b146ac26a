"""Puts together what plugins said of a trace and what their workers' deaths say of them."""

from collections.abc import Iterable, Mapping

from triage.propose.packed import Packed
from triage.propose.progress import ANSWER, Doing
from triage.records import Failure, Findings


def complete(
    found: Mapping[str, Packed], plugins: Iterable[str], steps: int, killed: Mapping[Doing, str]
) -> dict[str, Packed]:
    """What each plugin said, with a failure where it killed a worker or was not asked any more.

    Args:
        found: What came from workers, by plugin.
        plugins: All that were to be asked.
        steps: How many steps the trace has.
        killed: What was being done when a worker died, and why it died.
    """
    return {
        name: _with_failures(found[name], name, killed, steps)
        if name in found
        else _quarantined(name, steps)
        for name in plugins
    }


def _with_failures(packed: Packed, plugin: str, killed: Mapping[Doing, str], steps: int) -> Packed:
    mine = [
        Failure(step=steps - 1 if doing.step == ANSWER else doing.step, source=plugin, why=why)
        for doing, why in killed.items()
        if doing.plugin == plugin
    ]
    if not mine:
        return packed
    findings = packed.unpack()
    failures = sorted((*findings.failures, *mine), key=lambda failure: failure.step)
    return Packed.pack(findings.model_copy(update={"failures": tuple(failures)}))


def _quarantined(plugin: str, steps: int) -> Packed:
    return Packed.pack(
        Findings(
            failures=tuple(
                Failure(
                    step=step, source=plugin, why="quarantined", detail="killed too many workers"
                )
                for step in range(steps)
            )
        )
    )
