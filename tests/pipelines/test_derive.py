"""A stored derived relation takes one table, one declaration and one function; the engine does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scoring_lake import Pair, fill

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.migrations import create
from lake.tables import Column, Table
from pipelines.derive import KindPlan, derive, plan
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.engine import DerivationEngine
from pipelines.deriving.guard import StaleRead
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.telling.derived import of_derived

LETTERS = Table(
    "letters",
    "One row per sample and way to count letters.",
    (
        Column("sample_id", "BIGINT", "sample"),
        Column("dataset", "VARCHAR", "its dataset"),
        Column("way", "VARCHAR", "what is counted"),
        Column("edition", "VARCHAR", "version of the count"),
        Column("n", "BIGINT", "letters; NULL for no text"),
    ),
    partitioned_by=("dataset",),
)

calls: list[int] = []


def count(chunk: Chunk) -> Iterator[Derived]:
    for batch in chunk.batches(2):
        calls.append(batch.num_rows)
        lengths = pc.utf8_length(batch.column("response"))
        if "stop" in batch.column("response").to_pylist():
            raise KeyboardInterrupt
        yield Derived(batch.num_rows, [(0, pa.table({"sample_id": batch.column("sample_id"), "n": lengths}))])


COUNT = Producer(
    verb="count",
    stored=Stored(LETTERS, kind="way", version="edition", value="n"),
    wanted=(("all", "1"),),
    derive=count,
    reads=("response",),
    chunk_rows=3,
)

PAIRS: list[Pair] = [("q", "aa"), ("q", "bbb"), ("q", "aa"), ("q", None), ("q", "cccc"), ("q", "aa")]


@pytest.fixture
def counted(lake: Lake) -> Lake:
    lake.transact(lambda connection: create(connection, LETTERS), message="add letters")
    fill(lake, "one", PAIRS, number=1)
    calls.clear()
    return lake


def letters(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("select dataset, sample_id & 4294967295, n, edition from letters order by 1, 2")


def test_every_sample_gets_its_row_equal_content_is_derived_once(counted: Lake) -> None:
    report = derive(counted, COUNT)
    assert letters(counted) == [
        ("one", 0, 2, "1"),
        ("one", 1, 3, "1"),
        ("one", 2, 2, "1"),
        ("one", 3, None, "1"),
        ("one", 4, 4, "1"),
        ("one", 5, 2, "1"),
    ]
    assert (report.computed, sum(calls)) == (4, 4)
    (kind,) = report.kinds
    assert (kind.derived, kind.empty, kind.reused, kind.skipped) == (5, 1, 1, 0)  # row 5 is in another chunk than row 0
    told = of_derived(counted, report, kind)
    assert {name: told[name] for name in ("dagster/row_count", "derived", "reused", "version")} == {
        "dagster/row_count": 6,
        "derived": 5,
        "reused": 1,
        "version": "1",
    }


def test_rows_that_a_further_column_decides_are_shared_where_that_is_equal_too(counted: Lake) -> None:
    compared = replace(COUNT, by_content=False, identity=("reference_answer",), reads=("response", "reference_answer"))
    references = "case row_no when 2 then 'other' when 5 then 'same' when 0 then 'same' end"
    counted.transact(
        lambda connection: connection.execute(f"update samples set reference_answer = {references}"), message="refer"
    )
    assert plan(counted, compared) == [KindPlan("one", "all", "1", 6, 0, 1, 5)]
    report = derive(counted, compared)
    assert report.computed == sum(calls) == 5  # rows 0 and 5 are equal, row 2 has another reference
    assert [row[2] for row in letters(counted)] == [2, 3, 2, None, 4, 2]
    fill(counted, "two", [("q", "aa"), ("q", "aa"), ("q", "bbb")], number=2)
    counted.transact(
        lambda connection: connection.execute(
            "update samples set reference_answer = 'other' where row_no = 1 and dataset = 'two'"
        ),
        message="refer",
    )
    assert plan(counted, compared)[1] == KindPlan("two", "all", "1", 3, 0, 2, 1)
    assert derive(counted, compared).computed == 1  # "aa" without a reference is new
    assert [row[2] for row in letters(counted)][6:] == [2, 2, 3]


def test_a_second_run_does_nothing_and_another_dataset_copies(counted: Lake) -> None:
    derive(counted, COUNT)
    snapshot = counted.snapshot
    assert derive(counted, COUNT).computed == 0
    assert counted.snapshot == snapshot
    fill(counted, "two", [("q", "cccc"), ("q", "new")], number=2)
    assert plan(counted, COUNT) == [
        KindPlan("one", "all", "1", 6, 6, 0, 0),
        KindPlan("two", "all", "1", 2, 0, 1, 1),
    ]
    report = derive(counted, COUNT)
    assert [(kind.dataset, kind.derived, kind.reused, kind.skipped) for kind in report.kinds] == [
        ("one", 0, 0, 6),
        ("two", 1, 1, 0),
    ]
    assert letters(counted)[6:] == [("two", 0, 4, "1"), ("two", 1, 3, "1")]


def test_another_version_takes_the_place_of_the_first(counted: Lake) -> None:
    derive(counted, COUNT)
    derive(counted, replace(COUNT, wanted=(("all", "2"),)))
    assert [row[3] for row in letters(counted)] == ["2"] * 6


def test_an_interrupted_run_goes_on_where_the_last_commit_was(counted: Lake) -> None:
    fill(counted, "two", [("q", "dd"), ("q", "ee"), ("q", "ff"), ("q", "stop"), ("q", "gg")], number=2)
    with pytest.raises(KeyboardInterrupt):
        derive(counted, COUNT)
    assert [row[:2] for row in letters(counted)] == [("one", row) for row in range(5)] + [
        ("two", row) for row in range(3)
    ]
    counted.transact(lambda c: c.execute("delete from samples where response = 'stop'") and None, message="cure")
    calls.clear()
    derive(counted, COUNT)
    assert len(letters(counted)) == 10
    assert sum(calls) == 1


def test_rows_that_other_writers_make_meanwhile_are_not_made_twice(
    counted: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, overtaken = DerivationEngine._commit, []

    def commit(self: DerivationEngine, *given: object) -> object:
        if not overtaken:
            overtaken.append(True)
            with Lake.open(counted.settings) as other:
                derive(other, COUNT)
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(DerivationEngine, "_commit", commit)
    derive(counted, COUNT)
    assert len(letters(counted)) == 6


def test_a_writer_that_never_rests_is_named(counted: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(self: DerivationEngine, *given: object) -> None:
        raise StaleRead

    monkeypatch.setattr(DerivationEngine, "_commit", commit)
    monkeypatch.setattr("pipelines.deriving.guard.TRIES", 3)
    with pytest.raises(ConflictError, match="Other writers kept changing samples"):
        derive(counted, COUNT)
    assert letters(counted) == []


def test_a_producer_that_forgets_a_sample_is_a_defect_that_writes_nothing(counted: Lake) -> None:
    def forget(chunk: Chunk) -> Iterator[Derived]:
        for made in count(chunk):
            yield Derived(made.samples, [(position, rows.slice(1)) for position, rows in made.rows])

    with pytest.raises(ValueError, match="not every sample got a row"):
        derive(counted, replace(COUNT, derive=forget))
    assert letters(counted) == []


@pytest.mark.parametrize("kinds", [0, 61])
def test_a_mask_holds_as_many_kinds_as_it_has_bits(kinds: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 60 kinds of rows at once, not {kinds}"):
        replace(COUNT, wanted=tuple((f"way{number}", "1") for number in range(kinds)))


def test_connections_are_left_without_open_transactions(counted: Lake) -> None:
    derive(counted, COUNT)

    def work(connection: Connection) -> None:
        connection.execute("delete from letters where n is null")

    counted.transact(work, message="still works")
    assert len(letters(counted)) == 5
