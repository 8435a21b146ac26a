"""Shows long work on stderr; bars only where somebody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stage(name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a stage of the work as a bar, on a terminal only.

    Args:
        total: How much there is to do, where that is known.

    Yields:
        What is to be called with how much was done since the last time.
    """
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    # rich takes a tenth of a second to import, which only a person at a terminal pays
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=total)
        yield lambda count: bar.advance(task, count)


def tell(line: str) -> None:
    """Tell of something that takes hours, whoever reads it."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
