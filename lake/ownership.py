"""Whose a data path is: a lake marks it with a file, and keeps away from what another lake marked."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from lake import files
from lake.errors import LakeError, StorageError
from lake.failures import first_line
from lake.files import MARK, METADATA
from lake.settings import Settings

_NOTE = "The files below belong to one lake of ODA Lake, which deletes those it no longer needs. Delete none by hand."


@dataclass(frozen=True)
class Mark:
    """What the mark says.

    - lake: identity of the lake.
    - folder: the data path as it was when marked; another one means that all was moved or copied.
    - catalogue: path of the embedded catalogue, or nothing for a server.
    - since: files older than this (seconds since 1970) may be anybody's; 0 for a folder that was empty when marked.
    """

    lake: str
    folder: str
    catalogue: str
    since: float


def identity(connection: duckdb.DuckDBPyConnection) -> str:
    """What tells a lake from all others, moved or renamed: the id DuckLake gave its schema when it was created.

    Raises LakeError where the catalogue has no such schema.
    """
    row = connection.execute(
        f"select schema_uuid::varchar from {METADATA}.ducklake_schema where schema_name = 'main' "
        "order by begin_snapshot limit 1"
    ).fetchone()
    if row is None:  # pragma: no cover - a lake has the schema from its creation on
        raise LakeError("The catalogue has no schema 'main'.")
    return str(row[0])


@contextlib.contextmanager
def _reachable(settings: Settings) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if settings.local_files:
            raise
        raise StorageError(
            f"Cannot reach {settings.files}: {first_line(error)}",
            hint="Check ODA_DATA_PATH, ODA_S3_ENDPOINT, ODA_S3_REGION and the AWS_* variables.",
        ) from None


def check_vacant(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raise LakeError where a new lake may not keep its files: among others' files, or within another lake."""
    if settings.local_files:
        for parent in Path(settings.files).parents:
            if (parent / MARK).is_file():
                raise _not_ours(settings, f"lies in that of another lake, {parent}")
    with _reachable(settings):
        first = next(files.stored(connection, settings), None)
        marked = read_mark(connection, settings) is not None
    if marked:
        raise _not_ours(settings, "belongs to another lake")
    if first is not None:
        raise _not_ours(settings, f"of a new lake has to be empty, but there is {first.path}")


def verify(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Mark | None:
    """The mark of the data path, None where there is none yet; raises LakeError when it is another lake's."""
    with _reachable(settings):
        mark = read_mark(connection, settings)
    if mark is not None and mark.lake != identity(connection):
        raise _not_ours(settings, "belongs to another lake")
    return mark


def claim(connection: duckdb.DuckDBPyConnection, settings: Settings, *, fresh: bool) -> None:
    """Mark the data path as this lake's unless it is; the caller holds the writers' lock.

    A lake from before marks gets one when its files are there. Raises LakeError when the path is another lake's, is
    used by another copy of the catalogue, or holds none of the files of the catalogue.
    """
    mark = verify(connection, settings)
    own = Mark(identity(connection), settings.files, _catalogue(settings), 0 if mark is None else mark.since)
    if mark == own:
        return
    if mark is not None:
        _check_copies(settings, mark)
    elif fresh:
        check_vacant(connection, settings)
    else:
        live = files.live_files(connection, settings)
        with _reachable(settings):
            missing = live.keys() - {file.path for file in files.stored(connection, settings)}
        if live and len(missing) == len(live):
            raise LakeError(
                f"The data folder {settings.files} holds none of the {len(live):,} files of the catalogue.",
                hint="Name the folder they are in with ODA_DATA_PATH.",
            )
        if missing:
            return  # readable and writable, but nothing is deleted there: see lake.maintenance
        own = Mark(own.lake, own.folder, own.catalogue, time.time())
    with _reachable(settings):
        _write_mark(connection, settings, own)


def read_mark(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Mark | None:
    """The mark of the data path, if there is one.

    Raises LakeError for a mark that cannot be read.
    """
    path = settings.files + MARK
    try:
        if settings.local_files:
            text = Path(path).read_text()
        else:
            row = connection.execute("select content from read_text(?)", [files.literal_pattern(path)]).fetchone()
            if row is None:
                return None
            text = str(row[0])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except duckdb.HTTPException as error:
        if "404" not in str(error):
            raise
        return None
    try:
        said = json.loads(text)
        return Mark(str(said["lake"]), str(said["folder"]), str(said["catalogue"]), float(said["since"]))
    except (ValueError, KeyError, TypeError):
        raise LakeError(
            f"{path} says nothing of a lake.", hint="Restore it, or remove it to have it made anew."
        ) from None


def _write_mark(connection: duckdb.DuckDBPyConnection, settings: Settings, mark: Mark) -> None:
    content = {**asdict(mark), "note": _NOTE}
    path = settings.files + MARK
    if not settings.local_files:
        columns = ", ".join(f"{_literal(value)} as {key}" for key, value in content.items())
        connection.execute(f"copy (select {columns}) to {_literal(path)} (format json)")
        return
    Path(settings.files).mkdir(parents=True, exist_ok=True)
    draft = Path(f"{path}.{uuid.uuid4().hex}.partial")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(path)


def _check_copies(settings: Settings, mark: Mark) -> None:
    """Two copies of one catalogue do not know each other's files: each would take the other's for leftovers."""
    other = Path(mark.catalogue)
    if mark.folder != settings.files or not mark.catalogue or not settings.embedded or not other.is_file():
        return
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(other)) as catalogue:
        found = catalogue.execute("select schema_uuid from ducklake_schema where schema_name = 'main'").fetchone()
        if found is not None and found[0] == mark.lake:
            raise _not_ours(settings, f"is used by the catalogue {other}, of which {settings.catalog_file} is a copy")


def _catalogue(settings: Settings) -> str:
    return os.path.realpath(settings.catalog_file) if settings.embedded else ""


def _not_ours(settings: Settings, why: str) -> LakeError:
    return LakeError(
        f"The data folder {settings.files} {why}.", hint="Give this lake a folder of its own with ODA_DATA_PATH."
    )


def _literal(value: object) -> str:
    return str(value) if isinstance(value, float | int) else "'" + str(value).replace("'", "''") + "'"
