"""Who is told when kernels must be compiled, which is long and happens once on a machine; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


def compiling() -> None:
    """Tell everybody who waits for it."""
    while _told:
        _told.pop()()
