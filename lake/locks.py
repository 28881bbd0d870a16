"""Locks: the one that queues the writers of a lake, wherever they run, and that of a folder.

Every commit reads what it needs and writes under this lock, so a check such as "is this sample scored?" still holds
when its rows are inserted.

- On an embedded catalogue it is a lock on a file beside the catalogue: whoever writes there runs on this machine.
- On PostgreSQL it is an advisory lock of the server, which hosts share. DuckLake alone does not keep writers apart
  there: it looks for conflicts inside a transaction of the isolation level repeatable read, which cannot see who
  committed meanwhile (duckdb/ducklake pull request 1341), and its statistics suffer the same way (issue 1094).

The advisory lock belongs to a transaction of a session of its own: DuckLake's connections are pooled and begin
transactions as they please, so none of them can hold it. The server lets go of it when that session ends, also after
kill -9; keepalives make it notice a host that has vanished. Should the session be lost while the writer lives, the
check before the commit says so, and nothing is changed. The lock of a transaction (and not of a session) also works
through a connection pooler.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import duckdb

from lake.catalogue_address import Address
from lake.errors import ConflictError, LakeError
from lake.extensions import extension_file, hold_password
from lake.failures import first_line
from lake.relations import literal
from lake.settings import Settings

LOCK_SECONDS = 600.0
"""How long a writer waits for its turn."""

ADVISORY_KEY = int.from_bytes(b"oda lake", "big")
"""Key of the advisory lock, which PostgreSQL keeps per database; a database holds one lake."""

_PAUSE = (0.005, 0.025)
"""Seconds between two looks whether it is our turn: short beside a commit, and not in step with other writers."""


class WriterLock(Protocol):
    """Queues the writers of a lake."""

    def held(self) -> contextlib.AbstractContextManager[None]:
        """Hold the lock inside the block; raises ConflictError when another writer has held it for LOCK_SECONDS."""

    def check(self) -> None:
        """Raise LakeError when the lock was lost while it was held."""

    def close(self) -> None:
        """Give back what the lock needs; safe to call twice."""


def lock_of(settings: Settings) -> WriterLock:
    """The lock of the writers of the lake that the settings name."""
    return FileLock(settings.catalog_file) if settings.embedded else ServerLock(settings.catalog_address)


class FileLock:
    """A lock on a file beside an embedded catalogue; the system lets go of it when its process ends."""

    def __init__(self, catalogue: Path) -> None:
        # Beside the catalogue and not in the home: two homes may share a catalogue.
        self.path = catalogue.resolve().parent / ".writer.lock"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock inside the block."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as handle:
            deadline = time.monotonic() + LOCK_SECONDS
            while not _locked(handle.fileno()):
                if time.monotonic() > deadline:
                    raise ConflictError(f"Another writer has held {self.path} for {LOCK_SECONDS:.0f} s.")
                time.sleep(random.uniform(*_PAUSE))
            try:
                yield
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)

    def check(self) -> None:
        """Nothing to do: a lock on a file is held as long as its process lives."""

    def close(self) -> None:
        """Nothing to do: the file is open only while the lock is held."""


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class ServerLock:
    """An advisory lock of the PostgreSQL server that keeps the catalogue, held by a session of its own."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._session: duckdb.DuckDBPyConnection | None = None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock inside the block."""
        self._begin()
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while not self._ask(f"select pg_try_advisory_xact_lock({ADVISORY_KEY}) as answer"):
                if time.monotonic() > deadline:
                    raise ConflictError(
                        f"Another writer has held the lake for {LOCK_SECONDS:.0f} s: {self._ask(_HOLDER)}.",
                        hint="Nothing was changed; run it again when that writer is done.",
                    )
                time.sleep(random.uniform(*_PAUSE))
            yield
        finally:
            self._end()

    def check(self) -> None:
        """Raise LakeError when the session that held the lock is gone."""
        if self._session is None or not self._ask(_STILL_HELD):
            raise _lost()

    def close(self) -> None:
        """End the session."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(duckdb.Error):
                session.execute("rollback")  # closing with a transaction of a lost session open ends the process
            session.close()

    def _begin(self) -> None:
        if self._session is None:
            # A database of its own: no query of the lake's connection can reach the session.
            session = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": 1})
            session.execute(f"load {literal(str(extension_file('postgres_scanner')))}")
            options = "type postgres, read_only"
            if self._address.password:
                options += f", secret {hold_password(session, self._address.password)}"
            place = self._address.shown.removeprefix("postgres:")
            try:
                session.execute(f"attach {literal(place)} as server ({options})")
            except duckdb.Error as error:
                raise LakeError(
                    f"Cannot attach the lake {self._address.shown}: {first_line(error)}",
                    hint="Check ODA_CATALOG and that the server runs; oda doctor says more.",
                ) from None
            self._session = session
        self._session.execute("begin")
        try:
            self._ask(_SETTINGS.format(name=literal(f"oda writer {socket.gethostname()} {os.getpid()}")))
        except BaseException:
            self.close()
            raise

    def _end(self) -> None:
        if self._session is not None:
            try:
                self._session.execute("rollback")
            except duckdb.Error:
                self.close()

    def _ask(self, query: str) -> Any:
        """The column `answer` of the one row of a query that the holding session runs on the server."""
        assert self._session is not None
        try:
            row = self._session.execute(f"select answer from postgres_query('server', {literal(query)})").fetchone()
        except duckdb.Error:
            self.close()
            raise _lost() from None  # the text of the error may hold the password
        return row[0] if row else None


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


def _lost() -> LakeError:
    return LakeError(
        "The connection to the catalogue's server that queues the writers was lost.",
        hint="Nothing was changed; run it again. oda doctor says whether the server answers.",
    )


# For the time of the transaction: who we are, no end for being idle while the commit runs elsewhere, and keepalives, so
# that a host that lost its power does not hold the lock for hours. A server knows some of these settings only.
_SETTINGS = """
select count(set_config(known.name, wanted.value, true)) as answer
from pg_settings as known
join (values ('application_name', {name}), ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'),
    ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')
) as wanted (name, value) on wanted.name = known.name
"""

_OURS = (
    f"locktype = 'advisory' and granted and classid = {ADVISORY_KEY >> 32} and objid = {ADVISORY_KEY & 0xFFFFFFFF} "
    "and database = (select oid from pg_database where datname = current_database())"
)

_STILL_HELD = f"select exists (select 1 from pg_locks where pid = pg_backend_pid() and {_OURS}) as answer"

_HOLDER = (
    "select coalesce(max(application_name || ', session ' || pid || coalesce(' from ' || client_addr, '')), 'unknown') "
    f"as answer from pg_locks join pg_stat_activity using (pid) where {_OURS}"
)
