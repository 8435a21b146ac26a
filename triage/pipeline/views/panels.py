"""Names what a trace's labels rest on: its sources and plugins, each in its version."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from triage.records import Findings


def versions(findings: Findings, fingerprints: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Everybody who was asked or spoke, with version, model and prompt, or configuration.

    Args:
        findings: What all sources said of a trace, outside judgements included.
        fingerprints: The configuration of each plugin that was asked, by its name.
    """
    for proposal in findings.proposals:
        told = (proposal.version, proposal.model, proposal.prompt)
        yield f"source:{proposal.source}", " ".join(one for one in told if one)
    for plugin, fingerprint in fingerprints.items():
        yield f"plugin:{plugin}", fingerprint


def panel_hash(domain: str, said: Iterable[tuple[str, str]]) -> str:
    """One name for who judged a trace of a domain; changes with any version among them."""
    lines = [f"domain:{domain}", *sorted({f"{name} {version}" for name, version in said})]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
