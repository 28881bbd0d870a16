"""Programs that do the same thing side by side."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any


def side_by_side(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> list[int | None]:
    """Run `target` in a new process per tuple of arguments, all at once; returns their exit codes."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=target, args=own) for own in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(180)
    return [process.exitcode for process in processes]
