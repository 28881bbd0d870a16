"""The line of a program of its own to Dagster, where a run started it through Pipes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

Say = Callable[[str], None]
"""Takes a line for the log of the run; says nothing where there is none."""


@contextlib.contextmanager
def line_to_run() -> Iterator[Say]:
    """What this program says goes into the log of the run that started it, as soon as it is said."""
    if "DAGSTER_PIPES_CONTEXT" not in os.environ:
        yield lambda _: None
        return
    from dagster_pipes import open_dagster_pipes  # late: nothing else here needs it

    with open_dagster_pipes() as pipes:
        yield pipes.log.info
