"""A commit whose answer nobody waited for, or that never came, may have happened: its files stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres_server import psql

from lake.catalog import Lake
from lake.errors import UncertainError
from lake.settings import Settings
from pipelines.curate import create_slice
from pipelines.ingest import ingest
from pipelines.score import score

ROWS = '{"instruction": "Say hi", "output": "hi"}\n{"instruction": "Add 1+1", "output": "2"}\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.jsonl"
    path.write_text(ROWS)
    return path


STEPS: dict[str, tuple[Callable[[Lake], Any], str]] = {
    "ingest": (lambda lake: None, "select count(instruction) from samples"),
    "score": (lambda lake: score(lake, axes=["str_length"]), "select count(value) from scores"),
    "slice": (
        lambda lake: create_slice(lake, "all", "select sample_id from samples"),
        "select count(weight) from slice_members",
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupt_right_after_the_commit_loses_nothing(
    lake: Lake, source: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    run, look = STEPS[step]
    if step == "ingest":
        run = lambda lake: ingest(lake, source, workers=1)  # noqa: E731
    else:
        ingest(lake, source, workers=1)
    whole = lake.transact

    def interrupted(*given: Any, **named: Any) -> Any:
        result = whole(*given, **named)
        if named["message"].split()[0] in ("ingest", "score", "create"):
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(lake, "transact", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(lake)
    assert lake.rows(look) == [(2,)]


HANG_UP = """
create function hang_up() returns trigger language plpgsql as $$
begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
create constraint trigger hang_up after insert on ducklake_snapshot deferrable initially deferred
for each row execute function hang_up()
"""


@pytest.mark.postgres
def test_a_server_that_hangs_up_in_the_commit_leaves_the_files(postgres: Settings, server: str, source: Path) -> None:
    name = str(postgres.catalog).rpartition("dbname=")[2]
    with Lake.open(postgres, create=True) as lake:
        ingest(lake, source, workers=1)
        psql(server, HANG_UP, database=name)
        with pytest.raises(UncertainError, match=r"did not answer whether it did: score tiny: str_length\."):
            score(lake, axes=["str_length"])
        psql(server, "drop function hang_up cascade", database=name)
        assert len(list(Path(postgres.files).glob("main/scores/dataset=tiny/*.parquet"))) == 1
        score(lake, axes=["str_length"])
        assert lake.rows("select count(*), count(str_length) from scored") == [(2, 2)]
