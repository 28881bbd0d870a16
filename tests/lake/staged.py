"""Files staged and committed by hand, for the tests of what a lake deletes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Lake
from lake.settings import Settings
from lake.tables import SLICE_MEMBERS

TWO_DAYS_AGO = time.time() - 2 * 86_400


def add(lake: Lake, *numbers: int, slice_name: str = "s") -> Path:
    """Commit one staged file of members; returns its path."""
    path = stage(lake, *numbers, slice_name=slice_name)
    lake.transact(lambda c: lake.add_files(c, SLICE_MEMBERS, [path]), message="stage")
    return path


def stage(lake: Lake, *numbers: int, slice_name: str = "s") -> Path:
    path = lake.staging_file(SLICE_MEMBERS, slice=slice_name)
    rows = [{"slice": slice_name, "sample_id": number, "weight": 1.0, "reason": "x"} for number in numbers]
    pq.write_table(pa.Table.from_pylist(rows, schema=SLICE_MEMBERS.arrow_schema), path)
    return path


def members(lake: Lake) -> list[int]:
    return [row[0] for row in lake.rows("select sample_id from slice_members order by 1")]


def aged(path: Path) -> Path:
    """The file, as if written two days ago."""
    os.utime(path, (TWO_DAYS_AGO, TWO_DAYS_AGO))
    return path


@contextlib.contextmanager
def catalogue(settings: Settings) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(settings.catalog_file)) as opened, opened:
        yield opened


def scheduled_long_ago(settings: Settings) -> None:
    """Make what is to be deleted look as if it had not been needed for two days."""
    with catalogue(settings) as opened:
        then = time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(TWO_DAYS_AGO))
        opened.execute("update ducklake_files_scheduled_for_deletion set schedule_start = ?", [then])
