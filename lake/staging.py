"""Where files go that a commit will make part of a table."""

from __future__ import annotations

import uuid
from pathlib import Path

import duckdb

from lake.settings import Settings
from lake.tables import Table


def folder(settings: Settings, table: str, partition: dict[str, str]) -> Path:
    """Where new Parquet files of a table's partition go before `add_files` commits them; made if needed.

    Local data paths get their final place, so nothing is copied; remote ones are uploaded on commit.
    """
    root = Path(settings.files) / "main" if settings.local_files else settings.scratch / "staged"
    place = root / table
    for key, value in partition.items():
        place = place / f"{key}={value}"
    place.mkdir(parents=True, exist_ok=True)
    return place


def file(settings: Settings, table: Table, partition: dict[str, str]) -> Path:
    """A path for one new Parquet file of a table's partition."""
    keys = {key: partition[key] for key in table.partitioned_by}
    return folder(settings, table.name, keys) / f"{uuid.uuid4().hex}.parquet"


def add_files(connection: duckdb.DuckDBPyConnection, settings: Settings, table: Table, files: list[Path]) -> None:
    """Make staged Parquet files part of a table; inside a transaction."""
    for path in files:
        if settings.local_files:
            connection.execute(
                "call ducklake_add_data_files('lake', ?, ?, hive_partitioning => ?)",
                [table.name, str(path), bool(table.partitioned_by)],
            )
        else:
            connection.execute(f"insert into {table.name} by name from read_parquet(?)", [str(path)])
