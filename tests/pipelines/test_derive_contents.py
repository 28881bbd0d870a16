"""A relation of contents takes one table, one declaration and one function: resume, reuse, plan, progress, outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pyarrow as pa
import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.migrations import create
from lake.tables import Column, Table
from pipelines.derive import KindPlan, derive, derive_all, plan
from pipelines.deriving import chunk as chunks
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.engine import DerivationEngine
from pipelines.deriving.runtime import Runtime
from pipelines.deriving.stored import Derived, Producer, Stored

LOSSES = Table(
    "losses",
    "One row per content and model.",
    (
        Column("content_id", "UUID", "content"),
        Column("model", "VARCHAR", "model"),
        Column("revision", "VARCHAR", "its revision"),
        Column("loss", "DOUBLE", "length of the answer; NULL unless status is ok"),
        Column("status", "VARCHAR", "ok, too_long or failed"),
        Column("detail", "VARCHAR", "why there is no value"),
    ),
    partitioned_by=("model",),
    keys=(("content_id", "model"),),
)

read: list[list[str | None]] = []
"""The texts of every batch that the model was given."""

opened: list[str] = []
broken: set[str] = set()


@contextmanager
def model(name: str) -> Iterator[str]:
    opened.append(f"open {name}")
    try:
        yield name
    finally:
        opened.append(f"close {name}")


def measure(chunk: Chunk) -> Iterator[Derived]:
    assert f"open {chunk.runtime}" in opened
    for batch in chunk.longest_first(2):
        texts = batch.column("response").to_pylist()
        if "stop" in texts:
            raise KeyboardInterrupt
        read.append(texts)
        said = [_outcome(text) for text in texts]
        losses, statuses, details = (pa.array(column) for column in zip(*said, strict=True))
        columns = {"sample_id": batch.column("sample_id"), "loss": losses.cast(pa.float64())}
        yield Derived(len(batch), [(0, pa.table({**columns, "status": statuses, "detail": details}))])


def _outcome(text: str | None) -> tuple[float | None, str, str | None]:
    if text in broken:
        return None, "failed", "out of memory"
    return (float(len(text)), "ok", None) if text else (None, "too_long", "nothing fits")


LOSS = Producer(
    verb="measure",
    stored=Stored(LOSSES, kind="model", version="revision", value="loss", outcome="status", reason="detail"),
    wanted=(("tiny", "r1"),),
    derive=measure,
    chunk_rows=3,
    runtime=Runtime("tiny", lambda: model("tiny")),
)


@pytest.fixture
def lost(lake: Lake) -> Lake:
    lake.transact(lambda connection: create(connection, LOSSES), message="add losses")
    fill(lake, "one", [("q", "aa"), ("q", "bbb"), ("q", "aa"), ("q", None), ("q", "cccc")], number=1)
    fill(lake, "two", [("q", "cccc"), ("q", "dd"), ("q", "aa")], number=2)
    for seen in (read, opened, broken):
        seen.clear()
    return lake


def losses(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "select any_value(response) as response, loss, status, detail, revision from losses "
        "join samples using (content_id) group by content_id, loss, status, detail, revision order by response nulls first"
    )


def test_equal_content_is_derived_once_over_all_datasets_longest_first(lost: Lake) -> None:
    report = derive(lost, LOSS)
    assert losses(lost) == [
        (None, None, "too_long", "nothing fits", "r1"),
        ("aa", 2.0, "ok", None, "r1"),
        ("bbb", 3.0, "ok", None, "r1"),
        ("cccc", 4.0, "ok", None, "r1"),
        ("dd", 2.0, "ok", None, "r1"),
    ]
    assert lost.rows("select count(*), count(distinct content_id) from losses") == [(5, 5)]
    assert read == [["bbb", "aa"], [None], ["cccc", "dd"]]  # two chunks of at most three contents
    assert opened == ["open tiny", "close tiny"]
    assert report.computed == 5
    assert [(k.dataset, k.samples, k.derived, k.empty, k.reused, k.skipped, k.outcomes) for k in report.kinds] == [
        ("one", 5, 4, 1, 1, 0, {"ok": 3, "too_long": 1}),
        ("two", 3, 1, 0, 2, 0, {"ok": 1}),
    ]
    assert {path.parent.name for path in lost.settings.home.rglob("*losses*/*/*.parquet")} == {"model=tiny"}


def test_rows_belong_to_contents_and_outlive_datasets(lost: Lake) -> None:
    derive(lost, LOSS, datasets=["one"])
    assert plan(lost, LOSS) == [
        KindPlan("one", "tiny", "r1", 5, 5, 0, 0),
        KindPlan("two", "tiny", "r1", 3, 2, 0, 1),
    ]
    read.clear()
    derive(lost, LOSS)
    assert read == [["dd"]]
    lost.transact(lambda c: c.execute("delete from samples where dataset = 'one'") and None, message="drop")
    snapshot, opens = lost.snapshot, len(opened)
    fill(lost, "three", [("q", "bbb"), ("q", "aa")], number=3)
    assert derive(lost, LOSS).computed == 0
    assert (lost.snapshot, len(opened)) == (snapshot + 1, opens)  # nothing to do: no commit, no model


def test_a_killed_run_goes_on_and_the_model_is_closed(lost: Lake) -> None:
    fill(lost, "last", [("q", "stop")], number=3)
    with pytest.raises(KeyboardInterrupt):
        derive(lost, LOSS)
    assert opened == ["open tiny", "close tiny"]
    assert lost.rows("select count(*) from losses") == [(3,)]
    read.clear()
    lost.transact(lambda c: c.execute("delete from samples where response = 'stop'") and None, message="cure")
    derive(lost, LOSS)
    assert read == [["cccc", "dd"]]


def test_failed_rows_are_tried_again_on_request_or_in_every_run(lost: Lake) -> None:
    broken.add("dd")
    derive(lost, LOSS)
    read.clear()
    assert derive(lost, LOSS).computed == 0
    assert plan(lost, LOSS, retry_failed=True)[1] == KindPlan("two", "tiny", "r1", 3, 2, 0, 1)
    again = derive(lost, replace(LOSS, retry_failed=True))
    assert (read, again.kinds[1].outcomes) == ([["dd"]], {"failed": 1})
    broken.clear()
    derive(lost, LOSS, retry_failed=True)
    assert lost.rows("select loss, status from losses where loss is null or loss = 2") == [
        (2.0, "ok"),
        (None, "too_long"),
        (2.0, "ok"),
    ]


def test_another_revision_takes_the_place_of_the_first(lost: Lake) -> None:
    derive(lost, LOSS)
    derive(lost, replace(LOSS, wanted=(("tiny", "r2"),)))
    assert [row[-1] for row in losses(lost)] == ["r2"] * 5
    assert lost.rows("select count(*) from losses") == [(5,)]


def test_what_another_writer_makes_meanwhile_is_not_made_twice_and_the_rest_is_kept(
    lost: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, overtaken = DerivationEngine._commit, []

    def commit(self: DerivationEngine, *given: object) -> object:
        if not overtaken:
            overtaken.append(True)
            with Lake.open(lost.settings) as other:
                derive(other, LOSS, datasets=["two"])
            read.clear()
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(DerivationEngine, "_commit", commit)
    derive(lost, LOSS)
    assert read == []  # of the first chunk nothing was made again, and the second had been made
    assert lost.rows("select count(*), count(distinct content_id) from losses") == [(5, 5)]


def test_producers_of_one_runtime_follow_each_other(lost: Lake) -> None:
    def of(kind: str, runtime: str) -> Producer:
        return replace(LOSS, wanted=((kind, "r1"),), runtime=Runtime(runtime, lambda: model(runtime)))

    reports = derive_all(lost, [(of("a", "big"), None), (of("b", "small"), ["one"]), (of("c", "big"), None)])
    assert [report.kinds[0].kind for report in reports] == ["a", "b", "c"]
    assert opened == ["open big", "close big", "open small", "close small"]


def test_texts_that_do_not_fit_in_memory_at_once_come_in_loads(lost: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "LOADED_BYTES", 6)
    derive(lost, replace(LOSS, chunk_rows=100, reads=("response", "messages")))
    assert [text for batch in read for text in batch] == ["cccc", "bbb", "aa", "dd", None]
    assert len(losses(lost)) == 5


def test_a_row_with_neither_value_nor_reason_is_a_defect_that_writes_nothing(lost: Lake) -> None:
    def silent(chunk: Chunk) -> Iterator[Derived]:
        for batch in chunk.batches(10):
            columns = {"loss": pa.nulls(len(batch), pa.float64()), "status": pa.array(["ok"] * len(batch))}
            yield Derived(len(batch), [(0, pa.table({"sample_id": batch.column("sample_id"), **columns}))])

    with pytest.raises(ValueError, match="a row of losses has neither a value nor an outcome that says why"):
        derive(lost, replace(LOSS, derive=silent))
    assert losses(lost) == []


def test_what_content_does_not_decide_is_not_read() -> None:
    with pytest.raises(ValueError, match="losses is kept by content, which does not decide .*: reference_answer"):
        replace(LOSS, reads=("response", "reference_answer"))
    with pytest.raises(ValueError, match="reads samples only"):
        replace(LOSS, axes_read=("mtld",))


def test_ids_are_written_in_order(lost: Lake) -> None:
    derive(lost, replace(LOSS, chunk_rows=100))
    (path,) = lost.settings.home.rglob("losses/*/*.parquet")
    ids = [row[0] for row in lost.rows(f"select content_id from read_parquet('{path}')")]
    assert ids == sorted(ids, key=lambda id_: UUID(str(id_)).bytes)
