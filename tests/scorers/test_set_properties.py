"""Axes of whole datasets: order, copies, tiles, samples of samples; and what they say where they have no value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import examples

from lake.errors import UnknownNameError, UsageError
from scorers.batch import Batch
from scorers.catalogue import catalogue
from scorers.collection import Collection, DatasetScore
from scorers.dataset.cluster_inertia import inertia
from scorers.kernels.ranked import ranked_sums
from scorers.sets.neighbours import distinct, neighbours
from scorers.sets.vectors import deviations, second_moment, total

OF_VECTORS = [
    entry.scorer.name
    for entry in catalogue().entries()
    if [rows.relation for rows in entry.scorer.stored] == ["embeddings"] and entry.scorer.of_sets
    if entry.scorer.name != "facility_location"
]
BY_CLOSED_FORM = ["radius", "aps", "vendi", "log_det", "knn_distance", "novelsum"]


def some(n: int, width: int = 12, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)


def measured(axis: str, vectors: Any, **options: Any) -> DatasetScore:
    entry = catalogue().entry(axis)
    found: Any = entry.score(Collection(vectors, threads=2), entry.scorer.settings(**options))  # type: ignore[arg-type]
    measure = found[axis]
    assert isinstance(measure, DatasetScore)
    return measure


def similar(texts: list[str], **options: Any) -> DatasetScore:
    table = pa.table({"instruction": texts, "response": pa.array([None] * len(texts), pa.string())})
    nothing = np.zeros((0, 0), np.float32)
    rows = Collection(
        nothing, samples=len(texts), texts=lambda most: iter([Batch(table.slice(0, min(most, 3))), Batch(table.slice(3, max(0, most - 3)))])
    )  # fmt: skip
    entry = catalogue().entry("apjs")
    found: Any = entry.score(rows, entry.scorer.settings(**options))  # type: ignore[arg-type]
    measure = found["apjs"]
    assert isinstance(measure, DatasetScore)
    return measure


@pytest.mark.parametrize("axis", BY_CLOSED_FORM)
def test_the_order_of_rows_does_not_matter(axis: str) -> None:
    rows = some(300)
    assert measured(axis, rows[::-1].copy()).value == pytest.approx(measured(axis, rows).value, rel=1e-6)


@pytest.mark.parametrize("axis", OF_VECTORS)
def test_the_same_rows_give_the_same_value_on_any_number_of_cores(axis: str) -> None:
    entry, rows = catalogue().entry(axis), some(200)
    values = []
    for threads in (1, 2):
        found: Any = entry.score(Collection(rows, threads=threads), entry.scorer.settings())  # type: ignore[arg-type]
        values.append(found[axis].value)
    assert values[0] == values[1]


@pytest.mark.parametrize("axis", OF_VECTORS)
def test_one_row_gives_a_value_or_a_reason(axis: str) -> None:
    found = measured(axis, some(1))
    if axis in ("radius", "aps", "knn_distance", "novelsum"):
        assert (found.value, found.status) == (None, "not_applicable")
        assert found.reason
    else:
        wanted = {"vendi": 1.0, "log_det": np.log(2), "partition_entropy": 0.0, "cluster_inertia": 0.0}
        assert found.value == pytest.approx(wanted[axis], abs=1e-9)


@pytest.mark.parametrize("axis", OF_VECTORS)
def test_rows_that_are_all_the_same_give_a_value_or_a_reason(axis: str) -> None:
    found = measured(axis, np.repeat(some(1), 40, axis=0))
    wanted = {
        "aps": 1.0,
        "vendi": 1.0,
        "log_det": np.log(41),
        "radius": 1e-10,
        "knn_distance": 0.0,
        "partition_entropy": 0.0,
        "cluster_inertia": 0.0,
    }
    if axis == "novelsum":
        assert (found.value, found.status) == (None, "not_applicable")
    else:
        assert found.value == pytest.approx(wanted[axis], abs=1e-6)


def test_copies_are_neighbours_at_distance_0() -> None:
    rows = np.concatenate([some(20), np.repeat(some(1, seed=9), 3, axis=0)])
    column = measured("knn_distance", rows, k=2, metric="euclidean").column
    assert column is not None
    assert column.values[20:].tolist() == [0.0, 0.0, 0.0]
    by_hand = np.sort(np.linalg.norm(rows[:, None].astype(np.float64) - rows[None], axis=2), axis=1)[:, 1:3].mean(
        axis=1
    )
    assert column.values == pytest.approx(by_hand, rel=1e-6)


def test_fewer_others_than_neighbours_asked_for_are_all_of_them() -> None:
    found = measured("knn_distance", some(4), k=10)
    assert found.facts == {"k": 3}
    assert found.value == pytest.approx(measured("knn_distance", some(4), k=3).value)


def test_repeating_a_dataset_lowers_diversity_and_keeps_what_is_of_distinct_rows() -> None:
    rows = some(60)
    twice = np.concatenate([rows, rows])
    assert measured("vendi", twice).value == pytest.approx(measured("vendi", rows).value)
    assert measured("radius", twice).value == pytest.approx(measured("radius", rows).value)
    once_similar, twice_similar = measured("aps", rows).value, measured("aps", twice).value
    assert once_similar is not None
    assert twice_similar is not None
    assert twice_similar > once_similar
    assert (measured("knn_distance", twice).value or 9) < (measured("knn_distance", rows).value or 0)


@pytest.mark.parametrize("form", ["raw", "unit"])
def test_the_index_is_exact_across_tiles(form: str) -> None:
    rows = some(5000, width=8)
    rows[4100:4110] = rows[:10]  # copies in another tile
    rows[4990] = rows[17] * np.float32(1 + 1e-6)  # nearer than float32 products can tell
    collection = Collection(rows, threads=2)
    groups, found = collection.derive(distinct), collection.derive(neighbours, 5, form)
    assert len(groups.counts) == 4990
    assert groups.counts[groups.of[:10]].tolist() == [2] * 10
    kept = groups.rows.vectors.astype(np.float64)
    if form == "unit":
        kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    for row in (0, 17, 1023, 1024, 4095, 4096, len(kept) - 1):
        squared = ((kept - kept[row]) ** 2).sum(axis=1)
        squared[row] = np.inf
        assert found.squared[row] == pytest.approx(np.sort(squared)[:5], rel=1e-9, abs=1e-15)


def test_moments_are_those_of_numpy_across_tiles() -> None:
    collection = Collection(some(9000), threads=2)
    rows = collection.vectors.astype(np.float64)
    assert total(collection) == pytest.approx(rows.sum(axis=0))
    assert second_moment(collection) == pytest.approx(rows.T @ rows)
    assert deviations(collection) == pytest.approx(rows.std(axis=0))


@examples(30)
@given(st.integers(0, 2**32 - 1), st.floats(0, 2))
def test_ranked_sums_are_those_of_sorted_values(seed: int, power: float) -> None:
    chance = np.random.default_rng(seed)
    values = np.clip(1 + chance.uniform(0, 0.3) * chance.standard_normal((2, 9000)), 0, 2).astype(np.float32)
    weights = np.arange(1, 9001.0) ** -power
    assert ranked_sums(values, weights) == pytest.approx(np.sort(values, axis=1).astype(float) @ weights, rel=1e-6)


def test_novelsum_of_many_rows_is_that_of_sorted_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = some(3000)
    exact = measured("novelsum", rows).value
    monkeypatch.setattr("scorers.dataset.novelsum._SORTED", 100)
    assert measured("novelsum", rows).value == pytest.approx(exact, rel=1e-6)


def test_a_sample_of_the_rows_says_so_and_how_sure_it_is() -> None:
    rows = some(2000)
    for axis, options in (("aps", {"metric": "euclidean", "rows": 500}), ("novelsum", {"pairs": 1_000_000})):
        exact = measured(axis, rows, **{**options, **({"rows": 2000} if axis == "aps" else {"pairs": 10**9})})
        found = measured(axis, rows, **options)
        assert exact.facts["exact"] is True
        assert (found.facts["exact"], found.facts["rows"]) == (False, 500)
        low, high = found.facts["interval"]
        assert low < found.value < high  # type: ignore[operator]
        assert low - (high - low) < exact.value < high + (high - low)  # type: ignore[operator]


def test_clusters_are_found_and_their_number_never_exceeds_the_distinct_rows() -> None:
    centres = 10 * some(4, seed=3)
    rows = np.repeat(centres, 50, axis=0) + 0.1 * some(200)
    found = measured("partition_entropy", rows, clusters=4)
    assert sorted(found.facts["sizes"]) == [50, 50, 50, 50]
    assert found.facts["normalised"] == pytest.approx(1.0)
    few = measured("partition_entropy", np.repeat(some(3), 5, axis=0))
    assert sorted(few.facts["sizes"]) == [5, 5, 5]


def test_pairs_of_texts_share_words() -> None:
    assert similar(["a b", "b c", "c d"]).value == pytest.approx((1 / 3 + 1 / 3 + 0) / 3)
    assert similar(["A, b!", "a b", "", "  "]).value == pytest.approx(1 / 6)
    assert similar(["a b c", "a b d", "x"], n=2).value == pytest.approx((1 / 3) / 3)
    assert similar(["one"]).reason == "one sample makes no pair"
    assert similar(["a b"] * 8).value == 1.0
    part = similar(["a b", "b c", "c d", "e f", "a f", "b b"], rows=4)
    assert (part.facts["exact"], part.facts["rows"], part.n) == (False, 4, 6)


@settings(deadline=None)
@given(st.lists(st.text("abc \n", max_size=12), min_size=2, max_size=12))
def test_the_inverted_index_is_the_definition(texts: list[str]) -> None:
    sets = [set(text.split()) for text in texts]
    pairs = [(a, b) for i, a in enumerate(sets) for b in sets[:i]]
    wanted = sum(len(a & b) / len(a | b) if a | b else 0.0 for a, b in pairs) / len(pairs)
    assert similar(texts).value == pytest.approx(wanted)


def test_what_is_wrong_is_refused_by_name() -> None:
    for axis in ("aps", "vendi", "cluster_inertia", "knn_distance"):
        with pytest.raises(UnknownNameError, match=f"metric of {axis}"):
            measured(axis, some(5), metric="cosin")
    with pytest.raises(UsageError, match="from 0 to 1"):
        inertia(Collection(some(3, 2)), np.zeros((2, 2)), np.array([0, 1, 2]), "cosine")
    assert measured("vendi", some(9), metric="euclidean", rows=8).status == "too_long"
    assert measured("knn_distance", some(9), rows=8).status == "too_long"
    assert "singular" in (measured("log_det", some(30, width=4), ridge=0.0).reason or "")
    assert "subset" in (measured("facility_location", some(3)).reason or "")
