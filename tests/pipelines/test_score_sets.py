"""Axes of whole datasets in the lake: what is pending, what is stored, and that order does not matter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scoring_lake import fill, scores

from lake.catalog import Connection, Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.curate import create_slice
from pipelines.ingest import ingest
from pipelines.score import plan, score

TEXTS = [(f"Question {n} of {n % 7}", f"Answer {n * n} and {n % 5}") for n in range(60)]
AXES = ["apjs", "aps", "cluster_inertia", "knn_distance", "log_det", "novelsum", "partition_entropy", "radius", "vendi"]


def vector(text: str) -> list[float]:
    return np.random.default_rng(list(text.encode())).standard_normal(8).astype(np.float32).tolist()


def embed_by_hand(
    lake: Lake, dataset: str, *, revision: str = "r", but: Sequence[int] = (), last: int | None = None
) -> None:
    """A vector made of each text, but none for the rows in `but`."""
    rows = lake.rows("select sample_id, instruction || response from samples where dataset = ? order by 1", [dataset])
    rows = rows[:last]
    table = pa.table(
        {
            "sample_id": [row[0] for row in rows],
            "vector": pa.array(
                [None if i in but else vector(f"{revision}{row[1]}") for i, row in enumerate(rows)],
                pa.list_(pa.float32()),
            ),
        }
    )

    def work(connection: Connection) -> None:
        connection.execute("delete from embeddings where dataset = ?", [dataset])
        connection.register("vectors_in", table)
        connection.execute(
            "insert into embeddings by name select *, ? as dataset, ? as model, ? as revision from vectors_in",
            [dataset, lake.settings.embedding_model, revision],
        )
        connection.unregister("vectors_in")

    lake.transact(work, message="embed by hand")


def stored(lake: Lake, column: str = "value") -> dict[str, Any]:
    return dict(lake.rows(f"select axis, {column} from dataset_scores where dataset = 'chat' order by axis"))


def computed(report: Any) -> list[str]:
    return sorted(measure.axis for measure in report.sets if measure.computed)


def test_every_axis_is_stored_with_what_it_came_from(lake: Lake) -> None:
    fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    embed_by_hand(lake, "chat", but=[3])
    report = score(lake)
    assert computed(report) == AXES
    found = lake.rows(
        "select axis, scorer_version, status, n, coverage, parameters, facts from dataset_scores order by axis"
    )
    assert [row[:4] for row in found] == [(axis, "1", "ok", 60 if axis == "apjs" else 59) for axis in AXES]
    assert {row[4] for row in found} == {1.0, 59 / 60}
    about = {row[0]: (json.loads(row[5]), json.loads(row[6])) for row in found}
    assert about["partition_entropy"][0] == {
        "clusters": 22,
        "seed": 42,
        "parity": False,
        "model": lake.settings.embedding_model,
        "revision": "r",
    }
    assert about["apjs"] == (
        {"n": 1, "unit": "words", "encoder": "o200k_base", "rows": 100_000, "parity": False},
        {"pairs": 1770, "exact": True},
    )
    assert len(about["partition_entropy"][1]["sizes"]) == 22


def test_values_of_samples_are_scores_and_their_mean_a_measure(lake: Lake) -> None:
    ids = fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    embed_by_hand(lake, "chat", but=[3])
    score(lake, axes=["knn_distance"])
    rows = scores(lake, "knn_distance")
    assert [row[0] for row in rows] == ids
    assert rows[3][3:] == (None, "not_applicable", f"the sample has no embedding of {lake.settings.embedding_model}")
    values = [row[3] for row in rows if row[3] is not None]
    assert len(values) == 59
    assert stored(lake)["knn_distance"] == pytest.approx(float(np.mean(values)), rel=1e-6)
    assert lake.rows("select count(knn_distance) from scored") == [(59,)]


def test_nothing_is_measured_twice_and_what_changed_is(lake: Lake) -> None:
    fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    embed_by_hand(lake, "chat")
    assert computed(score(lake, axes=AXES, derive_inputs=False)) == AXES
    before, snapshot = stored(lake), lake.snapshot
    again = score(lake, axes=AXES, derive_inputs=False)
    assert (computed(again), [m.axis for m in again.sets]) == ([], AXES)
    assert {p.axis: p.to_run for p in plan(lake, axes=AXES).axes} == dict.fromkeys(AXES, 0)
    assert lake.snapshot == snapshot
    embed_by_hand(lake, "chat", revision="s")
    assert computed(score(lake, axes=AXES, derive_inputs=False)) == [axis for axis in AXES if axis != "apjs"]
    assert all(stored(lake)[axis] != before[axis] for axis in AXES if axis not in ("apjs", "partition_entropy"))
    embed_by_hand(lake, "chat")
    score(lake, axes=AXES, derive_inputs=False)
    assert stored(lake) == before
    embed_by_hand(lake, "chat", last=59)
    assert computed(score(lake, axes=["radius", "apjs"], derive_inputs=False)) == ["radius"]


def test_the_order_of_a_dataset_does_not_matter_to_the_last_bit(lake: Lake) -> None:
    repeated = [*TEXTS, *TEXTS[:9]]
    order = np.random.default_rng(1).permutation(len(repeated))
    for number, rows in enumerate((repeated, [repeated[i] for i in order]), 1):
        fill(lake, f"set{number}", rows, number=number)  # type: ignore[arg-type]
        embed_by_hand(lake, f"set{number}")
    score(lake, axes=AXES, derive_inputs=False)
    values = lake.rows("select axis, count(distinct value), count(*) from dataset_scores group by axis order by axis")
    assert values == [(axis, 1, 2) for axis in AXES]


def test_without_embeddings_axes_are_left_out_unless_named(lake: Lake) -> None:
    fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    assert computed(score(lake)) == ["apjs"]
    assert scores(lake, "knn_distance") == []
    score(lake, axes=["vendi", "knn_distance"], derive_inputs=False)
    reason = f"no sample has an embedding of {lake.settings.embedding_model}; run: oda embed chat"
    found = lake.rows(
        "select axis, value, status, n, coverage, detail from dataset_scores where axis <> 'apjs' order by 1"
    )
    assert found == [(axis, None, "not_applicable", 0, 0.0, reason) for axis in ("knn_distance", "vendi")]
    assert {row[3:] for row in scores(lake, "knn_distance")} == {(None, "not_applicable", reason)}
    embed_by_hand(lake, "chat")
    assert computed(score(lake, axes=["vendi", "knn_distance"])) == ["knn_distance", "vendi"]
    assert {row[4] for row in scores(lake, "knn_distance")} == {"ok"}


def test_an_empty_dataset_and_one_of_one_sample_say_why_there_is_no_value(lake: Lake) -> None:
    lake.transact(
        lambda c: (
            c.execute("insert into datasets (dataset, dataset_no, kind, rows) values ('void', 1, 'train', 0)") and None
        ),
        message="an empty dataset",
    )
    fill(lake, "one", [("a", "b")], number=2)
    embed_by_hand(lake, "one")
    score(lake, axes=[*AXES, "facility_location"])
    found = lake.rows("select dataset, axis, value, status, detail from dataset_scores order by dataset, axis")
    assert all(row[3] == "ok" or (row[2] is None and row[4]) for row in found)
    assert {row[3:] for row in found if row[0] == "void"} == {("not_applicable", "the dataset has no samples")}
    valued = [row[1] for row in found if row[0] == "one" and row[3] == "ok"]
    assert valued == ["cluster_inertia", "log_det", "partition_entropy", "vendi"]


def test_a_slice_is_compared_with_its_dataset(lake: Lake) -> None:
    fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    embed_by_hand(lake, "chat")
    create_slice(lake, "few", "select sample_id from samples where row_no < 5")
    few = {"facility_location": {"subset": "few"}}
    found = score(lake, axes=["facility_location"], options=few).sets[0]
    rows = np.array([r[0] for r in lake.rows("select vector from embeddings order by sample_id")])
    by_hand = np.linalg.norm(rows[:, None] - rows[None, :5], axis=2).min(axis=1).sum()
    assert (found.value, found.scorer_version) == (pytest.approx(by_hand, rel=1e-6), "1+subset=few")
    assert computed(score(lake, axes=["facility_location"], options=few)) == []
    create_slice(lake, "few", "select sample_id from samples where row_no < 6", replace=True)
    assert computed(score(lake, axes=["facility_location"], options=few)) == ["facility_location"]
    with pytest.raises(UnknownNameError, match="Unknown slice 'fwe'"):
        score(lake, axes=["facility_location"], options={"facility_location": {"subset": "fwe"}})


def test_options_change_numbers_and_the_version(lake: Lake) -> None:
    fill(lake, "chat", TEXTS)  # type: ignore[arg-type]
    embed_by_hand(lake, "chat")
    found = score(lake, axes=["knn_distance"], options={"knn_distance": {"k": "3", "metric": "euclidean"}}).sets[0]
    assert found.scorer_version == "1+k=3+metric=euclidean"
    with pytest.raises(UnknownNameError, match="option of knn_distance"):
        score(lake, axes=["knn_distance"], options={"knn_distance": {"kk": 3}})
    with pytest.raises(UsageError, match="Option knn_distance.k: 'three' is not a whole number"):
        score(lake, axes=["knn_distance"], options={"knn_distance": {"k": "three"}})


def test_replacing_a_dataset_keeps_embeddings_but_no_value_that_depends_on_other_rows(
    lake: Lake, tmp_path: Path
) -> None:
    path = tmp_path / "chat.jsonl"
    rows = [{"question": question, "answer": answer} for question, answer in TEXTS]
    path.write_text("\n".join(map(json.dumps, rows)))
    ingest(lake, path)
    embed_by_hand(lake, "chat")
    score(lake, axes=["knn_distance", "vendi", "str_length"])
    path.write_text("\n".join(map(json.dumps, [*rows[10:], {"question": "new", "answer": "row"}])))
    ingest(lake, path)
    assert lake.rows("select count(*), count(distinct sample_id) from embeddings") == [(50, 50)]
    kept = "select count(*) from embeddings join samples using (sample_id) where vector = ?"
    assert lake.rows(kept, [vector("r" + "".join(TEXTS[10]))]) == [(1,)]
    assert lake.rows("select axis, count(*) from scores group by axis") == [("str_length", 50)]
    assert stored(lake) == {}
    assert computed(score(lake, axes=["vendi"], derive_inputs=False)) == ["vendi"]
