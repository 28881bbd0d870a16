"""Compaction deletes what is the lake's own and needed by nothing, forgets what is old enough, and disturbs nobody."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake import migrations
from lake.catalog import Lake
from lake.errors import LakeError, UsageError
from lake.extensions import connect
from lake.files import inventory
from lake.settings import Settings
from lake.tables import SLICE_MEMBERS
from lake.workplace import Use

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


def test_two_homes_do_not_share_a_data_folder(settings: Settings, tmp_path: Path):
    shared = str(tmp_path / "files")
    one = settings.model_copy(update={"data_path": shared})
    two = settings.model_copy(update={"data_path": shared, "home": tmp_path / "other"})
    with Lake.open(one, create=True) as lake:
        kept = aged(add(lake, 1))
    with pytest.raises(LakeError, match="belongs to another lake"):
        Lake.open(two, create=True)
    assert not two.catalog_file.exists()
    elsewhere = two.model_copy(update={"data_path": None})
    with Lake.open(elsewhere, create=True) as lake:
        add(lake, 2)
    for read_only in (False, True):
        with pytest.raises(LakeError, match="belongs to another lake"):
            Lake.open(two, read_only=read_only)
    assert kept.exists()


def test_old_homes_without_marks_on_one_folder_lose_nothing(settings: Settings, tmp_path: Path):
    with Lake.open(settings, create=True) as lake:
        aged(add(lake, 1))
    mark = settings.home / "files" / "oda-lake.json"
    two = settings.model_copy(update={"home": tmp_path / "other"})
    with Lake.open(two, create=True) as lake:
        theirs = aged(add(lake, 2))
    foreign = settings.home / "files" / theirs.relative_to(two.home / "files")
    shutil.copy2(theirs, foreign)
    mark.unlink()
    with Lake.open(settings) as lake:
        assert mark.is_file()
        assert lake.compact(expire_older_than="0 seconds", grace="0 seconds").orphans == ()
        assert [file.path for file in inventory(lake.connection, settings).unknown] == [str(foreign)]
    assert foreign.exists()


def test_a_new_lake_wants_an_empty_folder(settings: Settings, tmp_path: Path):
    mine = tmp_path / "mine" / "deep" / "sales.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    among = settings.model_copy(update={"data_path": str(tmp_path / "mine")})
    with pytest.raises(LakeError, match=r"has to be empty, but there is .*sales\.parquet"):
        Lake.open(among, create=True)
    assert not among.catalog_file.exists()
    with Lake.open(settings, create=True):
        pass
    within = settings.model_copy(
        update={"home": tmp_path / "within", "data_path": str(settings.home / "files" / "main" / "x")}
    )
    with pytest.raises(LakeError, match="lies in that of another lake"):
        Lake.open(within, create=True)


def test_a_copy_of_a_catalogue_may_not_write_where_the_first_does(settings: Settings, tmp_path: Path):
    with Lake.open(settings, create=True) as lake:
        add(lake, 1)
    copy = tmp_path / "copy.sqlite"
    shutil.copy(settings.catalog_file, copy)
    copied = settings.model_copy(update={"catalog": f"sqlite:{copy}"})
    with pytest.raises(LakeError, match="of which .* is a copy"):
        Lake.open(copied)
    with Lake.open(copied, read_only=True) as lake:
        assert members(lake) == [1]
    whole = settings.model_copy(update={"home": tmp_path / "whole"})
    shutil.copytree(settings.home, whole.home)
    for place in (whole, settings):
        with Lake.open(place) as lake:
            assert members(lake) == [1]


def test_a_folder_without_the_files_of_the_catalogue_is_refused(settings: Settings, tmp_path: Path):
    with Lake.open(settings, create=True) as lake:
        add(lake, 1)
    with pytest.raises(LakeError, match="holds none of the 2 files of the catalogue"):
        Lake.open(settings.model_copy(update={"data_path": str(tmp_path / "nowhere")}))


def test_only_files_of_the_lakes_own_naming_are_deleted(settings: Settings, lake: Lake):
    kept = add(lake, 1)
    folder = kept.parent
    left = aged(stage(lake, 2))
    by_ducklake = folder / "ducklake-01a2228c-6572-7e24-ad66-5f00a1578e41.parquet"
    written = folder / f"tmp_{'0' * 32}.parquet"
    for path in (by_ducklake, written):
        shutil.copy2(left, path)
    young = stage(lake, 3)
    foreign = [
        folder / "mine.parquet",
        folder / f"{'0' * 32}.csv",
        folder.parent / "notes.txt",
        settings.home / "files" / f"{'0' * 32}.parquet",
        settings.home / "files" / "main" / "mine" / f"{'0' * 32}.parquet",
        settings.home / "files" / "other" / "main" / "slice_members" / f"{'0' * 32}.parquet",
    ]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(left, path)
    link = folder / "link"
    link.symlink_to(settings.home.parent / "beside")
    beside = settings.home.parent / "beside" / f"{'0' * 32}.parquet"
    beside.parent.mkdir()
    shutil.copy2(left, beside)
    planned = lake.compact(dry_run=True)
    assert {file.path for file in planned.orphans} == {str(left), str(by_ducklake), str(written)}
    assert {file.bytes for file in planned.orphans} == {left.stat().st_size}
    done = lake.compact()
    assert {file.path for file in done.orphans} == {str(left), str(by_ducklake), str(written)}
    assert [path for path in (left, by_ducklake, written) if path.exists()] == []
    assert [path for path in (*foreign, link, beside, young, kept) if not path.exists()] == []
    assert done.files_waiting == 1


def test_files_of_a_writer_that_stages_for_days_stay(settings: Settings, lake: Lake):
    with Lake.open(settings) as writer:
        slow = aged(stage(writer, 1))
        writer._place.use = Use(writer=True, snapshot=None, since=TWO_DAYS_AGO - 60)
        assert lake.compact().orphans == ()
    assert len(lake.compact().orphans) == 1
    assert not slow.exists()


def test_a_home_with_glob_characters_leaves_its_siblings_alone(tmp_path: Path):
    homes = [Settings.load(home=tmp_path / name, threads=1) for name in ("run1", "run[1-3]", "run*")]
    for number, settings in enumerate(homes):
        with Lake.open(settings, create=True) as lake:
            aged(add(lake, number))
            aged(add(lake, number + 10))
            aged(stage(lake, 99))
    for settings in homes[1:]:
        with Lake.open(settings) as lake:
            done = lake.compact(expire_older_than="0 seconds", grace="0 seconds")
            assert len(done.orphans) == 1
            assert done.orphans[0].path.startswith(str(settings.home))
    for number, settings in enumerate(homes):
        with Lake.open(settings) as lake:
            assert members(lake) == [number, number + 10]


@pytest.mark.parametrize("spelling", ["{0}//files", "{0}/x/../files/", "{0}/./files//", "{0}/link/files"])
def test_a_data_path_may_be_spelled_in_any_way(settings: Settings, tmp_path: Path, spelling: str):
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    odd = settings.model_copy(update={"data_path": spelling.format(tmp_path)})
    with Lake.open(odd, create=True) as lake:
        for number in range(3):
            aged(add(lake, number))
    for data_path in (spelling.format(tmp_path), str(tmp_path / "files")):
        with Lake.open(settings.model_copy(update={"data_path": data_path})) as lake:
            for _ in range(2):
                lake.compact(expire_older_than="0 seconds", grace="0 seconds")
                assert members(lake) == [0, 1, 2]


def test_paths_stored_in_another_spelling_are_the_same_files(settings: Settings, lake: Lake):
    kept = aged(add(lake, 1))
    with catalogue(settings) as opened:
        odd = str(kept).replace("/files/", "/files//../files/")
        opened.execute(
            "update ducklake_data_file set path = ?, path_is_relative = 0 "
            "where table_id = (select table_id from ducklake_table where table_name = 'slice_members')",
            [odd],
        )
    assert members(lake) == [1]
    assert lake.compact().orphans == ()
    assert kept.exists()


def test_a_catalogue_that_contradicts_itself_stops_everything(settings: Settings, lake: Lake):
    kept = aged(add(lake, 1))
    left = aged(stage(lake, 2))
    relative = str(kept.relative_to(settings.home / "files"))
    with catalogue(settings) as opened:
        opened.execute(
            "insert into ducklake_files_scheduled_for_deletion values (999, ?, 1, '2020-01-01 00:00:00+00')", [relative]
        )
    for dry_run in (True, False):
        with pytest.raises(LakeError, match="to be deleted that snapshots need") as caught:
            lake.compact(dry_run=dry_run)
        assert str(kept) in caught.value.message
    assert kept.exists()
    assert left.exists()


def test_a_missing_file_stops_everything(settings: Settings, lake: Lake):
    gone = add(lake, 1)
    left = aged(stage(lake, 2))
    gone.rename(settings.home / "elsewhere")
    with pytest.raises(LakeError, match=r"1 of 2 files of the catalogue are not in"):
        lake.compact()
    assert left.exists()
    (settings.home / "elsewhere").rename(gone)
    assert len(lake.compact().orphans) == 1


def test_what_is_needed_no_more_stays_for_a_day(settings: Settings, lake: Lake):
    first = [add(lake, number) for number in range(3)]
    done = lake.compact()
    assert (done.unneeded, done.files_waiting) == ((), 3)
    assert [path.exists() for path in first] == [True] * 3
    scheduled_long_ago(settings)
    planned = lake.compact(dry_run=True)
    assert {file.path for file in planned.unneeded} == set(map(str, first))
    assert {file.path for file in lake.compact().unneeded} == set(map(str, first))
    assert [path.exists() for path in first] == [False] * 3
    assert members(lake) == [0, 1, 2]


def test_files_go_at_once_only_where_nobody_has_the_lake_open(settings: Settings, lake: Lake):
    add(lake, 1)
    with Lake.open(settings, read_only=True), pytest.raises(UsageError, match="open elsewhere"):
        lake.compact(grace="1 hour")
    lake.compact(grace="1 hour")


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
        migrations.migrate(connection)
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
