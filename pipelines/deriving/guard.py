"""Commits that hold only while nothing has moved since what they write was read; otherwise it is read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lake.catalog import Connection, Lake
from lake.errors import ConflictError

T = TypeVar("T")

TRIES = 50


class StaleRead(Exception):  # noqa: N818 - not an error: what was read is read again
    """What was read before a commit is not what is there now."""


def commit_unless_moved(
    lake: Lake,
    *,
    seen: object,
    look: Callable[[Connection], object],
    write: Callable[[Connection], None],
    message: str,
    extra: dict[str, Any] | None = None,
    staged: list[Path] | None = None,
) -> None:
    """Run `write` in one commit if `look` still answers what was `seen`; raises StaleRead otherwise."""

    def work(connection: Connection) -> None:
        if look(connection) != seen:
            raise StaleRead
        write(connection)

    lake.transact(work, message=message, extra=extra, staged=staged or [])


def until_it_holds(attempt: Callable[[], T], *, of: str) -> T:
    """`attempt` again while other writers overtake it; `of` names what it works on.

    Raises ConflictError when they keep doing so.
    """
    for _ in range(TRIES):
        try:
            return attempt()
        except StaleRead:
            continue
    raise ConflictError(
        f"Other writers kept changing {of} ({TRIES} tries).",
        hint="What was committed is intact; run it again.",
    )
