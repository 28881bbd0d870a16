"""Locks between the programs of one machine: of the writers of an embedded catalogue, and of a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from lake.errors import ConflictError
from lake.settings import Settings

LOCK_SECONDS = 600.0


@contextlib.contextmanager
def writer_lock(settings: Settings) -> Iterator[None]:
    """Queue the writers of this machine on an embedded catalogue; a server needs no such help.

    Raises ConflictError when another writer has held the lock for LOCK_SECONDS.
    """
    if not settings.embedded:
        yield
        return
    path = settings.home / ".writer.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConflictError(f"Another writer has held {path} for {LOCK_SECONDS:.0f} s.") from None
                time.sleep(0.01)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextlib.contextmanager
def folder_lock(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a folder as long as somebody works in it; a killed process holds nothing.

    Raises BlockingIOError when another holds it, unless it is to wait.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
