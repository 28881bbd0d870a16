"""Programs that do the same thing side by side: children of one that has loaded what they need."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any


class Programs:
    """Run `target` in a process per tuple of arguments, all at once; each begins with `load` imported."""

    def __init__(
        self, target: Callable[..., None], arguments: Sequence[tuple[Any, ...]], *, load: Sequence[str] = ()
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._ended, told = context.Pipe(duplex=False)
        self._parent = context.Process(target=_start, args=(target, arguments, load, told))
        self._parent.start()
        told.close()

    def exit_codes(self, patience: float = 180) -> list[int | None]:
        """Those of the programs once all have ended; raises TimeoutError."""
        if not self._ended.poll(patience):
            self._parent.kill()
            raise TimeoutError("programs do not end")
        codes: list[int | None] = self._ended.recv()
        self._parent.join()
        return codes


def side_by_side(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> list[int | None]:
    """The exit codes of `target` run in a process per tuple of arguments, all at once."""
    return Programs(target, arguments).exit_codes()


def _start(
    target: Callable[..., None], arguments: Sequence[tuple[Any, ...]], load: Sequence[str], told: Connection
) -> None:
    for module in load:
        importlib.import_module(module)
    context = multiprocessing.get_context("fork")  # nothing here has threads yet
    processes = [context.Process(target=target, args=own, daemon=True) for own in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    told.send([process.exitcode for process in processes])
