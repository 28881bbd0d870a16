"""Compaction deletes what is the lake's own and needed by nothing, forgets what is old enough, and disturbs nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from staged import TWO_DAYS_AGO, add, aged, catalogue, members, scheduled_long_ago, stage

from lake.catalog import Lake
from lake.errors import LakeError, UsageError
from lake.files import inventory
from lake.settings import Settings
from lake.workplace import Use


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
