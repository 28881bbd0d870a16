"""Hosts that share a PostgreSQL catalogue do the same work at the same time: nothing is there twice, nothing is lost."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from programs import Programs
from scoring_lake import fill

from lake import keys
from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.settings import Settings
from pipelines.curate import create_slice
from pipelines.deriving.commits import PendingCheck
from pipelines.embed import embed
from pipelines.ingest import ingest
from pipelines.score import score

pytestmark = pytest.mark.postgres

AXES = ["str_length", "think_or_not"]
ROUNDS = 4
ROWS = 12
PATIENCE = 300


def hosts(postgres: Settings, tmp_path: Path) -> list[Settings]:
    """Two homes on one catalogue and one data path."""
    shared = {"catalog": postgres.catalog, "data_path": str(tmp_path / "files"), "threads": 1}
    return [Settings.load(home=tmp_path / name, **shared) for name in ("one", "two")]


def at_once(*works: Callable[[], object]) -> None:
    """Run these side by side in threads, beginning together; raises what any of them raised."""
    start = threading.Barrier(len(works))
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(60)
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if raised:
        raise raised[0]


def test_two_hosts_that_score_one_dataset_score_it_once(
    postgres: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one, two = hosts(postgres, tmp_path)
    meeting, whole = threading.Barrier(2), PendingCheck.clear

    def checked(check: PendingCheck, connection: Connection) -> None:
        whole(check, connection)
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait(2.0)  # writers that do not queue meet here, and both find their samples without a score

    def elsewhere() -> None:
        with Lake.open(two) as second:
            score(second, axes=AXES)

    with Lake.open(one, create=True) as first:
        fill(first, "set", [(f"Ask {n}", f"say {n}") for n in range(40)])
        monkeypatch.setattr(PendingCheck, "clear", checked)
        at_once(lambda: score(first, axes=AXES), elsewhere)
        assert keys.repeated(first.connection) == []
        assert first.rows("select axis, count(*) from scores group by all order by all") == [(a, 40) for a in AXES]
        assert first.rows("select count(*), count(str_length) from scored") == [(40, 40)]


def write_source(path: Path, version: int) -> None:
    """The source of a dataset: half of its rows are those of every version."""
    rows = [
        {"instruction": f"Ask {n}", "output": f"say {n}" if n % 2 else f"say {path.stem} {n} in {version}"}
        for n in range(ROWS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def host(settings: Settings, folder: Path, number: int, barrier: Barrier) -> None:
    """A program that works on the same sets as three others, round after round, each in an order of its own."""
    with Lake.open(settings) as lake:
        steps: list[Callable[[int], object]] = [
            lambda turn: ingest(lake, folder / "a.jsonl", workers=1),
            lambda turn: ingest(lake, folder / "b.jsonl", workers=1),
            lambda turn: ingest(lake, folder / "a.jsonl", name=f"new{turn}", workers=1),
            lambda turn: score(lake, datasets=["a", "b"], axes=AXES),
            lambda turn: create_slice(lake, "some", "select sample_id from samples where row_no < 3", replace=True),
        ]
        if number % 2:  # one program of each home has the model in memory
            steps.append(lambda turn: embed(lake, datasets=["a", "b"]))
        for turn in range(ROUNDS):
            barrier.wait(PATIENCE)
            for step in steps[number:] + steps[:number]:
                # Another program was first: said clearly, and nothing was changed.
                try:
                    step(turn)
                except ConflictError:
                    continue
            barrier.wait(PATIENCE)
            barrier.wait(PATIENCE)  # the tables are looked at


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_four_programs_of_two_homes_do_the_same_for_many_rounds(postgres: Settings, tmp_path: Path):
    homes = hosts(postgres, tmp_path)
    barrier = multiprocessing.get_context("spawn").Barrier(5)
    names = ("a", "b")
    with Lake.open(homes[0], create=True) as lake:
        for name in names:
            write_source(tmp_path / f"{name}.jsonl", -1)
            ingest(lake, tmp_path / f"{name}.jsonl", workers=1)
        arguments = [(homes[number // 2], tmp_path, number, barrier) for number in range(4)]
        programs = Programs(host, arguments, load=("sentence_transformers", "pipelines.embedding.model"))
        for turn in range(ROUNDS):
            for name in names:
                write_source(tmp_path / f"{name}.jsonl", turn)
            barrier.wait(PATIENCE)
            barrier.wait(PATIENCE)
            assert keys.repeated(lake.connection) == [], f"round {turn}"
            assert lake.rows("select dataset, rows from datasets order by dataset_no limit 2") == [("a", 12), ("b", 12)]
            assert lake.rows("select dataset from samples group by dataset having count(*) <> 12") == []
            assert lake.rows("from scores anti join samples using (sample_id)") == []
            assert lake.rows("from embeddings anti join samples using (sample_id)") == []
            assert lake.rows(f"select count(*) from datasets where dataset = 'new{turn}'") == [(1,)]
            assert lake.rows("select rows, (select count(*) from slice_members) = rows from slices")[0][1] is True
            barrier.wait(PATIENCE)
        assert programs.exit_codes(PATIENCE) == [0, 0, 0, 0]
        score(lake, datasets=names, axes=AXES)
        embed(lake, datasets=names)
        assert keys.repeated(lake.connection) == []
        assert lake.rows("select axis, count(*), count(value) from scores group by axis order by axis") == [
            (axis, 2 * ROWS, 2 * ROWS) for axis in AXES
        ]
        assert lake.rows("select count(*), count(vector) from embeddings") == [(2 * ROWS, 2 * ROWS)]
        assert lake.rows("select count(*), count(str_length) from scored where dataset in ('a', 'b')") == [(24, 24)]
        assert lake.rows("select count(*), min(rows), max(rows) from datasets") == [(ROUNDS + 2, ROWS, ROWS)]
