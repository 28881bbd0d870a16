"""Ctrl-C during a query: recognised whatever form it arrives in, and never waited for.

DuckDB stops a query between two chunks of its source. A join that makes billions of rows from one chunk does not look
up for hours, and the connection waits for it when it is used or closed. Such a connection is left behind.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake.catalog import Lake

PATIENCE = 2.0

_stuck: list[threading.Thread] = []


def is_interrupt(error: BaseException) -> bool:
    """Whether an exception is what became of Ctrl-C."""
    if isinstance(error, KeyboardInterrupt):
        return True
    # DuckDB raises RuntimeError("Query interrupted") from the KeyboardInterrupt, or its own InterruptException.
    return isinstance(error.__cause__, KeyboardInterrupt) or type(error).__name__ == "InterruptException"


def usable(lake: Lake) -> bool:
    """Whether a connection answers again after an interrupt; one that does not must not be touched any more."""

    def ask() -> None:
        with contextlib.suppress(Exception):
            lake.connection.execute("select 1").fetchall()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    if asking.is_alive():
        _stuck.append(asking)
        return False
    return True


def left_behind() -> bool:
    """Whether some connection is still busy, so that the process must end without waiting for it."""
    return any(thread.is_alive() for thread in _stuck)
