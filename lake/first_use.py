"""Who is told when kernels must be compiled, which is long and happens once on a machine; imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_told: list[Callable[[], None]] = []


@contextmanager
def told_of_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Have `tell` called, once, when the first kernel is compiled meanwhile; from whatever thread does it."""
    _told.append(tell)
    try:
        yield
    finally:
        if tell in _told:
            _told.remove(tell)


def kernels_place() -> Path:
    """Where compiled loops are kept, unless it cannot be written: NUMBA_CACHE_DIR, else the user's cache."""
    chosen, personal = os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(chosen) if chosen else Path(personal) / "oda-lake" / "kernels").expanduser()


def kept() -> bool:
    """Whether compiled loops are there, so that none, or few, have to be compiled."""
    return next(kernels_place().glob("*.kernel"), None) is not None


def compiling() -> None:
    """Tell everybody who waits for it."""
    while _told:
        _told.pop()()
