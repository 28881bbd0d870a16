"""A PostgreSQL catalogue works by settings alone: a real server is started for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import side_by_side

from lake.catalog import Lake
from lake.errors import LakeError
from lake.settings import Settings
from pipelines.ingest import ingest

pytestmark = pytest.mark.postgres


def test_the_main_job_runs_on_postgres(postgres: Settings, tmp_path: Path):
    source = tmp_path / "tiny.jsonl"
    source.write_text('{"instruction": "Say hi", "output": "hi"}\n{"instruction": "Add 1+1", "output": "2"}\n{bad\n')
    with pytest.raises(LakeError, match="no lake yet"):
        Lake.open(postgres)
    with Lake.open(postgres, create=True) as lake:
        report = ingest(lake, source)
        assert (report.samples, report.rejected) == (2, 1)
        then = lake.snapshot
        source.write_text('{"instruction": "Say hi", "output": "hi"}\n')
        assert ingest(lake, source).status == "replaced"
        assert lake.rows("select instruction from samples") == [("Say hi",)]
        assert lake.rows("select count(*) from scored") == [(1,)]
    with Lake.open(postgres, snapshot=then) as past:
        assert past.rows("select count(*) from samples") == [(2,)]
    with Lake.open(postgres) as lake:
        assert lake.compact(expire_older_than="0 seconds")["snapshots_expired"] > 0
        assert lake.rows("select instruction from samples") == [("Say hi",)]


def _write(settings: Settings, writer: int) -> None:
    with Lake.open(settings) as lake:
        for number in range(6):
            lake.transact(
                lambda c: c.execute(
                    "insert into slices (slice, rows) values (?, ?)",
                    [f"{writer}-{number}", lake.next_number(c, "shared")],  # noqa: B023 - runs at once
                ) and None,
                message="write",
            )  # fmt: skip


def test_four_writers_at_once_lose_nothing(postgres: Settings):
    with Lake.open(postgres, create=True) as lake:
        lake.transact(lambda c: lake.next_number(c, "shared"), message="begin the counter")
    assert side_by_side(_write, [(postgres, writer) for writer in range(4)]) == [0, 0, 0, 0]
    with Lake.open(postgres) as lake:
        assert sorted(row[0] for row in lake.rows("select rows from slices")) == list(range(2, 26))


def test_a_server_that_is_not_there_is_named(tmp_path: Path):
    settings = Settings.load(home=tmp_path, catalog=f"postgres:host={tmp_path} port=1 dbname=none", threads=1)
    with pytest.raises(LakeError, match="Cannot attach the lake postgres:") as caught:
        Lake.open(settings, create=True)
    assert "ODA_CATALOG" in caught.value.hint
