"""A real PostgreSQL server for tests, reached through a socket in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from lake.settings import Settings

PORT = 54329


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def psql(server: str, sql: str, *, database: str = "postgres") -> str:
    """Run one statement as its administrator; returns what it prints, unadorned."""
    program = _program("psql")
    assert program is not None
    host = dict(part.split("=") for part in server.split())
    place = ["-h", host["host"], "-p", host["port"], "-U", host["user"], "-d", database]
    done = subprocess.run([program, "-q", "-At", *place, "-c", sql], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The connection string of a PostgreSQL server of our own."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="oda-postgres-"))
    user, demoted = "postgres", {}
    if os.geteuid() == 0:
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            pytest.skip("PostgreSQL does not run as root and there is no user 'postgres'")
        os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o755)
        demoted = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **demoted)

    data = str(folder / "data")
    run(initdb, "-D", data, "-U", user, "-A", "trust", "--no-sync")
    options = f"-p {PORT} -k {folder} -c listen_addresses='' -c fsync=off"
    run(control, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"host={folder} port={PORT} user={user}"
    finally:
        run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _new_database(server: str, node: str) -> str:
    name = f"lake_{crc32(node.encode()):08x}"
    psql(server, f"create database {name}")
    return f"{server} dbname={name}"


@pytest.fixture(scope="module")
def database(server: str, request: pytest.FixtureRequest) -> str:
    """The connection string of an empty database on that server, for a module."""
    return _new_database(server, request.node.nodeid)


@pytest.fixture
def postgres(server: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of an empty database on that server."""
    place = _new_database(server, request.node.nodeid)
    return Settings.load(home=tmp_path / "home", catalog=f"postgres:{place}", threads=1)
