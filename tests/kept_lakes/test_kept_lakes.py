"""Lakes of every schema version, made by the code of their time: read as they are, then brought up to date."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from make_kept_lakes import TABLES

from lake import migrations
from lake.catalog import Lake
from lake.errors import LakeError, UsageError
from lake.settings import Settings
from lake.tables import TABLES as RELATIONS
from pipelines.command.main import COMMANDS, main

VERSIONS = range(1, migrations.LATEST + 1)
HERE = Path(__file__).parent

VIEWS = ("scored", "dataset_profile", "exact_duplicates", "leaderboard")
QUERIES = [
    "show tables",
    *(f"from {name} limit 3" for name in (*(table.name for table in RELATIONS), *VIEWS)),
    "select cosine, jaccard from near_duplicate_pairs limit 3",
    "select facts, fingerprint from dataset_scores limit 3",
]

READING = [
    ["datasets"],
    ["datasets", "tales"],
    ["head", "tales"],
    ["axes"],
    ["judge", "calibrations"],
    ["models"],
    ["profile"],
    ["profile", "tales", "forum", "--axes", "str_length"],
    ["score", "--plan", "--axes", "str_length,radius,vendi"],
    ["dedup", "--plan"],
    ["slice", "list"],
    ["slice", "show", "long"],
    ["slice", "verify", "long"],
    ["train", "recipes"],
    ["runs"],
    ["evaluate", "benchmarks"],
    ["leaderboard", "list"],
    ["lineage", "review"],
    ["explain", "edge", "tales", "forum"],
    ["snapshots"],
    ["doctor"],
    ["sql", ";".join(QUERIES)],
    ["sql", "--at", "4", "from scored; from embeddings"],
]
"""Commands that read, a line each; `dedup explain` is tried apart, for its answer depends on the version."""

WRITING = {"init", "ingest", "embed", "overlap", "contamination", "export", "restore", "compact", "ui", "demo"}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The home of the kept lake of a version; what its own code read in it lies beside, in read.json."""
    monkeypatch.setenv("ODA_MEMORY_LIMIT", "1GB")
    monkeypatch.setenv("ODA_THREADS", "1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with tarfile.open(HERE / f"v{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "home"


def known(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home.parent / "read.json").read_text())
    return found


def files(home: Path) -> dict[str, str]:
    """A digest of every file of the lake itself."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and "scratch" not in path.parts
    }


def read(lake: Lake) -> dict[str, Any]:
    return {name: [list(map(str, row)) for row in lake.rows(sql)] for name, sql in TABLES.items()}


def settings(home: Path) -> Settings:
    return Settings.load(home=home, threads=1)


def test_every_command_is_tried_or_writes() -> None:
    assert {line[0] for line in READING} | WRITING == set(COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize(("kept", "version"), [(v, v) for v in VERSIONS], indirect=["kept"])
def test_every_command_that_reads_works_and_changes_nothing(
    kept: Path, version: int, capfd: pytest.CaptureFixture[str]
) -> None:
    before = files(kept)
    for line in READING:
        status = main([*line, "--home", str(kept)])
        ran = capfd.readouterr()
        if version < 5 and line[:2] == ["slice", "verify"]:  # members are compared by what they held
            assert (status, "Bring it up to date with: oda init" in ran.err) == (1, True)
            continue
        assert status == 0, (line, status, ran.err)
    first = known(kept)["samples"][0][0]
    for view in ("sample", "meaning"):
        status = main(["dedup", "explain", first, "--view", view, "--home", str(kept)])
        ran = capfd.readouterr()
        if version >= {"sample": 2, "meaning": 4}[view]:
            assert status == 0, ran.err
        else:
            assert (status, f"Near-duplicates of {view} were not sought yet." in ran.err) == (2, True)
    after = files(kept)
    assert {name: digest for name, digest in after.items() if name in before} == before
    assert set(after) - set(before) <= {"catalog.sqlite-shm", "catalog.sqlite-wal"}  # SQLite's, of any reader
    assert (kept / "catalog.sqlite-wal").stat().st_size == 0


@pytest.mark.parametrize(("kept", "version"), [(v, v) for v in VERSIONS], indirect=["kept"])
def test_what_was_stored_reads_the_same_before_and_after_the_migration(kept: Path, version: int) -> None:
    wanted = known(kept)
    near = 'select "view", sample_id, survivor_id, reason from near_duplicates order by all'
    with Lake.open(settings(kept), read_only=True) as lake:
        assert migrations.applied_version(lake.connection) == version
        assert read(lake) == {name: wanted[name] for name in TABLES}
        assert [list(map(str, row)) for row in lake.rows(near)] == wanted.get("near", [])
        with lake.second_reader() as second:
            assert second.execute("select count(*), count(vector) from embeddings").fetchone() is not None
            assert second.execute("select count(cosine) from near_duplicate_pairs").fetchone() is not None
        last = lake.snapshot
    told: list[str] = []
    with Lake.open(settings(kept), announce=told.append) as lake:
        assert migrations.applied_version(lake.connection) == migrations.LATEST
        assert read(lake) == {name: wanted[name] for name in TABLES}
        assert [list(map(str, row)) for row in lake.rows(near)] == wanted.get("near", [])
        snapshots = [[row["snapshot_id"], row["message"]] for row in lake.snapshots().to_pylist()]
        assert snapshots[-len(wanted["snapshots"]) :] == wanted["snapshots"]
        assert sorted(
            row[0] for row in lake.rows("select table_name from duckdb_tables() where database_name='lake'")
        ) == (sorted(table.name for table in RELATIONS))
        columns = {(row[0], row[1]) for row in lake.rows("select table_name, column_name from duckdb_columns()")}
        assert {(table.name, column.name) for table in RELATIONS for column in table.columns} <= columns
    if version == migrations.LATEST:
        assert told == []
        return
    assert told == [migrations.described(version)]
    assert f"has schema version {version} and is brought to {migrations.LATEST}: " in told[0]
    with Lake.open(settings(kept), snapshot=last) as past:  # the older schema within the new lake
        assert migrations.applied_version(past.connection) == version
        assert read(past) == {name: wanted[name] for name in TABLES}
        assert past.rows("select count(*) from embeddings")[0][0] >= 0
        assert past.rows("select count(cosine) > 0 from near_duplicate_pairs") == [(version >= 4,)]
    with pytest.raises(UsageError, match="Snapshot 0 is from before the relations of the lake"):
        Lake.open(settings(kept), snapshot=0)


@pytest.mark.parametrize(("kept", "version"), [(v, v) for v in VERSIONS], indirect=["kept"])
def test_a_lake_made_by_the_migrations_alone_has_the_schema_of_its_time(
    kept: Path, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (
        "select table_name, column_name, data_type from duckdb_columns() where database_name = 'lake' "
        "and table_name in (select table_name from duckdb_tables() where database_name = 'lake') order by all"
    )
    monkeypatch.setattr(migrations, "LATEST", version)
    monkeypatch.setattr(Lake, "refresh_views", lambda *_: None)  # today's views are not those of that time
    with Lake.open(settings(tmp_path / "new"), create=True) as lake:
        made = [list(row) for row in lake.rows(columns)]
    axes = {("scored_axes", "str_length"), ("scored_axes", "compress_ratio")}  # columns that scoring adds
    assert made == [row for row in known(kept)["columns"] if (row[0], row[1]) not in axes]


@pytest.mark.parametrize("kept", [1], indirect=True)
def test_the_command_says_what_it_migrates_before_it_writes(kept: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--home", str(kept)]) == 0
    told = capfd.readouterr().err
    assert "schema version 1 and is brought to" in told
    assert "near-duplicates; embeddings; near-duplicates in meaning" in told
    assert main(["sql", "--write", "delete from rejects", "--home", str(kept)]) == 0
    assert "schema version" not in capfd.readouterr().err


@pytest.mark.parametrize("kept", [2], indirect=True)
def test_a_lake_of_a_newer_program_is_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "LATEST", 1)
    with pytest.raises(LakeError, match="schema version 2; this program knows up to 1"):
        Lake.open(settings(kept), read_only=True)


@pytest.mark.parametrize("kept", VERSIONS, indirect=True)
def test_sensors_and_checks_read_an_older_lake(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from dagster_project.audits import checks
    from dagster_project.resources import LakeResource
    from dagster_project.sync import Cursor, changes

    monkeypatch.setenv("ODA_HOME", str(kept))
    with dg.DagsterInstance.ephemeral() as instance, LakeResource().open(read_only=True) as lake:
        found = changes(LakeResource(), instance, Cursor())
        assert found is not None
        assert (found.datasets, found.slices) == (["forum", "quiz", "tales"], ["long"])
        for check in (check for group in checks().values() for check in group):
            rows = check.offending(lake, check.first.everything(lake))
            assert list(rows) == [audit.name for audit in check.audits]
