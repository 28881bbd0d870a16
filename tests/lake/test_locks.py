"""Writers of one lake queue: a check still holds when what follows from it is committed, on both catalogues."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from postgres_server import psql

from lake import locks
from lake.catalog import Connection, Lake
from lake.catalogue_address import address
from lake.errors import ConflictError, LakeError
from lake.locks import FileLock, ServerLock, lock_of
from lake.settings import Settings


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def homes(request: pytest.FixtureRequest, tmp_path: Path) -> list[Settings]:
    """Two homes on one catalogue and one data path."""
    shared = {"data_path": str(tmp_path / "files"), "threads": 1}
    if request.param == "sqlite":
        shared["catalog"] = f"sqlite:{tmp_path / 'shared' / 'catalog.sqlite'}"
    else:
        shared["catalog"] = request.getfixturevalue("postgres").catalog
    return [Settings.load(home=tmp_path / name, **shared) for name in ("one", "two")]


def test_a_check_holds_until_its_rows_are_committed(homes: list[Settings]):
    checked, done = threading.Event(), threading.Event()

    def once(connection: Connection, wait: bool) -> None:
        known = connection.execute("select count(*) from slices where slice = 'only'").fetchone()
        if wait:
            checked.set()
            done.wait(1.0)  # a writer that does not queue is through by then
        if known == (0,):
            connection.execute("insert into slices (slice, rows) values ('only', 1)")

    def second() -> None:
        with Lake.open(homes[1]) as lake:
            checked.wait(30)
            lake.transact(lambda connection: once(connection, False), message="second")
        done.set()

    with Lake.open(homes[0], create=True) as lake:
        other = threading.Thread(target=second)
        other.start()
        lake.transact(lambda connection: once(connection, True), message="first")
        other.join(60)
        assert done.is_set()
        assert lake.rows("select slice, rows from slices") == [("only", 1)]


def test_who_waits_too_long_is_told_who_holds_it(homes: list[Settings], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(locks, "LOCK_SECONDS", 0.2)
    with Lake.open(homes[0], create=True) as first, Lake.open(homes[1]) as second:
        with first.writers.held(), pytest.raises(ConflictError, match="Another writer has held") as caught:
            second.transact(lambda connection: None, message="wait")
        if not homes[0].embedded:
            assert "oda writer" in caught.value.message
        second.transact(lambda connection: connection.execute("delete from slices"), message="go on")


HOLD = """
import sys, time
from lake.locks import lock_of
from lake.settings import Settings
with lock_of(Settings.load(home=sys.argv[1], catalog=sys.argv[2])).held():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_killed_writer_holds_up_nobody(homes: list[Settings]):
    Lake.open(homes[0], create=True).close()
    command = [sys.executable, "-c", HOLD, str(homes[1].home), str(homes[1].catalog)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
    began = time.monotonic()
    with locks.lock_of(homes[0]).held():
        assert time.monotonic() - began < locks.LOCK_SECONDS / 10


def test_homes_that_share_a_file_catalogue_share_its_lock(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert FileLock(tmp_path / "real" / "c.sqlite").path == FileLock(tmp_path / "link" / "c.sqlite").path


@pytest.mark.postgres
def test_a_lost_lock_stops_the_commit(postgres: Settings, server: str):
    def work(connection: Connection) -> None:
        connection.execute("insert into slices (slice, rows) values ('stray', 1)")
        psql(server, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")

    with Lake.open(postgres, create=True) as lake:
        with pytest.raises(LakeError, match="queues the writers was lost"):
            lake.transact(work, message="lose the lock")
        assert lake.rows("select count(*) from slices") == [(0,)]
        lake.transact(lambda connection: connection.execute("insert into slices (slice) values ('kept')"), message="on")
        assert lake.rows("select slice from slices") == [("kept",)]


@pytest.mark.postgres
def test_the_password_is_in_no_error_of_the_lock(tmp_path: Path):
    lock = ServerLock(address(f"postgres:host={tmp_path} port=1 dbname=none password=marker-4711"))
    with pytest.raises(LakeError) as caught, lock.held():
        pass
    assert "marker-4711" not in str(caught.value)
    assert caught.value.__cause__ is None
    settings = Settings.load(home=tmp_path, catalog="postgres:postgresql://oda:marker-4711@localhost:1/none", threads=1)
    with (
        pytest.raises(LakeError, match="host=localhost port=1 user=oda dbname=none") as caught,
        lock_of(settings).held(),
    ):
        pass
    assert "marker-4711" not in str(caught.value)
