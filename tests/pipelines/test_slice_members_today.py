"""Members of a slice are found by content: whatever their datasets became, never another sample in their place."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dagster_project.audits import audits
from lake.catalog import Connection, Lake
from lake.errors import LakeError, UsageError
from lake.settings import Settings
from lake.tables import TABLES
from pipelines.curate import create_slice, verify_slice
from pipelines.export import export
from pipelines.ingest import drop_dataset, ingest
from pipelines.score import score
from pipelines.slicing.held_items import ALLOW

BASE = 2**32


def put(lake: Lake, folder: Path, texts: list[str], name: str = "facts", kind: str = "train") -> None:
    """Ingest one file of questions with these answers, as often as called."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps({"question": f"What is {t}?", "answer": t}) + "\n" for t in texts))
    ingest(lake, path)
    if kind != "train":
        lake.transact(lambda c: c.execute("update datasets set kind = ? where dataset = ?", [kind, name]), message="k")


def embed(lake: Lake, name: str = "facts") -> None:
    """The vector of an answer is its number."""
    rows = lake.rows("select sample_id, response from samples where dataset = ?", [name])
    vectors = pa.array([[float(text)] for _, text in rows], pa.list_(pa.float32()))
    table = pa.table({"sample_id": [row[0] for row in rows], "vector": vectors})

    def work(connection: Connection) -> None:
        connection.execute("delete from embeddings where dataset = ?", [name])
        connection.register("vectors_in", table)
        connection.execute(
            "insert into embeddings by name select *, ? as dataset, ? as model, 'r' as revision from vectors_in",
            [name, lake.settings.embedding_model],
        )
        connection.unregister("vectors_in")

    lake.transact(work, message="embed by hand")


def today(lake: Lake, name: str = "few") -> list[tuple[int, int, str]]:
    """Row of each member then and today, and the text of today."""
    return [
        (then - BASE, now % BASE, text)
        for then, now, text in lake.rows(
            "select member_id, sample_id, response from slice_samples join samples using (sample_id) "
            "where slice = ? order by member_id",
            [name],
        )
    ]


def covered(lake: Lake) -> tuple[float | None, str, str | None]:
    few = {"facility_location": {"subset": "few"}}
    found = score(lake, datasets=["facts"], axes=["facility_location"], options=few).sets
    return found[0].value, found[0].status, found[0].detail


def exported(lake: Lake, out: Path, **options: Any) -> list[str]:
    export(lake, "few", to="jsonl", out=out, **options)
    return [json.loads(line)["response"] for line in (out / "data.jsonl").read_text().splitlines()]


def offending(lake: Lake, audit: str) -> list[dict[str, Any]]:
    (found,) = [one for group in audits().values() for one in group if one.relation.name == audit]
    return found.offending(lake, ["few"]).to_pylist()


@pytest.mark.parametrize(
    ("grown", "now", "moved"),
    [
        (["50", "1", "2", "3", "9"], [(0, 1, "1"), (3, 4, "9")], ((BASE, BASE + 1), (BASE + 3, BASE + 4))),
        (["1", "2", "50", "3", "9"], [(0, 0, "1"), (3, 4, "9")], ((BASE + 3, BASE + 4),)),
        (["1", "2", "3", "9", "50"], [(0, 0, "1"), (3, 3, "9")], ()),
    ],
    ids=["front", "middle", "end"],
)
def test_a_source_that_grows(lake: Lake, tmp_path: Path, grown: list[str], now: Any, moved: Any) -> None:
    grown_distance = 1 + 2 + 41  # 2 is 1 from 1, 3 is 2 from 1, 50 is 41 from 9; the members themselves are 0 away
    put(lake, tmp_path, ["1", "2", "3", "9"])
    put(lake, tmp_path, ["9"], "exam", "benchmark")
    embed(lake)
    query = "select sample_id from samples where response in ('1', '9') and dataset = 'facts'"
    create_slice(lake, "few", query, benchmarks=ALLOW)
    assert covered(lake) == (3.0, "ok", None)
    put(lake, tmp_path, grown)
    embed(lake)
    assert today(lake) == now
    assert covered(lake) == (grown_distance, "ok", None)
    check = verify_slice(lake, "few")
    assert (check.identical, check.intact, check.today.members, check.today.lost) == (True, True, 2, 0)
    assert (check.today.moved, check.today.moved_examples) == (len(moved), moved)
    assert exported(lake, tmp_path / "then", benchmarks=ALLOW) == ["1", "9"]
    assert exported(lake, tmp_path / "now", at=lake.snapshot, benchmarks=ALLOW) == ["1", "9"]
    assert offending(lake, "slice_members_without_sample") == []
    (leak,) = offending(lake, "benchmark_leaks")
    assert (leak["sample_id"] % BASE, leak["instruction"]) == (now[1][1], "What is 9?")


