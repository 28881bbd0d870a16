"""The lake itself: attach, read, write, keep house; what it takes is in the modules beside."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from lake import damage, dropped, maintenance, migrations, ownership, statistics, transactions, workplace
from lake.damage import Damaged
from lake.errors import DamageError, LakeError, StorageError, UsageError
from lake.extensions import connect, hold_password
from lake.failures import first_line, out_of_memory, translated_errors
from lake.files import MARK, File, inventory
from lake.locks import WriterLock, lock_of
from lake.relations import literal, quote, views
from lake.settings import Settings
from lake.staging import Staging
from lake.tables import MIGRATIONS, TABLES, Table

Connection = duckdb.DuckDBPyConnection
T = TypeVar("T")


class Lake:
    """An attached lake. One thread uses it; `connection` has it as the current database.

    Open it with `Lake.open`, which creates it when asked; use it as a context manager.

    - marks: what every commit made through it says besides, such as the run that made it.
    """

    def __init__(
        self, settings: Settings, connection: Connection, place: workplace.Workplace, *, read_only: bool
    ) -> None:
        self._older: int | None = None  # its schema version, where that is read as it is
        self.marks: dict[str, Any] = {}
        self.settings = settings
        self.connection = connection
        self.read_only = read_only
        self.writers: WriterLock = lock_of(settings)
        self.staging = Staging(settings, place.folder / "staged")
        self._place = place
        self._leave = weakref.finalize(self, place.remove)

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        create: bool = False,
        read_only: bool = False,
        snapshot: int | None = None,
        announce: Callable[[str], None] | None = None,
    ) -> Lake:
        """Attach the lake of the settings.

        - create: make an empty lake where there is none, and apply missing migrations.
        - read_only: refuse every write.
        - snapshot: see every relation as it was at that snapshot (implies read_only).
        - announce: told what a migration will do, before it is done.

        A lake, or snapshot, of an older schema is read as it is: what came later is there, and empty.

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
        if not fresh and settings.embedded and _is_emptied(settings):
            raise damage.broken_catalogue(settings)
        with translated_errors(settings):
            place = workplace.make(settings, workplace.Use(not read_only, snapshot, time.time()))
            try:
                lake = cls(settings, connect(settings, place.spill), place, read_only=read_only)
                if fresh:
                    lake._prepare()
                lake._attach(snapshot)
                lake._check_version(create=create, snapshot=snapshot, announce=announce)
            except BaseException:
                place.remove()
                raise
        return lake

    def _prepare(self) -> None:
        """Make the file of an embedded catalogue, once its files have a place."""
        with self.writers.held():
            if not self.settings.catalog_file.is_file():
                ownership.check_vacant(self.connection, self.settings)
                _prepare_sqlite(self.settings.catalog_file)

    def _attach(self, snapshot: int | None) -> None:
        options = [f"data_path {literal(self.settings.files)}", "override_data_path true"]
        # Rows kept in the catalogue itself are moved by compaction, and who has the lake open would not find them.
        options.append("data_inlining_row_limit 0")
        if self.read_only:
            options.append("read_only")
        if snapshot is not None:
            options.append(f"snapshot_version {int(snapshot)}")
        address = self.settings.catalog_address
        uri = literal("ducklake:" + address.shown)
        if address.password:
            options.append(f"meta_secret {literal(hold_password(self.connection, address.password))}")
        try:
            with self.writers.held() if not self.read_only else contextlib.nullcontext():
                self.connection.execute(f"attach {uri} as lake ({', '.join(options)})")
                self.connection.execute("use lake")
        except duckdb.Error as error:
            if snapshot is not None and "snapshot" in str(error).lower():
                raise UsageError(
                    f"There is no snapshot {snapshot} in this lake (or it has expired).",
                    hint="List them with: oda snapshots",
                ).about(snapshot) from None
            if starving := out_of_memory(error, self.settings):
                raise starving from None
            if explained := damage.explained(error, self.settings):
                raise explained from None
            raise LakeError(
                f"Cannot attach the lake {address.shown}: {first_line(error)}",
                hint="Check ODA_HOME, ODA_CATALOG and ODA_DATA_PATH; oda doctor says more.",
            ) from None

    def _check_version(self, *, create: bool, snapshot: int | None, announce: Callable[[str], None] | None) -> None:
        version = migrations.applied_version(self.connection)
        if version > migrations.LATEST:
            raise LakeError(
                f"This lake has schema version {version}; this program knows up to {migrations.LATEST}.",
                hint="Update ODA Lake, or use another home.",
            )
        if version == 0 and snapshot is not None:
            raise UsageError(
                f"Snapshot {snapshot} is from before the relations of the lake.", hint="List others with: oda snapshots"
            ).about(snapshot)
        if version == 0:
            self._check_is_ours()
        if version == 0 and (self.read_only or not create):
            raise LakeError(
                f"The catalogue {self.settings.catalog_address.shown} holds no lake yet.", hint="Run: oda init"
            )
        if self.read_only:
            with contextlib.suppress(StorageError):  # reading says so itself, where it needs the files
                ownership.verify(self.connection, self.settings)
            self._older = version if version < migrations.LATEST else None
            self._stand_in(self.connection)
            return
        with self.writers.held():
            ownership.claim(self.connection, self.settings, fresh=version == 0)
            if version == migrations.LATEST:
                if statistics.lacking(self.connection):
                    self._begin_statistics()
                return

        def bring_up_to_date(connection: Connection) -> None:
            if migrations.migrate(connection):
                self.refresh_views(connection)

        if version and announce is not None:
            announce(migrations.described(version))
        # Options are no part of a transaction, but other programs may be making the same lake.
        with self.writers.held():
            for attempt in transactions.retrying():
                with attempt:
                    self.connection.execute("call lake.set_option('parquet_compression', 'zstd')")
                    self.connection.execute("call lake.set_option('parquet_version', '2')")
                    self.connection.execute("call lake.set_option('data_inlining_row_limit', 0)")
        self.transact(bring_up_to_date, message=f"migrate the schema from {version} to {migrations.LATEST}")
        with self.writers.held():
            self._begin_statistics()

    def _begin_statistics(self) -> None:
        """Before any table is read here: what another program is about to give, or was killed before it gave."""
        for attempt in transactions.retrying():
            with attempt:
                statistics.begin(self.connection)

    def _check_is_ours(self) -> None:
        """Refuse a catalogue without our list of migrations that has tables all the same."""
        held = dropped.held(self.connection)
        if not held or MIGRATIONS.name in held:  # another program has made the lake meanwhile
            return
        shown = ", ".join(sorted(held)[:3]) + (f" and {len(held) - 3:,} more" if len(held) > 3 else "")
        if {table.name for table in TABLES} & held:
            raise DamageError(
                f"The catalogue {self.settings.catalog_address.shown} has lost its table schema_migrations.",
                hint="Put back a copy of the catalogue. The Parquet files of samples and scores are untouched in "
                f"{self.settings.files}.",
            )
        raise LakeError(
            f"The catalogue {self.settings.catalog_address.shown} is of another program: it holds {shown}.",
            hint="Name another home with --home or ODA_HOME, or another catalogue with ODA_CATALOG.",
        )

    def _stand_in(self, connection: Connection) -> None:
        """Give a connection what the lake's older schema lacks; each has temporary views of its own."""
        if self._older is not None:
            with transactions.reading(connection):
                for statement in migrations.stand_ins(self._older):
                    connection.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Detach; safe to call twice."""
        self.writers.close()
        self.connection.close()
        self._leave()

    @property
    def scratch(self) -> Path:
        """A folder of this open lake alone, which goes when it is closed."""
        return self._place.folder

    # Reading

    @contextlib.contextmanager
    def second_reader(self) -> Iterator[Connection]:
        """A second connection to the same database: it streams texts of any size while the first one commits."""
        second = self.connection.cursor()
        try:
            second.execute("use lake")
            self._stand_in(second)
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
        """The id of the snapshot this connection now reads.

        Raises LakeError where the lake has no snapshot that can be read.
        """
        row = self.connection.execute("select id from lake.current_snapshot()").fetchone()
        if row is None:  # pragma: no cover - DuckLake always answers one row
            raise LakeError("The lake has no snapshot.")
        return int(row[0])

    # Writing

    def transact(
        self,
        work: Callable[[Connection], T],
        *,
        message: str,
        extra: dict[str, Any] | None = None,
        staged: Sequence[Path] = (),
    ) -> T:
        """Run `work(connection)` in one commit that names author and message; all or nothing.

        `work` runs again from the start when another writer committed first, so it must read what it
        needs inside and leave no traces outside. Long computations belong before it.

        - staged: the files that `work` adds; they are brought to their final place before the commit begins.

        Raises ConflictError when the retries run out and StorageError when the disk is full.
        """
        if self.read_only:
            raise UsageError(f"The lake is open for reading only; cannot {message}.")
        said = {**self.marks, **(extra or {})}
        with self.staging.placed(staged):
            return transactions.transact(
                self.connection, self.settings, self.writers, work, message=message, extra=said
            )

    def next_number(self, connection: Connection, sequence: str) -> int:
        """The next number of a counter, from 1; call it inside `transact`."""
        # The largest: lakes of earlier versions may hold a counter twice.
        row = connection.execute("select max(next) from sequences where sequence = ?", [sequence]).fetchone()
        if row is None or row[0] is None:
            connection.execute("insert into sequences values (?, 2)", [sequence])
            return 1
        connection.execute("update sequences set next = ? where sequence = ?", [int(row[0]) + 1, sequence])
        return int(row[0])

    def staging_folder(self, table: str, **partition: str) -> Path:
        """Where new Parquet files of a table's partition go before `add_files` commits them."""
        return self.staging.folder(table, partition)

    def staging_file(self, table: Table, **partition: str) -> Path:
        """A path for one new Parquet file of a table's partition."""
        return self.staging.file(table, partition)

    def add_files(self, connection: Connection, table: Table, files: list[Path]) -> None:
        """Make staged Parquet files part of a table; call it inside `transact`, which was told of them."""
        self.staging.add(connection, table, files)

    def refresh_views(self, connection: Connection, reading: str = "") -> None:
        """Create or replace the views of `sql/views/`, or those that read a table; call it inside `transact`."""
        for view in views():
            if reading and reading not in view.inputs:
                continue
            connection.execute(f"create or replace view {quote(view.name)} as {view.sql}")
            connection.execute(f"comment on view {quote(view.name)} is {literal(view.grain)}")

    # Keeping house

    def snapshots(self) -> pa.Table:
        """Every snapshot: id, time, author, message and what changed; newest first."""
        return self.query(
            "select snapshot_id, snapshot_time, author, commit_message as message, "
            "changes::varchar as changes from lake.snapshots() order by snapshot_id desc"
        )

    def compact(
        self,
        *,
        expire_older_than: str | None = None,
        grace: str = maintenance.GRACE,
        unused_contents: bool = False,
        dry_run: bool = False,
    ) -> maintenance.Compaction:
        """Expire old snapshots, merge small files, and delete files nothing refers to; others may read and write.

        - expire_older_than: an interval such as '7 days'; None keeps every snapshot.
        - grace: files that are not needed any more stay that long; less than a day only where no other program has
          the lake open.
        - unused_contents: delete what was made of contents that no sample and no slice has any more, too.
        - dry_run: tell what would go; change nothing.

        Raises UsageError for a bad interval, and LakeError where catalogue and files contradict each other: nothing is
        deleted then.
        """
        if self.read_only and not dry_run:
            raise UsageError("The lake is open for reading only; cannot compact it.")
        with translated_errors(self.settings):
            others = partial(workplace.living, self.settings, besides=self._place)
            seconds = maintenance.interval_seconds(self.connection, grace)
            house = maintenance.House(self.connection, self.settings, seconds, others, self.writers.held, self.transact)
            return maintenance.compact(
                house, expire_older_than=expire_older_than, unused_contents=unused_contents, dry_run=dry_run
            )

    def damage(self) -> list[Damaged]:
        """The files some snapshot needs that are missing or broken."""
        with translated_errors(self.settings):
            return damage.damaged(self.connection, self.settings, inventory(self.connection, self.settings))

    def foreign_files(self) -> tuple[File, ...]:
        """Files below the data path that are not the lake's; it never touches them."""
        with translated_errors(self.settings):
            return inventory(self.connection, self.settings).foreign

    def give_up(self, lost: list[Damaged]) -> int:
        """Do without lost files from now on; returns how many rows are gone. Earlier snapshots still name them.

        Raises LakeError when no file at all is there, which is not damage but a wrong or absent folder.
        """
        with translated_errors(self.settings), self.writers.held():
            found = inventory(self.connection, self.settings)
            if found.live and len(found.missing) == len(found.live):
                raise LakeError(
                    f"None of the {len(found.live):,} files of the lake is in {self.settings.files}.",
                    hint="Check ODA_DATA_PATH, and that the disk is there. Nothing was changed.",
                )
            return damage.give_up(self.connection, self.settings, lost)

    def losses(self) -> tuple[maintenance.LostSnapshot, ...]:
        """Slices and exports whose snapshot has expired."""
        with translated_errors(self.settings):
            return maintenance.losses(self.connection)


def _is_emptied(settings: Settings) -> bool:
    """Whether the catalogue has nothing in it although a lake was there."""
    return settings.catalog_file.stat().st_size == 0 and settings.local_files and Path(settings.files + MARK).exists()


def _prepare_sqlite(path: Path) -> None:
    """Write-ahead logging lets readers and a writer work at once; SQLite remembers it in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as catalogue_file:
        catalogue_file.execute("pragma journal_mode = wal")
