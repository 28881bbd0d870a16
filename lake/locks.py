"""The lock that queues the writers of one machine on an embedded catalogue."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator

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
