"""One commit, all or nothing, tried again when another writer committed first."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from lake.errors import ConflictError, UncertainError
from lake.failures import translated_errors
from lake.locks import WriterLock
from lake.redaction import redact, redact_known
from lake.settings import Settings

T = TypeVar("T")

ATTEMPTS = 40

_CONFLICT_SIGNS = ("database is locked", "conflict", "could not serialize", "deadlock", "concurrent")


def is_conflict(error: BaseException) -> bool:
    """Whether an error says that another writer was first."""
    text = str(error).lower()
    return isinstance(error, duckdb.Error) and any(sign in text for sign in _CONFLICT_SIGNS)


def retrying() -> Retrying:
    """Tries of what loses against another writer."""
    return Retrying(
        retry=retry_if_exception(is_conflict),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.02, max=1.0),
        reraise=True,
    )


@contextlib.contextmanager
def reading(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction for statements that only read, and make what is temporary; not inside another one.

    On its own each of them, even of a temporary table, has DuckLake ask the catalogue for the newest snapshot, and
    `register` has it ask five times.
    """
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            connection.execute("rollback")
        raise


def transact(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    lock: WriterLock,
    work: Callable[[duckdb.DuckDBPyConnection], T],
    *,
    message: str,
    extra: dict[str, Any] | None = None,
) -> T:
    """Run `work(connection)` in one commit under the writers' lock; see `Lake.transact`."""
    try:
        with translated_errors(settings), lock.held():
            for attempt in retrying():
                with attempt:
                    return _attempt(connection, settings, lock, work, message=message, extra=extra)
            raise AssertionError("tenacity raises the last error")
    except duckdb.Error as error:
        if is_conflict(error):
            raise ConflictError(
                f"Could not {message}: other writers kept committing first ({ATTEMPTS} tries).",
                hint="Nothing was changed; run it again.",
            ) from error
        raise


def _attempt(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    lock: WriterLock,
    work: Callable[[duckdb.DuckDBPyConnection], T],
    *,
    message: str,
    extra: dict[str, Any] | None,
) -> T:
    connection.execute("begin")
    try:
        result = work(connection)
        facts = [settings.author, redact(message), redact_known(json.dumps(extra or {}, default=str))]
        connection.execute("call lake.set_commit_message(?, ?, extra_info => ?)", facts)
        lock.check()
        _commit(connection, settings, message)
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    return result


def _commit(connection: duckdb.DuckDBPyConnection, settings: Settings, message: str) -> None:
    try:
        connection.execute("commit")
    except duckdb.Error as error:
        if settings.embedded or is_conflict(error):
            raise
        raise UncertainError(
            f"The catalogue's server did not answer whether it did: {message}.",
            hint="Look with: oda snapshots — and run it again; what was done is not done twice.",
        ) from None  # the text of the error may hold the password
