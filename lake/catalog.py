"""The lake itself: attach, transact with retries, stage files, snapshot, compact. Only this module knows DuckLake."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from lake import migrations
from lake.errors import ConflictError, LakeError, StorageError, UsageError
from lake.extensions import connect
from lake.relations import catalogue, quote
from lake.settings import Settings
from lake.tables import Table

Connection = duckdb.DuckDBPyConnection
T = TypeVar("T")

ATTEMPTS = 40
LOCK_SECONDS = 600.0

_CONFLICT_SIGNS = ("database is locked", "conflict", "could not serialize", "deadlock", "concurrent")


def _is_conflict(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, duckdb.Error) and any(sign in text for sign in _CONFLICT_SIGNS)


class Lake:
    """An attached lake. One thread uses it; `connection` has it as the current database.

    Open it with `Lake.open`, which creates it when asked; use it as a context manager.
    """

    def __init__(self, settings: Settings, connection: Connection, *, read_only: bool) -> None:
        self.settings = settings
        self.connection = connection
        self.read_only = read_only

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        create: bool = False,
        read_only: bool = False,
        snapshot: int | None = None,
    ) -> Lake:
        """Attach the lake of the settings.

        - create: make an empty lake where there is none, and apply missing migrations.
        - read_only: refuse every write.
        - snapshot: see every relation as it was at that snapshot (implies read_only).

        Raises LakeError when there is no lake, it is newer than this program or cannot be reached.
        """
        settings = settings or Settings.load()
        read_only = read_only or snapshot is not None
        fresh = settings.embedded and not settings.catalog_file.is_file()
        if fresh and not create:
            raise LakeError(
                f"There is no lake in {settings.home}.",
                hint="Create one with: oda init — or name another with --home or ODA_HOME.",
            )
        with translated_errors(settings):
            if not read_only or settings.embedded:
                settings.scratch.mkdir(parents=True, exist_ok=True)
            lake = cls(settings, connect(settings), read_only=read_only)
            if fresh:
                with lake._writer_lock():
                    _prepare_sqlite(settings.catalog_file)
            lake._attach(snapshot)
            lake._check_version(create=create)
        return lake

    def _attach(self, snapshot: int | None) -> None:
        options = [f"data_path {_literal(self.settings.files)}", "override_data_path true"]
        if self.read_only:
            options.append("read_only")
        if snapshot is not None:
            options.append(f"snapshot_version {int(snapshot)}")
        uri = _literal("ducklake:" + self.settings.catalog_uri)
        try:
            with self._writer_lock() if not self.read_only else contextlib.nullcontext():
                self.connection.execute(f"attach {uri} as lake ({', '.join(options)})")
                self.connection.execute("use lake")
        except duckdb.Error as error:
            if snapshot is not None and "snapshot" in str(error).lower():
                raise UsageError(
                    f"There is no snapshot {snapshot} in this lake (or it has expired).",
                    hint="List them with: oda snapshots",
                ) from None
            raise LakeError(
                f"Cannot attach the lake {self.settings.catalog_uri}: {_first_line(error)}",
                hint="Check ODA_HOME, ODA_CATALOG and ODA_DATA_PATH; oda doctor says more.",
            ) from None

    def _check_version(self, *, create: bool) -> None:
        version = migrations.applied_version(self.connection)
        if version > migrations.LATEST:
            raise LakeError(
                f"This lake has schema version {version}; this program knows up to {migrations.LATEST}.",
                hint="Update ODA Lake, or use another home.",
            )
        if version == migrations.LATEST or self.read_only:
            if version == 0:
                raise LakeError(f"The catalogue {self.settings.catalog_uri} holds no lake yet.", hint="Run: oda init")
            return
        if version == 0 and not create:
            raise LakeError(f"The catalogue {self.settings.catalog_uri} holds no lake yet.", hint="Run: oda init")

        def bring_up_to_date(connection: Connection) -> None:
            if migrations.migrate(connection):
                self.refresh_views(connection)

        # Options are no part of a transaction, but other programs may be making the same lake.
        with self._writer_lock():
            for attempt in _retrying():
                with attempt:
                    self.connection.execute("call lake.set_option('parquet_compression', 'zstd')")
                    self.connection.execute("call lake.set_option('parquet_version', '2')")
        self.transact(bring_up_to_date, message=f"migrate the schema from {version} to {migrations.LATEST}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Detach; safe to call twice."""
        self.connection.close()

    # Reading

    @contextlib.contextmanager
    def second_reader(self) -> Iterator[Connection]:
        """A second connection to the same database: it streams texts of any size while the first one commits."""
        second = self.connection.cursor()
        try:
            second.execute("use lake")
            # 32-bit string offsets overflow on 2,048 texts of a megabyte; the setting is global, so it is put back.
            second.execute("set arrow_large_buffer_size = true")
            yield second
        finally:
            second.execute("reset arrow_large_buffer_size")
            second.close()

    def query(self, sql: str, parameters: Any = None) -> pa.Table:
        """Run one statement and return all of its rows as an Arrow table."""
        with translated_errors(self.settings):
            return self.connection.execute(sql, parameters).to_arrow_table()

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows as tuples."""
        with translated_errors(self.settings):
            return self.connection.execute(sql, parameters).fetchall()

    @property
    def snapshot(self) -> int:
        """The id of the snapshot this connection now reads."""
        row = self.connection.execute("select id from lake.current_snapshot()").fetchone()
        if row is None:  # pragma: no cover - DuckLake always answers one row
            raise LakeError("The lake has no snapshot.")
        return int(row[0])

    # Writing

    def transact(self, work: Callable[[Connection], T], *, message: str, extra: dict[str, Any] | None = None) -> T:
        """Run `work(connection)` in one commit that names author and message; all or nothing.

        `work` runs again from the start when another writer committed first, so it must read what it
        needs inside and leave no traces outside. Long computations belong before it.

        Raises ConflictError when the retries run out and StorageError when the disk is full.
        """
        if self.read_only:
            raise UsageError(f"The lake is open for reading only; cannot {message}.")
        try:
            with translated_errors(self.settings), self._writer_lock():
                for attempt in _retrying():
                    with attempt:
                        return self._attempt(work, message, extra)
                raise AssertionError("tenacity raises the last error")
        except duckdb.Error as error:
            if _is_conflict(error):
                raise ConflictError(
                    f"Could not {message}: other writers kept committing first ({ATTEMPTS} tries).",
                    hint="Nothing was changed; run it again.",
                ) from error
            raise

    def _attempt(self, work: Callable[[Connection], T], message: str, extra: dict[str, Any] | None) -> T:
        connection = self.connection
        connection.execute("begin")
        try:
            result = work(connection)
            details = json.dumps(extra or {}, default=str)
            connection.execute(
                "call lake.set_commit_message(?, ?, extra_info => ?)", [self.settings.author, message, details]
            )
            connection.execute("commit")
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                connection.execute("rollback")
            raise
        return result

    @contextlib.contextmanager
    def _writer_lock(self) -> Iterator[None]:
        """Queue the writers of this machine on an embedded catalogue; a server needs no such help."""
        if not self.settings.embedded:
            yield
            return
        path = self.settings.home / ".writer.lock"
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

    def next_number(self, connection: Connection, sequence: str) -> int:
        """The next number of a counter, from 1; call it inside `transact`."""
        row = connection.execute("select next from sequences where sequence = ?", [sequence]).fetchone()
        if row is None:
            connection.execute("insert into sequences values (?, 2)", [sequence])
            return 1
        connection.execute("update sequences set next = next + 1 where sequence = ?", [sequence])
        return int(row[0])

    def staging_folder(self, table: str, **partition: str) -> Path:
        """Where new Parquet files of a table's partition go before `add_files` commits them.

        Local data paths get their final place, so nothing is copied; remote ones are uploaded on commit.
        """
        root = Path(self.settings.files) / "main" if self.settings.local_files else self.settings.scratch / "staged"
        folder = root / table
        for key, value in partition.items():
            folder = folder / f"{key}={value}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def staging_file(self, table: Table, **partition: str) -> Path:
        """A path for one new Parquet file of a table's partition."""
        keys = {key: partition[key] for key in table.partitioned_by}
        return self.staging_folder(table.name, **keys) / f"{uuid.uuid4().hex}.parquet"

    def add_files(self, connection: Connection, table: Table, files: list[Path]) -> None:
        """Make staged Parquet files part of a table; call it inside `transact`."""
        for path in files:
            if self.settings.local_files:
                connection.execute(
                    "call ducklake_add_data_files('lake', ?, ?, hive_partitioning => ?)",
                    [table.name, str(path), bool(table.partitioned_by)],
                )
            else:
                connection.execute(f"insert into {table.name} by name from read_parquet(?)", [str(path)])

    def refresh_views(self, connection: Connection) -> None:
        """Create or replace every view of `sql/views/` in the lake; call it inside `transact`."""
        for view in catalogue().values():
            if view.subject != "views":
                continue
            connection.execute(f"create or replace view {quote(view.name)} as {view.sql}")
            connection.execute(f"comment on view {quote(view.name)} is {_literal(view.grain)}")

    # Keeping house

    def snapshots(self) -> pa.Table:
        """Every snapshot: id, time, author, message and what changed; newest first."""
        return self.query(
            "select snapshot_id, snapshot_time, author, commit_message as message, "
            "changes::varchar as changes from lake.snapshots() order by snapshot_id desc"
        )

    def compact(self, *, expire_older_than: str | None = None, dry_run: bool = False) -> dict[str, int]:
        """Merge small files, expire old snapshots, and delete files nothing refers to.

        - expire_older_than: an interval such as '7 days'; None keeps every snapshot.
        - dry_run: count what would go; change nothing.

        Returns counts: files_before, files_after, snapshots_expired, files_deleted, orphans_deleted.
        """
        with translated_errors(self.settings), self._writer_lock():
            return self._compact(expire_older_than, dry_run)

    def _compact(self, expire_older_than: str | None, dry_run: bool) -> dict[str, int]:
        execute = self.connection.execute
        counts = {"files_before": self._file_count()}
        if not dry_run:
            execute("call ducklake_flush_inlined_data('lake')")
            execute("call ducklake_rewrite_data_files('lake')")
            execute("call ducklake_merge_adjacent_files('lake')")
        counts["files_after"] = self._file_count()
        counts["snapshots_expired"] = 0
        if expire_older_than is not None:
            try:
                moment = execute("select now() - cast(? as interval)", [expire_older_than]).fetchone()
            except duckdb.Error:
                raise UsageError(
                    f"{expire_older_than!r} is not an interval.", hint="Write it like '7 days' or '12 hours'."
                ) from None
            assert moment is not None
            expired = execute(
                "call ducklake_expire_snapshots('lake', dry_run => ?, older_than => ?)", [dry_run, moment[0]]
            )
            counts["snapshots_expired"] = len(expired.fetchall())
        deleted = execute("call ducklake_cleanup_old_files('lake', cleanup_all => true, dry_run => ?)", [dry_run])
        counts["files_deleted"] = len(deleted.fetchall())
        # Files of a writer that is still staging are younger than this and stay.
        orphans = execute(
            "call ducklake_delete_orphaned_files('lake', dry_run => ?, older_than => now() - interval 1 day)",
            [dry_run],
        )
        counts["orphans_deleted"] = len(orphans.fetchall())
        return counts

    def _file_count(self) -> int:
        row = self.connection.execute("select sum(file_count) from ducklake_table_info('lake')").fetchone()
        return int(row[0] or 0) if row else 0


