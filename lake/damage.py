"""Files of the lake that are gone or broken: found, named when a query meets them, and given up when they stay lost."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lake.errors import DamageError, LakeError
from lake.files import METADATA, Inventory
from lake.settings import Settings
from lake.tables import TABLES

_TAIL = 8
_MAGIC = b"PAR1"
_NAMED = re.compile(r"""["'](?P<path>[^"']+\.parquet)["']""")
_LOST = re.compile(r"Table with name (?P<name>\w+) does not exist")
_GONE = ("No such file", "NoSuchKey", "404")
_CATALOGUE = ("file is not a database", "disk image is malformed", "file is encrypted", "malformed database schema")
_PARQUET = ("Decompression failure", "decompression failure", "page header", "PageHeader")
"""What DuckDB says of a broken Parquet file without naming it."""

_PARTITIONS = {table.name: table.partitioned_by for table in TABLES}


@dataclass(frozen=True)
class Damaged:
    """A file that some snapshot needs and that cannot be read.

    - number: of the file in the catalogue; deletes: whether it holds deletions and not rows.
    - table, dataset: what it holds; no dataset where its table is not parted by them.
    - rows: how many it held.
    - begin, end: the first snapshot with it, and the first without (None: the lake as it is now needs it).
    """

    path: str
    reason: str
    number: int
    deletes: bool
    table: str
    dataset: str | None
    rows: int
    begin: int
    end: int | None

    @property
    def current(self) -> bool:
        """Whether the lake as it is now needs it, and not only earlier snapshots."""
        return self.end is None


def damaged(connection: duckdb.DuckDBPyConnection, settings: Settings, found: Inventory) -> list[Damaged]:
    """The files of the catalogue that are missing, of another size or, on this machine, without a Parquet footer."""
    facts = _facts(connection)
    datasets = _datasets(connection)
    broken = []
    for path, live in found.live.items():
        table, rows, size, deletes = facts[live.number]
        if (reason := _reason(found, settings, path, size)) is not None:
            dataset = datasets.get(live.number)
            broken.append(Damaged(path, reason, live.number, deletes, table, dataset, rows, live.begin, live.end))
    return sorted(broken, key=lambda each: (each.table, each.path))


def _reason(found: Inventory, settings: Settings, path: str, size: int) -> str | None:
    there = found.found.get(path)
    if there is None:
        return "missing"
    if there.bytes != size:
        return f"has {there.bytes:,} bytes instead of {size:,}"
    if not settings.local_files:
        return None
    try:
        with open(path, "rb") as handle:  # noqa: PTH123 - a text, one of many thousands
            handle.seek(-_TAIL, 2)
            tail = handle.read(_TAIL)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    whole = tail[-4:] == _MAGIC and int.from_bytes(tail[:4], "little") + _TAIL < size
    return None if whole else "is no Parquet file any more"


def _facts(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, int, int, bool]]:
    """Table, rows, bytes and whether it holds deletions, of every file by its number."""
    found: dict[int, tuple[str, int, int, bool]] = {}
    for kind, number, rows in (
        ("data_file", "data_file_id", "record_count"),
        ("delete_file", "delete_file_id", "delete_count"),
    ):
        query = (
            f"select distinct {number}, table_name, {rows}, file_size_bytes from {METADATA}.ducklake_{kind} "
            f"join {METADATA}.ducklake_table using (table_id)"
        )
        for each, table, count, size in connection.execute(query).fetchall():
            found[each] = (table, count, size, kind == "delete_file")
    return found


def _datasets(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """The dataset of every file of a table that is parted by datasets."""
    query = (
        f"select distinct data_file_id, table_name, partition_key_index, partition_value "
        f"from {METADATA}.ducklake_file_partition_value join {METADATA}.ducklake_table using (table_id)"
    )
    return {
        number: value
        for number, table, index, value in connection.execute(query).fetchall()
        if _PARTITIONS.get(table, ())[index : index + 1] == ("dataset",)
    }


def explained(error: BaseException, settings: Settings) -> LakeError | None:
    """What an error says of a file of the lake or of its catalogue that is broken; None where it says no such thing."""
    text = str(error)
    if settings.embedded and any(sign in text for sign in _CATALOGUE):
        return broken_catalogue(settings)
    if not isinstance(error, duckdb.Error):
        return None
    lost = _LOST.search(text)
    if lost and lost["name"] in _PARTITIONS:
        return DamageError(
            f"The lake has lost its table {lost['name']}.",
            hint="oda doctor says what is missing and how the lake was before; oda doctor --repair brings it back.",
        )
    named = _NAMED.search(text)
    # What reads broken pages fails in its own ways; DuckDB passes these on as errors of no kind.
    strange = type(error) is duckdb.Error and "conflict" not in text.lower()
    if named is None and (strange or any(sign in text for sign in _PARQUET)):
        return DamageError(
            f"A Parquet file cannot be read: {text.strip().splitlines()[0]}",
            hint="If it is one of the lake's, this names it and says what helps: oda doctor",
        )
    if named is None or not named["path"].startswith(settings.files):
        return None
    how = "is missing" if any(sign in text for sign in _GONE) else f"cannot be read: {text.strip().splitlines()[0]}"
    return DamageError(
        f"A file of the lake, {named['path']}, {how}",
        hint="Bring it back from a copy. What it held, and what helps without a copy, says: oda doctor",
    )


def broken_catalogue(settings: Settings) -> LakeError:
    """The catalogue itself cannot be read."""
    return DamageError(
        f"The catalogue {settings.catalog_uri} is broken.",
        hint="Put back a copy of it. The samples and scores themselves are Parquet files and untouched in "
        f"{settings.files}; without a copy, begin a new lake in another folder: oda init --home FOLDER",
    )


def give_up(connection: duckdb.DuckDBPyConnection, settings: Settings, lost: Sequence[Damaged]) -> int:
    """Let the lake as it is now do without lost files, in a snapshot of its own; earlier snapshots still name them.

    DuckLake deletes rows by reading them, which nobody can here: the catalogue is told instead, as DuckLake would.
    The caller holds the writers' lock. Returns how many rows are gone.
    """
    current = [each for each in lost if each.current]
    try:
        for statement, parameters in _giving_up(connection, settings, current):
            connection.execute(statement, parameters)
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    return sum(each.rows for each in current if not each.deletes)


def _giving_up(
    connection: duckdb.DuckDBPyConnection, settings: Settings, lost: Sequence[Damaged]
) -> Iterator[tuple[str, list[Any]]]:
    yield "begin", []
    row = connection.execute(f"select max(snapshot_id) from {METADATA}.ducklake_snapshot").fetchone()
    assert row is not None
    before, now = int(row[0]), int(row[0]) + 1
    yield (
        f"insert into {METADATA}.ducklake_snapshot select ?, now(), schema_version, next_catalog_id, next_file_id "
        f"from {METADATA}.ducklake_snapshot where snapshot_id = ?",
        [now, before],
    )
    tables = sorted({each.table for each in lost})
    changes = "string_agg('deleted_from_table:' || table_id, ',')"
    yield (
        f"insert into {METADATA}.ducklake_snapshot_changes select ?, {changes}, ?, ?, '{{}}' "
        f"from {METADATA}.ducklake_table where end_snapshot is null and list_contains(?, table_name)",
        [now, settings.author, f"give up {len(lost):,} files that are lost", tables],
    )
    for each in lost:
        kind = "delete_file" if each.deletes else "data_file"
        yield f"update {METADATA}.ducklake_{kind} set end_snapshot = ? where {kind}_id = ?", [now, each.number]
        if not each.deletes:
            deletions = f"update {METADATA}.ducklake_delete_file set end_snapshot = ?"
            yield f"{deletions} where data_file_id = ? and end_snapshot is null", [now, each.number]
    yield "commit", []
