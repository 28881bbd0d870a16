"""Vectors without direction count as not embedded in every axis; results stay in the range their axis declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scoring_lake import fill, scores

from lake.catalog import Connection, Lake
from lake.settings import Settings
from pipelines.curate import create_slice
from pipelines.dedup import dedup_by_embedding
from pipelines.score import score
from scorers.batch import Column
from scorers.catalogue import catalogue
from scorers.collection import Collection, DatasetScore
from scorers.sets.directions import NO_DIRECTION, directed, keep_directed
from scorers.spec import EMBEDDINGS, Scorer

OF_EMBEDDINGS = {
    axis.name: entry.scorer
    for entry in catalogue().entries()
    if entry.scorer.of_sets and entry.scorer.stored == (EMBEDDINGS,)
    for axis in entry.scorer.axes
}
GOOD = np.random.default_rng(5).standard_normal((40, 6)).astype(np.float32)
BAD = np.array(
    [
        [0] * 6,
        [-0.0] * 6,
        [1e-13, 0, 0, 0, 0, 0],
        [1e-45] * 6,  # the least float32
        [np.nan, 1, 1, 1, 1, 1],
        [np.inf, 1, 1, 1, 1, 1],
        [-np.inf] * 6,
        [1e13, 0, 0, 0, 0, 0],
        [3e38] * 6,
    ],
    np.float32,
)


def embed(lake: Lake, dataset: str, vectors: Any) -> None:
    ids = [row[0] for row in lake.rows("select sample_id from samples where dataset = ? order by 1", [dataset])]
    table = pa.table({"sample_id": ids, "vector": pa.array(list(vectors), pa.list_(pa.float32()))})

    def work(connection: Connection) -> None:
        connection.register("vectors_in", table)
        connection.execute(
            "insert into embeddings by name select *, ? as dataset, ? as model, 'r' as revision from vectors_in",
            [dataset, lake.settings.embedding_model],
        )
        connection.unregister("vectors_in")

    lake.transact(work, message="embed")


def pairs(name: str, n: int) -> list[tuple[str, str]]:
    return [(f"{name} question {i}", f"{name} answer {i}") for i in range(n)]


def options(scorer: Scorer) -> list[dict[str, Any]]:
    """The defaults, and every value of an option that chooses between names."""
    chosen: list[dict[str, Any]] = [{}]
    for option in scorer.options:
        chosen += [{option.name: name} for name in getattr(option.accepted, "names", ())]
    return chosen


def test_which_vectors_have_a_direction() -> None:
    assert not directed(BAD).any()
    assert directed(GOOD).all()
    edge = np.array([[1.1e-12, 0], [0.9e-12, 0], [0.9e12, 0], [1.1e12, 0]], np.float32)
    assert directed(edge).tolist() == [True, False, True, False]
    many = np.concatenate([GOOD, BAD] * 300)
    kept, mask = keep_directed(many.copy())
    assert (kept == np.concatenate([GOOD] * 300)).all()
    assert mask.sum() == len(kept) == 12_000


def test_the_lake_measures_as_if_they_were_not_embedded(lake: Lake) -> None:
    rows = np.concatenate([GOOD[:20], BAD, GOOD[20:]])
    texts = pairs("a", len(rows))
    ids = fill(lake, "mixed", texts)  # type: ignore[arg-type]
    fill(lake, "sound", [*texts[:20], *texts[29:]], number=2)  # type: ignore[arg-type]
    fill(lake, "empty", pairs("b", len(BAD)), number=3)  # type: ignore[arg-type]
    for dataset, vectors in (("mixed", rows), ("sound", GOOD), ("empty", BAD)):
        embed(lake, dataset, vectors)
    create_slice(lake, "few", "select sample_id from samples where dataset = 'mixed' and row_no between 15 and 30")
    axes = list(OF_EMBEDDINGS)
    score(lake, axes=axes, options={"facility_location": {"subset": "few"}})
    found = {
        (axis, dataset): (value, status, n, coverage, detail, json.loads(facts))
        for axis, dataset, value, status, n, coverage, detail, facts in lake.rows(
            "select axis, dataset, value, status, n, coverage, detail, facts from dataset_scores"
        )
    }
    assert len(found) == 3 * len(axes)
    for axis in axes:
        value, status, n, coverage, _, facts = found[axis, "mixed"]
        assert (status, n, coverage, facts["without_direction"]) == ("ok", 40, 40 / 49, 9), axis
        assert value == found[axis, "sound"][0], axis
        assert "without_direction" not in found[axis, "sound"][5]
        assert found[axis, "empty"][:5] == (None, "not_applicable", 0, 0.0, NO_DIRECTION), axis
    of_samples = [row for row in scores(lake, "knn_distance") if row[0] in ids]
    lacking = [row[4:] for row in of_samples if row[3] is None]
    assert lacking == [("not_applicable", NO_DIRECTION)] * 9
    report = dedup_by_embedding(lake)
    assert report.flags[0] == "the embedding has no direction, so not compared: 18 samples"
    assert report.pairs == 0


@pytest.mark.parametrize("axis", sorted(OF_EMBEDDINGS))
def test_results_stay_in_range(axis: str) -> None:
    scorer = OF_EMBEDDINGS[axis]
    (declared,) = [each for each in scorer.axes if each.name == axis]
    one = GOOD[:1]
    shapes = {
        "all the same": np.repeat(one, 40, axis=0),
        "opposite": np.concatenate([np.repeat(one, 20, axis=0), np.repeat(-one, 20, axis=0)]),
        "almost the same": one + np.float32(1e-7) * GOOD,
        "tiny": GOOD * np.float32(1e-11),
        "huge": GOOD * np.float32(1e11),
        "constant": np.outer(np.arange(1, 41), np.ones(6)).astype(np.float32),
    }
    for shape, rows in shapes.items():
        for given in options(scorer):
            collection = Collection(rows, threads=2, subset=lambda _: one)
            entry = catalogue().entry(scorer.name)
            asked = {**given, "subset": "few"} if axis == "facility_location" else given
            found: Any = entry.score(collection, scorer.settings(**asked))  # type: ignore[arg-type]
            measure = found[axis].within(*declared.range)
            assert measure.status in ("ok", "not_applicable"), (shape, given, measure)
            if measure.value is None:
                assert measure.reason
                continue
            assert np.isfinite(measure.value)
            low, high = declared.range
            assert measure.unbounded or (low is None or measure.value >= low), (shape, given, measure)
            assert measure.unbounded or (high is None or measure.value <= high), (shape, given, measure)


def test_rounding_is_taken_back_and_what_is_farther_out_has_failed() -> None:
    rounded = DatasetScore.of(1 + 4e-16, 3, pairs=3).within(0, 1)
    assert (rounded.value, rounded.status, rounded.facts) == (1.0, "ok", {"pairs": 3, "rounded_from": 1 + 4e-16})
    assert DatasetScore.of(-9e-7, 3).within(0, None).value == 0.0
    assert DatasetScore.of(0.5, 3).within(0, 1).facts == {}
    for wrong, told in ((-2e-6, "-2e-06"), (1.5, "1.5")):
        out = DatasetScore.of(wrong, 3).within(0, 1)
        assert (out.value, out.status) == (None, "failed")
        assert out.reason == f"the result {told} lies outside the range 0 to 1"
    assert DatasetScore.of(7.0, 3, unbounded=True).within(0, 1).value == 7.0
    column = Column.of([0.5, -1e-9, 1 + 1e-9, 3.0, np.nan])
    of_samples = DatasetScore.of(0.5, 5, column=column).within(0, 1).column
    assert of_samples is not None
    assert [of_samples.outcome(row) for row in range(5)] == [
        (0.5, "ok", None),
        (0.0, "ok", None),
        (1.0, "ok", None),
        (None, "failed", "the result lies outside the range 0 to 1"),
        (None, "failed", "the result is not a finite number"),
    ]


def test_a_scorer_of_ones_own_that_leaves_its_range_is_stored_as_failed(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "stray.py").write_text(
        "from scorers.collection import DatasetScore\n"
        "from scorers.spec import Axis, Scorer\n"
        "SCORER = Scorer(name='stray', version='1', level='dataset', reads=('response',),\n"
        "    axes=(Axis('stray', 'Goes astray.', range=(0, 1)), Axis('near', 'Rounds.', range=(0, 1))))\n"
        "def score(collection, settings):\n"
        "    return {'stray': DatasetScore.of(1.01, 1), 'near': DatasetScore.of(1 + 1e-9, 1)}\n"
    )
    told = "select axis, value, status, detail, facts->>'rounded_from' from dataset_scores order by axis"
    with Lake.open(settings.model_copy(update={"scorers": (folder,)}), create=True) as lake:
        fill(lake, "chat", pairs("a", 2))  # type: ignore[arg-type]
        score(lake, axes=["stray", "near"])
        found = lake.rows(told)
    assert found == [
        ("near", 1.0, "ok", None, "1.000000001"),
        ("stray", None, "failed", "the result 1.01 lies outside the range 0 to 1", None),
    ]
