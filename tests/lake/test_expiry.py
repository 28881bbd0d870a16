"""Compaction forgets what is old enough, says what is lost with it, and disturbs nobody."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterator

import duckdb
import pytest
from staged import add, catalogue, members

from lake import migrations
from lake.catalog import Lake
from lake.errors import UsageError
from lake.extensions import connect
from lake.settings import Settings


def _set_ages(settings: Settings, ages: list[int]) -> list[dt.datetime]:
    """Make the snapshots as old as that, in seconds; returns their times."""
    now = dt.datetime.now(dt.UTC)
    times = [(now - dt.timedelta(seconds=age)).replace(microsecond=120_000) for age in ages]
    with catalogue(settings) as opened:
        for number, then in enumerate(times):
            text = then.strftime("%Y-%m-%d %H:%M:%S.12+00")  # as DuckLake writes it
            opened.execute("update ducklake_snapshot set snapshot_time = ? where snapshot_id = ?", [text, number])
    return times


AGES = [30 * 86_400, 8 * 86_400, 49 * 3_600, 25 * 3_600, 13 * 3_600, 11 * 3_600, 90 * 60, 20 * 60, 2 * 60, 0]


INTERVALS = {
    "5 minutes": 8,
    "30 minutes": 7,
    "1 hour": 7,
    "12 hours": 5,
    "1 day": 4,
    "24 hours": 4,
    "2 days": 3,
    "1 week": 2,
    "3 weeks": 1,
    "1 year": 0,
}
"""How many of the snapshots of these ages are older."""


def test_snapshots_expire_by_their_time(settings: Settings, lake: Lake):
    for number in range(len(AGES) - lake.snapshots().num_rows):
        add(lake, number)
    expected = dict(enumerate(_set_ages(settings, AGES)))
    for interval, expired in INTERVALS.items():
        assert lake.compact(expire_older_than=interval, dry_run=True).expired == tuple(range(expired))
    times = {row["snapshot_id"]: row["snapshot_time"] for row in lake.snapshots().to_pylist()}
    assert times == expected
    before = 0
    for interval in ("3 weeks", "2 days", "12 hours", "30 minutes"):
        expired = INTERVALS[interval]
        assert lake.compact(expire_older_than=interval).expired == tuple(range(before, expired))
        left = {row["snapshot_id"]: row["snapshot_time"] for row in lake.snapshots().to_pylist()}
        assert {number: left[number] for number in left if number < 10} == {n: times[n] for n in range(expired, 10)}
        before = expired


@pytest.mark.parametrize("wrong", ["soon", "-1 day", "", "1 day; drop", "99999999999999 years"])
def test_what_is_no_interval_is_refused(lake: Lake, wrong: str):
    before = lake.snapshots().num_rows
    for given in ({"expire_older_than": wrong}, {"grace": wrong}):
        with pytest.raises(UsageError, match="is not an interval"):
            lake.compact(**given)
    assert lake.snapshots().num_rows == before


def test_a_snapshot_that_is_being_read_stays(settings: Settings, lake: Lake):
    add(lake, 1)
    then = lake.snapshot
    lake.transact(lambda c: c.execute("delete from slice_members") and None, message="empty")
    add(lake, 2)
    with Lake.open(settings, snapshot=then) as past:
        done = lake.compact(expire_older_than="0 seconds")
        assert done.in_use == (then,)
        assert then not in done.expired
        assert members(past) == [1]
    assert then in lake.compact(expire_older_than="0 seconds").expired


def test_slices_and_exports_that_lose_their_snapshot_are_named(lake: Lake):
    add(lake, 1)
    then = lake.snapshot

    def pin(connection):
        connection.execute("insert into slices (slice, snapshot) values ('rich', ?), ('late', 99)", [then])
        connection.execute("insert into exports (subject, path, snapshot) values ('math', 'out', ?)", [then])

    lake.transact(pin, message="pin")
    assert [loss.as_dict() for loss in lake.losses()] == [{"kind": "slice", "name": "late", "snapshot": 99}]
    expected = [("slice", "rich", then), ("export", "math in out", then)]
    for dry_run in (True, False):
        done = lake.compact(expire_older_than="0 seconds", dry_run=dry_run)
        assert [(loss.kind, loss.name, loss.snapshot) for loss in done.losses] == expected
    assert [loss.name for loss in lake.losses()] == ["late", "rich", "math in out"]
    assert lake.compact(expire_older_than="0 seconds").losses == ()


def _lay_old(settings: Settings) -> None:
    """A lake as earlier versions made it: small commits are rows of the catalogue, and no file marks the data path."""
    settings.home.mkdir()
    with contextlib.closing(sqlite3.connect(settings.catalog_file)) as opened:
        opened.execute("pragma journal_mode = wal")
    with _old(settings) as connection:
        connection.execute("begin")
        migrations.migrate(connection)
        connection.execute("commit")
        connection.execute("insert into slices (slice, rows) values ('a', 1), ('b', 2)")
        connection.execute("insert into scored_axes (sample_id, dataset) values (1, 'd')")
        connection.execute("alter table scored_axes add column mtld float")
        connection.execute("insert into scored_axes values (2, 'd', 0.5)")
        connection.execute("delete from slices where slice = 'b'")


@contextlib.contextmanager
def _old(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings, settings.home / "spill") as connection:
        uri = f"ducklake:{settings.catalog_uri}"
        connection.execute(f"attach '{uri}' as lake (data_path '{settings.files}', override_data_path true)")
        connection.execute("use lake")
        yield connection


def test_rows_in_an_old_catalogue_become_files_under_open_readers(settings: Settings):
    _lay_old(settings)

    def read(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
        return connection.execute(
            "select sample_id, mtld, (select string_agg(slice) from slices) from scored_axes order by 1"
        ).fetchall()

    expected = [(1, None, "a"), (2, 0.5, "a")]
    with _old(settings) as before, Lake.open(settings, read_only=True) as reader, Lake.open(settings) as lake:
        then = lake.snapshot
        assert read(before) == read(reader.connection) == expected
        lake.compact()
        assert read(before) == read(reader.connection) == read(lake.connection) == expected
        with catalogue(settings) as opened:
            named = [row[0] for row in opened.execute("select table_name from ducklake_inlined_data_tables")]
            assert [opened.execute(f"select count(*) from {name}").fetchone() for name in named] == [(0,)] * len(named)
        assert "move rows from the catalogue to files" in lake.snapshots()["message"].to_pylist()
        after = lake.snapshot
        lake.compact()
        assert lake.snapshot == after
        with Lake.open(settings, snapshot=then) as past:
            assert read(past.connection) == expected


def test_small_commits_are_files(settings: Settings, lake: Lake):
    lake.transact(lambda c: lake.next_number(c, "n"), message="count")
    with catalogue(settings) as opened:
        assert opened.execute("select count(*) from ducklake_inlined_data_tables").fetchone() == (0,)


def test_a_dry_run_tells_what_a_run_does(lake: Lake):
    for number in range(3):
        add(lake, number, slice_name="a")
        add(lake, number, slice_name="b")
        lake.transact(lambda c: lake.next_number(c, "n") and None, message="count")
    lake.transact(lambda c: c.execute("delete from slice_members where slice = 'b'") and None, message="empty b")
    add(lake, 4, slice_name="c")
    planned = lake.compact(expire_older_than="0 seconds", grace="0 seconds", dry_run=True)
    snapshots, files = lake.snapshots().num_rows, planned.files_before
    assert lake.compact(dry_run=True).files_before == files
    assert lake.snapshots().num_rows == snapshots
    done = lake.compact(expire_older_than="0 seconds", grace="0 seconds")
    assert (planned.files_before, planned.files_after) == (done.files_before, done.files_after)
    assert planned.expired == done.expired
    assert {file.path for file in planned.unneeded} == {file.path for file in done.unneeded}
    assert done.files_waiting == planned.files_waiting == 0
