"""Files that a commit will make part of a table: where they go, and how they get there before the commit.

- In a local folder they are written to their final place, and the commit only names them.
- In a bucket they are written to scratch space, copied to their final place before the commit, and named by it.
- A value that the path `key=value` cannot carry is stored by DuckLake itself inside the commit: readers of Hive paths
  take `null`, in any case, for NULL.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
import pyarrow.parquet as pq

from lake.errors import LakeError, StorageError, UncertainError, is_interrupt
from lake.failures import first_line
from lake.relations import quote
from lake.settings import Settings
from lake.tables import Table


class Staging:
    """The staged files of an open lake.

    - scratch: the folder, within the scratch space, for files that are not in their final place yet.
    """

    def __init__(self, settings: Settings, scratch: Path) -> None:
        self._settings = settings
        self._scratch = scratch

    def folder(self, table: str, partition: dict[str, str]) -> Path:
        """Where new Parquet files of a table's partition go before `add` commits them; made if needed."""
        direct = self._settings.local_files and not any(map(misread, partition.values()))
        place = (Path(self._settings.files) / "main" if direct else self._scratch) / table
        for key, value in partition.items():
            place = place / f"{key}={value}"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def file(self, table: Table, partition: dict[str, str]) -> Path:
        """A path for one new Parquet file of a table's partition."""
        keys = {key: partition[key] for key in table.partitioned_by}
        return self.folder(table.name, keys) / f"{uuid.uuid4().hex}.parquet"

    @contextlib.contextmanager
    def placed(self, files: Sequence[Path]) -> Iterator[None]:
        """Copy files to their final place; once the block is through, only that copy is left.

        What a commit that fails leaves in a bucket stands in no snapshot, and `oda compact` removes it after a day.
        """
        waiting = [path for path in files if self._waits(path)]
        to_copy = [path for path in waiting if not any(map(misread, self._partition(path).values()))]
        if to_copy:
            _upload(self._settings, {path: self._remote(path) for path in to_copy})
        yield
        for path in waiting:
            path.unlink(missing_ok=True)

    def add(self, connection: duckdb.DuckDBPyConnection, table: Table, files: list[Path]) -> None:
        """Make files that are in their final place part of a table; inside a transaction."""
        for path in files:
            partition = self._partition(path) if self._waits(path) else {}
            if any(map(misread, partition.values())):
                _insert(connection, table, path, partition)
                continue
            place = self._remote(path) if self._waits(path) else str(path)
            connection.execute(
                "call ducklake_add_data_files('lake', ?, ?, hive_partitioning => ?)",
                [table.name, place, bool(table.partitioned_by)],
            )

    def _waits(self, path: Path) -> bool:
        """Whether a file is not in its final place."""
        return path.absolute().is_relative_to(self._settings.scratch.absolute())

    def _relative(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.absolute().relative_to(self._scratch.absolute()))

    def _remote(self, path: Path) -> str:
        return f"{self._settings.files}main/{self._relative(path)}"

    def _partition(self, path: Path) -> dict[str, str]:
        parts = (part.partition("=") for part in self._relative(path).parts[1:-1])
        return {key: value for key, _, value in parts}


def misread(value: str) -> bool:
    """Whether readers of Hive paths take a value for another one."""
    return value.lower() == "null"


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, path: Path, partition: dict[str, str]) -> None:
    kept = ", ".join(quote(name) for name in pq.read_schema(path).names if name not in partition)
    values = ", ".join(f"? as {quote(name)}" for name in partition)
    connection.execute(
        f"insert into {table.name} by name select {kept}, {values} from read_parquet(?, hive_partitioning => false)",
        [*partition.values(), str(path)],
    )


def _upload(settings: Settings, places: dict[Path, str]) -> None:
    """Copy files to `s3://` addresses, with the credentials of the environment (AWS_*)."""
    import pyarrow as pa  # the library of S3 takes a tenth of a second to start
    from pyarrow import fs

    if not settings.files.startswith("s3://"):
        raise LakeError(
            f"Files cannot be written to {settings.files}.",
            hint="ODA_DATA_PATH is a folder or begins with s3://.",
        )
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    options: dict[str, Any] = {"anonymous": True}
    if key and secret:
        options = {"access_key": key, "secret_key": secret, "session_token": os.environ.get("AWS_SESSION_TOKEN")}
    if settings.s3_region:
        options["region"] = settings.s3_region
    if settings.s3_endpoint:
        options["scheme"] = "http" if settings.s3_endpoint.startswith("http://") else "https"
        options["endpoint_override"] = settings.s3_endpoint.split("://")[-1]
    try:
        bucket = fs.S3FileSystem(**options)
        for path, place in places.items():
            fs.copy_files(
                str(path),
                place.removeprefix("s3://"),
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=bucket,
            )
    except (OSError, pa.ArrowException) as error:
        raise StorageError(
            f"Cannot write to {settings.files}: {first_line(error)}",
            hint="Nothing was changed. Check ODA_S3_ENDPOINT, ODA_S3_REGION and the AWS_* variables.",
        ) from None


@contextlib.contextmanager
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
