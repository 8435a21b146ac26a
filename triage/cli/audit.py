"""`triage audit`: hidden blind audits of accepted steps."""

import click


@click.group()
def command() -> None:
    """Watch accepted steps by hidden blind audits.

    Example: triage audit status
    """