def test_a_dataset_replaced_by_other_content_loses_members_and_says_so(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2", "3", "9"])
    embed(lake)
    create_slice(lake, "few", "select sample_id from samples where response in ('1', '9')")
    put(lake, tmp_path, ["50", "1", "60", "70"])
    embed(lake)
    assert today(lake) == [(0, 1, "1")]
    reason = "1 of 2 members of slice few are no longer in the lake"
    assert covered(lake) == (None, "not_applicable", reason)
    found = verify_slice(lake, "few").today
    assert (found.moved, found.lost, found.unknown, found.lost_examples) == (1, 1, 0, (BASE + 3,))
    assert found.sentences() == [
        f"1 of 2 members have another sample_id today: {BASE} is now {BASE + 1}.",
        f"1 of 2 members are no longer in the lake: {BASE + 3}.",
    ]
    assert [row["sample_id"] for row in offending(lake, "slice_members_without_sample")] == [BASE + 3]
    assert exported(lake, tmp_path / "then") == ["1", "9"]
    with pytest.raises(UsageError, match=rf"1 of 2 members of slice 'few' at .* are not in the lake: {BASE + 3}\."):
        exported(lake, tmp_path / "now", at=lake.snapshot)
    left = "select sample_id, weight, reason from slice_samples where slice = 'few'"
    create_slice(lake, "left", left)
    assert today(lake, "left") == [(1, 1, "1")]


def test_a_dropped_dataset_and_one_of_its_name_that_comes_later(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2"])
    put(lake, tmp_path, ["1", "2"], "twin")
    create_slice(lake, "few", "select sample_id from samples where dataset = 'facts'")
    drop_dataset(lake, "facts")
    assert today(lake) == []  # equal content of another dataset is another sample
    assert verify_slice(lake, "few").today.lost == 2
    put(lake, tmp_path, ["3", "2", "1"])
    assert [(then, text) for then, _, text in today(lake)] == [(0, "1"), (1, "2")]
    assert verify_slice(lake, "few").today.moved == 2
    assert exported(lake, tmp_path / "now", at=lake.snapshot) == ["2", "1"]


def test_each_copy_of_equal_content_stands_for_one_member(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2", "1", "1"])
    create_slice(lake, "few", "select sample_id from samples where row_no in (2, 3)")
    put(lake, tmp_path, ["5", "1", "2", "1"])
    # Row 3 holds the same text as before; the other member takes the copy that is none yet.
    assert today(lake) == [(2, 1, "1"), (3, 3, "1")]
    put(lake, tmp_path, ["5", "6", "1"])
    assert today(lake) == [(2, 2, "1")]
    assert verify_slice(lake, "few").today.lost_examples == (BASE + 3,)


def test_members_that_are_not_embedded_give_no_measure(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2"])
    put(lake, tmp_path, ["7", "8"], "other")
    embed(lake)
    create_slice(lake, "few", "select sample_id from samples where response in ('1', '8')")
    model = lake.settings.embedding_model
    reason = f"1 of 2 members of slice few have no embedding of {model}; run: oda embed other"
    assert covered(lake) == (None, "not_applicable", reason)
    embed(lake, "other")
    assert covered(lake) == (1.0, "ok", None)


def test_a_slice_of_an_expired_snapshot_stays_of_use(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2", "3"])
    create_slice(lake, "few", "select sample_id from samples where row_no < 2")
    put(lake, tmp_path, ["9", "1", "2", "3"])
    time.sleep(0.05)
    lake.compact(expire_older_than="10 milliseconds")
    now = f"All of its members are still in the lake: export it as it is now with --at {lake.snapshot}."
    with pytest.raises(UsageError, match="which has expired") as caught:
        verify_slice(lake, "few")
    assert caught.value.hint == now
    assert exported(lake, tmp_path / "now", at=lake.snapshot) == ["1", "2"]
    put(lake, tmp_path, ["8", "9", "1", "3"])
    with pytest.raises(UsageError, match="which has expired") as caught:
        exported(lake, tmp_path / "gone")
    assert caught.value.hint.startswith("1 of its 2 members are still in the lake. Make a slice of those: ")


def test_a_changed_content_of_a_member_is_noticed(lake: Lake, tmp_path: Path) -> None:
    put(lake, tmp_path, ["1", "2"])
    create_slice(lake, "few", "select sample_id from samples")
    lake.transact(lambda c: c.execute("update slice_members set content_id = uuid()"), message="tamper")
    check = verify_slice(lake, "few")
    assert (check.identical, check.intact) == (True, False)


def test_an_older_lake_learns_its_members_where_their_snapshot_is_left(settings: Settings, tmp_path: Path) -> None:
    with Lake.open(settings, create=True) as lake:
        put(lake, tmp_path, ["1", "2", "3"])
        create_slice(lake, "few", "select sample_id from samples where row_no > 0")
        create_slice(lake, "old", "select sample_id from samples where row_no > 0")
        put(lake, tmp_path, ["9", "1", "2", "3"])

        def to_version_4(connection: Connection) -> None:
            connection.execute("drop view slice_samples")
            for table in TABLES:
                later = [column.name for column in table.columns if column.since > 4]
                if table.since > 4:
                    connection.execute(f"drop table {table.name}")
                    later = []
                for name in later:
                    connection.execute(f"alter table {table.name} drop column {name}")
            connection.execute("delete from schema_migrations where version > 4")
            connection.execute("update slices set snapshot = 1000000 where slice = 'old'")

        lake.transact(to_version_4, message="as it was")
    with (
        Lake.open(settings, read_only=True) as reader,
        pytest.raises(LakeError, match="This lake has schema version 4; what slices hold"),
    ):
        verify_slice(reader, "few")
    with Lake.open(settings) as lake:
        assert today(lake) == [(1, 2, "2"), (2, 3, "3")]
        assert verify_slice(lake, "few").today.moved == 2
        assert today(lake, "old") == []
        with pytest.raises(UsageError, match="which has expired") as caught:
            verify_slice(lake, "old")
        assert caught.value.hint.startswith("0 of its 2 members are still in the lake.")
