"""Staged files that must not outlive a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lake.errors import UncertainError, is_interrupt


@contextmanager
def discarded_on_failure(files: list[Path]) -> Iterator[None]:
    """Delete staged files that did not become part of the lake, so that a full disk does not stay full of them.

    An interrupt or a lost answer leaves them: the commit may have happened. `oda compact` removes what nothing refers
    to.
    """
    try:
        yield
    except UncertainError:
        raise
    except Exception as error:
        if is_interrupt(error):
            raise
        for path in files:
            path.unlink(missing_ok=True)
        raise
