"""What lies in the data path, against what the catalogue knows: live, unneeded, unknown, foreign and missing files.

Paths are compared literally, as absolute real paths or URLs; nothing here is a pattern for a file system.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from lake.settings import Settings
from lake.tables import TABLES

METADATA = "__ducklake_metadata_lake"
"""The database of the catalogue itself, attached by DuckLake beside the lake."""

MARK = "oda-lake.json"
"""The file that says which lake a data path belongs to."""

_TABLES = "|".join(re.escape(table.name) for table in TABLES)
_OWN = re.compile(
    rf"main/(?:{_TABLES})/(?:[^/]+/)*(?:tmp_)?(?:[0-9a-f]{{32}}|ducklake-[0-9a-f-]{{36}}(?:-delete)?)\.parquet"
)
"""How the lake names its files: those it stages, and those of DuckLake; `tmp_` while DuckDB writes one."""


@dataclass(frozen=True)
class File:
    """A file below the data path; `modified` in seconds since 1970."""

    path: str
    bytes: int
    modified: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"path": self.path, "bytes": self.bytes}


@dataclass(frozen=True)
class Live:
    """A file some snapshot needs: its number in the catalogue, the first snapshot with it and the first without."""

    number: int
    begin: int
    end: int | None


@dataclass(frozen=True)
class Unneeded:
    """A file that no snapshot needs any more, as the catalogue says; `since` in seconds since 1970."""

    number: int
    path: str
    since: float


@dataclass(frozen=True)
class Inventory:
    """The files below the data path and in the catalogue.

    - live: every file that some snapshot needs, by path.
    - unneeded: what the catalogue wants deleted.
    - unknown: named as the lake names its files, but in no snapshot: being staged, or left by an interrupted run.
    - foreign: anything else but the mark; never touched.
    - missing: live files that are not there.
    - found: every file that is there, by path.
    """

    live: dict[str, Live]
    unneeded: tuple[Unneeded, ...]
    unknown: tuple[File, ...]
    foreign: tuple[File, ...]
    missing: tuple[str, ...]
    found: dict[str, File]


def inventory(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Inventory:
    """Compare the data path with the catalogue."""
    connection.execute("begin")  # one state of the catalogue, whoever writes meanwhile
    try:
        live, unneeded = live_files(connection, settings), unneeded_files(connection, settings)
    finally:
        connection.execute("rollback")
    known = {*live, *(file.path for file in unneeded), settings.files + MARK}
    found = {file.path: file for file in stored(connection, settings)}
    strangers = [file for path, file in found.items() if path not in known]
    own = [bool(_OWN.fullmatch(file.path.removeprefix(settings.files))) for file in strangers]
    return Inventory(
        live=live,
        unneeded=unneeded,
        unknown=tuple(file for file, ours in zip(strangers, own, strict=True) if ours),
        foreign=tuple(file for file, ours in zip(strangers, own, strict=True) if not ours),
        missing=tuple(sorted(live.keys() - found.keys())),
        found=found,
    )


def live_files(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Live]:
    """Every file that some snapshot needs, by path: data and deletions, of all tables."""
    real = RealPaths(settings)
    schemas = {
        number: real.joined(settings.files, path, relative)
        for number, path, relative in _rows(connection, "schema_id, path, path_is_relative", "schema")
    }
    tables = {
        number: real.joined(schemas[schema], path, relative)
        for number, schema, path, relative in _rows(connection, "table_id, schema_id, path, path_is_relative", "table")
    }
    columns = "table_id, path, path_is_relative, begin_snapshot, end_snapshot"
    return {
        real.path(real.joined(tables[table], path, relative)): Live(number, begin, end)
        for kind, key in (("data_file", "data_file_id"), ("delete_file", "delete_file_id"))
        for table, path, relative, begin, end, number in _rows(connection, f"{columns}, {key}", kind)
    }


def unneeded_files(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[Unneeded, ...]:
    """What the catalogue wants deleted."""
    real = RealPaths(settings)
    columns = "data_file_id, path, path_is_relative, epoch(schedule_start::timestamptz)"
    return tuple(
        Unneeded(number, real.path(real.joined(settings.files, path, relative)), since)
        for number, path, relative, since in _rows(connection, columns, "files_scheduled_for_deletion")
    )


def _rows(connection: duckdb.DuckDBPyConnection, columns: str, relation: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"select {columns} from {METADATA}.ducklake_{relation}").fetchall()


class RealPaths:
    """Paths of the catalogue made absolute and real; folders are resolved once."""

    def __init__(self, settings: Settings) -> None:
        self._local = settings.local_files
        self._folders: dict[str, str] = {}

    @staticmethod
    def joined(folder: str, path: str, relative: Any) -> str:
        """A path as the catalogue writes it, in the folder it may be relative to."""
        return folder + path if relative else path

    def path(self, path: str) -> str:
        """The real path; a URL stays as it is."""
        if not self._local:
            return path
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return f"{self._folders[folder]}/{name}"


def stored(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[File]:
    """Every file below the data path; not behind links to folders, nor in folders marked by other lakes."""
    yield from _walked(settings.files) if settings.local_files else _listed(connection, settings.files)


def _walked(root: str) -> Iterator[File]:
    for folder, below, names in os.walk(root):
        place = folder.rstrip("/") + "/"
        if place != root and MARK in names:
            below.clear()
            continue
        for name in names:
            try:
                found = os.lstat(place + name)
            except FileNotFoundError:
                continue
            yield File(place + name, found.st_size, found.st_mtime)


def _listed(connection: duckdb.DuckDBPyConnection, root: str) -> Iterator[File]:
    query = "select filename, size, epoch(last_modified::timestamptz) from read_blob(?)"
    for path, size, modified in connection.execute(query, [literal_pattern(root) + "**"]).fetchall():
        if path.startswith(root):
            yield File(path, size, modified)


def literal_pattern(path: str) -> str:
    """A pattern that only this path matches, for functions of DuckDB that take patterns."""
    return re.sub(r"([*?\[])", r"[\1]", path)
