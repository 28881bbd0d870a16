"""Near-duplicates in meaning: vectors compared by cosine, the same relations as for texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.dedup import dedup, dedup_by_embedding
from pipelines.deduping.explain import explain
from pipelines.deduping.parameters import EmbeddingComparison
from pipelines.deduping.recall import measured_recall
from scorers.collection import Collection
from scorers.sets.similar import similar

Vectors = npt.NDArray[np.float32]


def unit(rows: object) -> Vectors:
    made = np.asarray(rows, np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def topics(n: int, d: int, seed: int, spread: float = 0.25) -> Vectors:
    """Rows around few directions, some close to each other."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(n // 6, d))
    return unit(centres[chance.integers(len(centres), size=n)] + spread * chance.normal(size=(n, d)))


def by_brute_force(rows: Vectors, threshold: float) -> set[tuple[int, int]]:
    cosines = rows.astype(np.float64) @ rows.T.astype(np.float64)
    left, right = np.nonzero(np.triu(cosines >= threshold, 1))
    return set(zip(left.tolist(), right.tolist(), strict=True))


def embed(lake: Lake, ids: list[int], dataset: str, vectors: object, revision: str = "r") -> None:
    rows = pa.table(
        {
            "sample_id": ids,
            "dataset": [dataset] * len(ids),
            "model": [lake.settings.embedding_model] * len(ids),
            "revision": [revision] * len(ids),
            "vector": pa.array([list(map(float, row)) for row in np.asarray(vectors)], pa.list_(pa.float32())),
        }
    )
    lake.connection.register("rows", rows)
    lake.transact(lambda connection: connection.execute("insert into embeddings by name from rows"), message="vectors")
    lake.connection.unregister("rows")


def found(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "select sample_id, survivor_id, round(similarity::double, 3), reason from near_duplicates "
        "where \"view\" = 'meaning' order by all"
    )


def test_few_rows_are_compared_all_with_all() -> None:
    rows = topics(600, 24, seed=1)
    pairs = similar(Collection(rows, threads=2), 0.8, most=1000, seed=1)
    expected = by_brute_force(rows, 0.8)
    assert len(expected) > 300
    assert set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == expected
    exact = np.einsum("ij,ij->i", rows[pairs.left].astype(np.float64), rows[pairs.right].astype(np.float64))
    assert pairs.cosine == pytest.approx(exact, abs=1e-6)
    assert pairs.crowded == 0


def test_many_rows_are_compared_inside_clusters_and_few_pairs_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scorers.sets.similar.WHOLE", 500)
    rows = topics(3000, 24, seed=2)
    expected = by_brute_force(rows, 0.85)
    first = similar(Collection(rows, threads=2), 0.85, most=1000, seed=1)
    pairs = set(zip(first.left.tolist(), first.right.tolist(), strict=True))
    assert pairs <= expected
    assert len(pairs) >= 0.95 * len(expected)
    again = similar(Collection(rows, threads=1), 0.85, most=1000, seed=1)
    assert np.array_equal(first.left, again.left)
    assert np.array_equal(first.right, again.right)


def test_a_crowd_keeps_the_closest() -> None:
    angles = np.linspace(0, 0.2, 40)
    rows = unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    pairs = similar(Collection(rows), 0.9, most=2, seed=1)
    assert pairs.crowded == 40
    assert len(pairs.left) < 80
    assert {(n, n + 1) for n in range(39)} <= set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare(n: int) -> None:
    pairs = similar(Collection(np.ones((n, 3), np.float32)), 0.9, most=4, seed=1)
    assert len(pairs.left) == len(pairs.cosine) == pairs.crowded == 0


def test_pairs_survivors_and_what_is_left_out(lake: Lake) -> None:
    a = fill(lake, "a", [("Name a fruit.", "Apple"), ("Say a fruit", "An apple, say"), ("Count.", "1 2 3")])
    b = fill(lake, "b", [("Name a fruit.", "Apple"), ("Not embedded", "yet")], number=2)
    near = [[1.0, 0.1, 0.0], [1.0, 0.2, 0.0], [0.0, 0.0, 1.0]]
    embed(lake, a, "a", near)
    embed(lake, b[:1], "b", near[:1])
    report = dedup_by_embedding(lake)
    cosine = 1.02 / np.sqrt(1.01 * 1.04)
    # The longer text survives, and the copy of the first follows its leader.
    assert found(lake) == [(a[0], a[1], round(cosine, 3), "near"), (b[0], a[1], round(cosine, 3), "near")]
    assert lake.rows(
        "select sample_id, other_id, jaccard, estimate, shared_bands, cosine from near_duplicate_pairs"
    ) == [(a[0], a[1], None, None, None, pytest.approx(cosine))]
    assert (report.view, report.compared, report.copies, report.pairs, report.excluded) == ("meaning", 4, 1, 1, 2)
    assert report.flags[0].startswith("not embedded by ")
    assert report.flags[0].endswith("not compared: 1 of 5 samples")
    assert report.parameters["revision"] == "r"
    assert measured_recall(lake, "meaning").as_dict()["share"] == 1.0
    told = explain(lake, a[0], "meaning")
    assert told.verdict == f"{a[1]} stands for {a[0]}: cosine {cosine:.3f} of their embeddings."
    assert [neighbour.cosine for neighbour in told.pairs] == [pytest.approx(cosine)]


def test_views_of_texts_and_of_meaning_stand_side_by_side(lake: Lake) -> None:
    ids = fill(lake, "a", [("Name a fruit, any fruit you like", "Apple")] * 2 + [("Else", "Pear")])
    embed(lake, ids, "a", [[1.0, 0.0], [1.0, 0.0], [0.99, 0.01]])
    dedup(lake)
    dedup_by_embedding(lake, EmbeddingComparison(threshold=0.9, prefer=("a",)))
    dedup(lake)
    assert lake.rows('select "view", count(*) from near_duplicates group by all order by 1') == [
        ("meaning", 2),
        ("sample", 1),
    ]


def test_vectors_of_another_revision_take_no_part(lake: Lake) -> None:
    ids = fill(lake, "a", [("one", "1"), ("two", "2"), ("three", "3")])
    embed(lake, ids[:2], "a", [[1.0, 0.0], [0.0, 1.0]], revision="most")
    embed(lake, ids[2:], "a", [[1.0, 0.0]], revision="few")
    assert dedup_by_embedding(lake).compared == 2


def test_errors_say_what_to_do(lake: Lake) -> None:
    fill(lake, "a", [("one", "1")])
    with pytest.raises(UsageError, match="No sample has an embedding of") as caught:
        dedup_by_embedding(lake)
    assert caught.value.hint == "Embed them first: oda embed"
    with pytest.raises(UnknownNameError):
        dedup_by_embedding(lake, EmbeddingComparison(prefer=("nobody",)))
    with pytest.raises(UsageError, match="threshold: 2 is not a number from 0.3 to 1"):
        EmbeddingComparison(threshold=2)