def _prepare_sqlite(path: Path) -> None:
    """Write-ahead logging lets readers and a writer work at once; SQLite remembers it in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as catalogue_file:
        catalogue_file.execute("pragma journal_mode = wal")


def _retrying() -> Retrying:
    """Tries of what loses against another writer."""
    return Retrying(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.02, max=1.0),
        reraise=True,
    )


@contextlib.contextmanager
def translated_errors(settings: Settings) -> Iterator[None]:
    """Turn what the system says of full disks, closed doors and memory into errors a user can act on."""
    try:
        yield
    except PermissionError as error:
        raise StorageError(f"No permission to write {error.filename}.", hint=f"The home is {settings.home}.") from None
    except (OSError, duckdb.Error, sqlite3.Error, pa.ArrowException) as error:
        text = str(error)
        free = shutil.disk_usage(settings.home if settings.home.exists() else Path()).free
        # A disk without a free block cannot even be read through SQLite, which then speaks of an I/O error.
        starved = "disk I/O error" in text and free < 1e6
        if "No space left" in text or "disk is full" in text or starved:
            raise StorageError(
                f"The disk of {settings.home} is full ({free / 1e6:,.0f} MB free).",
                hint="Free some space, or run: oda compact --expire '1 day'. What was committed before is intact.",
            ) from None
        if "Permission denied" in text or "readonly database" in text:
            raise StorageError(f"No permission to write in {settings.home}: {_first_line(error)}") from None
        if isinstance(error, duckdb.OutOfMemoryException):
            raise StorageError(
                f"The memory DuckDB may use, {settings.memory_limit}, is not enough: {_first_line(error)}",
                hint="Set ODA_MEMORY_LIMIT higher or ODA_THREADS lower. What was committed before is intact.",
            ) from None
        raise


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
