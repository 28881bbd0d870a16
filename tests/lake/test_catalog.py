"""Commits are all or nothing, survive other writers, are named in snapshots, and can be read back in time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lakes import lay
from programs import side_by_side

from lake.catalog import Lake
from lake.errors import LakeError, UsageError
from lake.extensions import extension_file
from lake.settings import Settings
from lake.tables import SLICE_MEMBERS, TABLES


def add_slice(lake: Lake, name: str) -> None:
    lake.transact(
        lambda c: c.execute("insert into slices (slice, rows) values (?, 1)", [name]) and None, message=f"add {name}"
    )


def slices(lake: Lake) -> list[str]:
    return [row[0] for row in lake.rows("select slice from slices order by slice")]


def test_there_is_no_lake_until_it_is_made(settings: Settings):
    with pytest.raises(LakeError, match="There is no lake in") as caught:
        Lake.open(settings)
    assert "oda init" in caught.value.hint
    assert not settings.catalog_file.exists()


def test_every_declared_relation_exists_with_its_comments(lake: Lake):
    rows = lake.rows("select table_name, comment from duckdb_tables() where database_name = 'lake'")
    assert dict(rows) == {table.name: table.comment for table in TABLES}
    columns = lake.rows(
        "select table_name, column_name, comment from duckdb_columns() where database_name = 'lake' and comment is null "
        "and table_name in (select table_name from duckdb_tables() where database_name = 'lake')"
    )
    assert columns == []
    for table in TABLES:
        described = lake.rows(f"describe {table.name}")
        assert [(row[0], row[1]) for row in described] == [(column.name, column.type) for column in table.columns]


def test_a_commit_names_its_author_and_message(settings: Settings):
    settings = settings.model_copy(update={"author": "mira"})
    with Lake.open(settings, create=True) as lake:
        add_slice(lake, "a")
        newest = lake.snapshots().to_pylist()[0]
    assert (newest["author"], newest["message"]) == ("mira", "add a")


def test_a_failed_commit_leaves_nothing(lake: Lake):
    before = lake.snapshot

    def half(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("insert into slices (slice) values ('half')")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        lake.transact(half, message="half")
    assert slices(lake) == []
    assert lake.snapshot == before
    add_slice(lake, "whole")
    assert slices(lake) == ["whole"]


def test_every_relation_can_be_read_at_a_snapshot(settings: Settings, lake: Lake):
    add_slice(lake, "a")
    then = lake.snapshot
    add_slice(lake, "b")
    assert slices(lake) == ["a", "b"]
    assert lake.rows(f"select slice from slices at (version => {then})") == [("a",)]
    with Lake.open(settings, snapshot=then) as past:
        assert slices(past) == ["a"]
        with pytest.raises(UsageError, match="reading only"):
            add_slice(past, "c")


def test_an_unknown_snapshot_is_a_usage_error(settings: Settings, lake: Lake):
    with pytest.raises(UsageError, match="no snapshot 999") as caught:
        Lake.open(settings, snapshot=999)
    assert "oda snapshots" in caught.value.hint


def test_reading_only_refuses_writes(settings: Settings, lake: Lake):
    with Lake.open(settings, read_only=True) as reader, pytest.raises(duckdb.InvalidInputException):
        reader.connection.execute("insert into slices (slice) values ('x')")


def test_a_long_read_does_not_block_a_writer(settings: Settings, lake: Lake):
    add_slice(lake, "a")
    with Lake.open(settings, read_only=True) as reader:
        reader.connection.execute("begin")
        assert slices(reader) == ["a"]
        add_slice(lake, "b")
        assert slices(reader) == ["a"]
        reader.connection.execute("commit")
        assert slices(reader) == ["a", "b"]


def test_staged_files_become_rows_of_their_partition(lake: Lake):
    path = lake.staging_file(SLICE_MEMBERS, slice="s")
    rows = [{"slice": "s", "sample_id": 1, "reason": "x"}, {"slice": "s", "sample_id": 2}]
    pq.write_table(pa.Table.from_pylist(rows, schema=SLICE_MEMBERS.arrow_schema), path)
    lake.transact(lambda c: lake.add_files(c, SLICE_MEMBERS, [path]), message="stage")
    assert lake.rows("select sample_id, reason from slice_members where slice = 's' order by 1") == [
        (1, "x"),
        (2, None),
    ]


def test_compacting_merges_files_and_expires_snapshots(settings: Settings, lake: Lake):
    for number in range(4):
        path = lake.staging_file(SLICE_MEMBERS, slice="s")
        rows = [{"slice": "s", "sample_id": number}]
        pq.write_table(pa.Table.from_pylist(rows, schema=SLICE_MEMBERS.arrow_schema), path)
        lake.transact(lambda c, path=path: lake.add_files(c, SLICE_MEMBERS, [path]), message="stage")
    planned = lake.compact(expire_older_than="0 seconds", dry_run=True)
    assert planned.expired == (0, 1, 2, 3, 4)
    assert lake.snapshots().num_rows == 6
    counts = lake.compact(expire_older_than="0 seconds", grace="0 seconds")
    assert (counts.files_before, counts.files_after) == (5, 2)
    assert counts.expired == (0, 1, 2, 3, 4)
    assert len(counts.unneeded) == 4
    assert lake.rows("select sample_id from slice_members order by 1") == [(0,), (1,), (2,), (3,)]
    with pytest.raises(UsageError, match="not an interval"):
        lake.compact(expire_older_than="soon")


def test_a_lake_can_be_moved(settings: Settings, tmp_path: Path):
    with Lake.open(settings, create=True) as lake:
        path = lake.staging_file(SLICE_MEMBERS, slice="s")
        rows = [{"slice": "s", "sample_id": 1}]
        pq.write_table(pa.Table.from_pylist(rows, schema=SLICE_MEMBERS.arrow_schema), path)
        lake.transact(lambda c: lake.add_files(c, SLICE_MEMBERS, [path]), message="stage")
    moved = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    settings.home.rename(moved.home)
    with Lake.open(moved) as lake:
        assert lake.rows("select sample_id from slice_members") == [(1,)]


def test_a_newer_lake_is_refused(settings: Settings):
    with Lake.open(settings, create=True) as lake:
        lake.transact(
            lambda c: c.execute("insert into schema_migrations values (99, 'future', now()::timestamp)") and None,
            message="future",
        )
    with pytest.raises(LakeError, match="schema version 99"):
        Lake.open(settings)


def _write(home: str, writer: int, commits: int) -> None:
    with Lake.open(Settings.load(home=home, threads=1), create=True) as lake:
        for number in range(commits):
            lake.transact(
                lambda c: lake.next_number(c, "shared") and c.execute(
                    "insert into slices (slice, rows) select ?, next from sequences where sequence = 'shared'",
                    [f"{writer}-{number}"],  # noqa: B023 - runs before the loop goes on
                ) and None,
                message="write",
            )  # fmt: skip


def test_four_writers_at_once_lose_nothing(settings: Settings):
    assert side_by_side(_write, [(str(settings.home), writer, 8) for writer in range(4)]) == [0, 0, 0, 0]
    with Lake.open(settings) as lake:
        assert len(slices(lake)) == 32
        # The counter was handed out once per commit: 2, 3, …, 33 after each increment.
        assert sorted(row[0] for row in lake.rows("select rows from slices")) == list(range(2, 34))


def _create_all(homes: list[str], start: Barrier) -> None:
    for home in homes:
        start.wait(20)
        with Lake.open(Settings.load(home=home, threads=1), create=True) as lake:
            assert lake.rows("select count(*) = max(version) from schema_migrations") == [(True,)]


def test_programs_that_create_one_lake_at_the_same_moment_share_it(tmp_path: Path):
    start = multiprocessing.get_context("spawn").Barrier(4)
    homes = [str(tmp_path / f"lake{number}") for number in range(12)]
    assert side_by_side(_create_all, [(homes, start)] * 4) == [0, 0, 0, 0]
    for home in homes:
        with Lake.open(Settings.load(home=home)) as lake:
            assert lake.rows("select count(*) = max(version) from schema_migrations") == [(True,)]
            assert lake.rows("select count(*) from datasets") == [(0,)]


def test_a_killed_writer_leaves_whole_commits(settings: Settings, tmp_path: Path):
    lay(settings.home)
    program = (
        "import sys; from lake.catalog import Lake; from lake.settings import Settings\n"
        "lake = Lake.open(Settings.load(home=sys.argv[1], threads=1))\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    lake.transact(lambda c: [c.execute('insert into slices (slice, rows) values (?, 1)', [f'{n}']),\n"
        "        c.execute('insert into exports (subject, rows) values (?, 1)', [f'{n}'])] and None, message='both')\n"
        "    print(n, flush=True)\n"
    )
    done = 0
    for wait in (0.05, 0.15, 0.3):
        writer = subprocess.Popen(
            [sys.executable, "-c", program, str(settings.home)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(wait)
        os.kill(writer.pid, signal.SIGKILL)
        done += 1 + len(writer.stdout.read().split())
        writer.wait()
        with Lake.open(settings) as lake:
            both = lake.rows("select (select count(*) from slices), (select count(*) from exports)")[0]
            assert both[0] == both[1]
            assert done <= both[0] <= done + 3
            done = both[0]


def test_what_a_query_loads_has_to_be_signed(lake: Lake, tmp_path: Path):
    broken = bytearray(extension_file("httpfs").read_bytes())
    broken[5000] ^= 1
    (tmp_path / "httpfs.duckdb_extension").write_bytes(broken)
    with pytest.raises(duckdb.IOException, match="signature is either missing or invalid"):
        lake.connection.execute(f"load '{tmp_path / 'httpfs.duckdb_extension'}'")
    with pytest.raises(duckdb.InvalidInputException, match="Cannot change allow_unsigned_extensions"):
        lake.connection.execute("set allow_unsigned_extensions = true")
