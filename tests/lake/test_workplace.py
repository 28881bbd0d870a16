"""Every open lake has a folder of its own to spill into; it goes at its end, or with the next start after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from lakes import lay

from lake import workplace
from lake.catalog import Lake
from lake.extensions import diskless
from lake.settings import Settings

SPILLING = (
    "import sys; from lake.catalog import Lake; from lake.settings import Settings\n"
    "settings = Settings.load(home=sys.argv[1], threads=1, memory_limit='120MB')\n"
    "lake = Lake.open(settings, read_only=True)\n"
    "lake.rows('create temp table big as select (i * 7919) % 1000003 as n, repeat(md5(i::varchar), 8) as t "
    "from range(600000) r(i)')\n"
)


def folders(settings: Settings) -> list[Path]:
    return sorted(settings.scratch.iterdir())


def test_open_lakes_share_no_folder_and_leave_none(settings: Settings):
    with (
        Lake.open(settings, create=True) as one,
        Lake.open(settings, read_only=True) as two,
        Lake.open(settings, snapshot=one.snapshot) as three,
    ):
        opened = [one, two, three]
        assert len({lake.scratch for lake in opened}) == 3
        for lake in opened:
            assert lake.rows("select current_setting('temp_directory')") == [(str(lake.scratch / "spill"),)]
        assert folders(settings) == sorted(lake.scratch for lake in opened)
        uses = workplace.living(settings)
        assert {(use.writer, use.snapshot) for use in uses} == {(True, None), (False, None), (False, one.snapshot)}
    assert folders(settings) == []


def test_a_lake_that_cannot_be_opened_leaves_no_folder(settings: Settings):
    lay(settings.home)
    settings.catalog_file.write_bytes(b"not a catalogue" * 1000)
    with pytest.raises(Exception, match="is broken"):
        Lake.open(settings)
    assert folders(settings) == []


def test_a_lake_that_is_forgotten_leaves_no_folder(settings: Settings):
    lay(settings.home)
    lake = Lake.open(settings)
    assert len(folders(settings)) == 1
    del lake
    assert folders(settings) == []


def _start(settings: Settings, then: str) -> subprocess.Popen[str]:
    program = SPILLING + "print(lake.scratch, flush=True)\n" + then
    return subprocess.Popen(
        [sys.executable, "-c", program, str(settings.home)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def test_the_folders_of_killed_processes_go_and_those_of_living_ones_stay(settings: Settings):
    lay(settings.home)
    killed, living = (_start(settings, "sys.stdin.read()\n") for _ in range(2))
    try:
        assert killed.stdout is not None
        assert living.stdout is not None
        left, held = (Path(process.stdout.readline().strip()) for process in (killed, living))
        assert sum(path.stat().st_size for path in (left / "spill").iterdir()) > 1_000_000
        assert workplace.dead(settings) == []
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(60)
        assert workplace.dead(settings) == [left]
        assert left.is_dir()
        with Lake.open(settings, read_only=True) as lake:
            assert folders(settings) == sorted([held, lake.scratch])
        living.communicate("", timeout=60)
        assert folders(settings) == []
    finally:
        for process in (killed, living):
            process.kill()
            process.wait(60)


def test_a_forked_child_keeps_the_folder_and_does_not_remove_it(settings: Settings):
    lay(settings.home)
    with Lake.open(settings) as lake:
        child = os.fork()
        if child == 0:
            lake._place.remove()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert lake.scratch.is_dir()
        assert workplace.dead(settings) == []


def test_a_half_removed_folder_and_an_empty_one_are_removed(settings: Settings):
    lay(settings.home)
    half, empty, other = (settings.scratch / name for name in ("oda-work-" + "0" * 32, "oda-work-" + "1" * 32, "mine"))
    for path in (half, empty, other):
        path.mkdir()
    (half / "lock").touch()
    with Lake.open(settings, read_only=True):
        pass
    assert folders(settings) == [other]


def test_who_may_only_read_spills_elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    lay(settings.home)
    settings.scratch.rmdir()
    settings.scratch.write_text("not a folder")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with Lake.open(settings, read_only=True) as lake:
        assert lake.scratch.parent == tmp_path / "tmp"
    assert list((tmp_path / "tmp").iterdir()) == []
    with pytest.raises(FileExistsError):
        Lake.open(settings)


def test_other_connections_never_spill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with diskless(memory_limit="20MB", threads=1) as connection, pytest.raises(duckdb.OutOfMemoryException):
        connection.execute("create table t as select md5(i::varchar) as t from range(1000000) r(i) order by 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_queries_that_spill_side_by_side_give_the_same(settings: Settings):
    lay(settings.home)
    query = (
        'print(lake.rows("select count(*), sum(hash(t) % 1000003) from (select t, row_number() over (order by t, n) as r '
        'from big) where r % 100 = 1"), flush=True)\n'
    )
    running = [_start(settings, query) for _ in range(3)]
    found = [process.communicate(timeout=300)[0].splitlines()[1:] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert found == [found[0]] * 3
    assert found[0][0].startswith("[(6000, ")
    assert folders(settings) == []
