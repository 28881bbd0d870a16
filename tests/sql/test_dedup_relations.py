"""The relations of near-duplicates: signed texts, copies, buckets, pairs, survivors' order, loss, audits."""

from __future__ import annotations

import duckdb
import pytest
from literal_relations import Rows, result

from lake.relations import run

BANDED = "sample_id bigint, band integer, key bigint"
NEAR = (
    '"view" varchar, sample_id bigint, dataset varchar, cluster bigint, survivor_id bigint, survivor_dataset varchar, '
    "similarity float, reason varchar"
)
RUNS = '"view" varchar, signed json'


def pairs(banded: Rows, buckets: Rows, **parameters: int) -> list[tuple[object, ...]]:
    tables = {"banded": (BANDED, banded), "buckets": ("band integer, key bigint, members bigint", buckets)}
    return result("bucket_pairs", tables, **parameters)


@pytest.mark.parametrize(("view", "text"), [("sample", "q\na"), ("instruction", "q"), ("response", "a")])
def test_signed_texts_are_those_of_the_view(view: str, text: str) -> None:
    connection = duckdb.connect()
    connection.execute("create table samples as select 1 as sample_id, 'q' as instruction, 'a' as response")
    connection.execute("insert into samples values (2, 'not in the chunk', ''), (7, 'beyond', '')")
    connection.execute("create table chunk as select unnest([1, 7]) as sample_id")
    connection.execute(
        "create macro minhash_of(a, b, c, d, e) as {'text': a, 'given': [b, c::varchar, d::varchar, e::varchar]}"
    )
    given = {"view": view, "unit": "word", "ngram": 5, "permutations": 8, "seed": 1, "low": 1, "high": 5}
    assert run(connection, "signed_texts", **given).fetchall() == [(1, text, ["word", "5", "8", "1"])]


def test_exact_copies() -> None:
    compared = "sample_id bigint, whole bigint"
    assert result("exact_copies", {"compared": (compared, [])}) == []
    rows = [(5, 9), (3, 9), (4, 8), (7, 9)]
    assert result("exact_copies", {"compared": (compared, rows)}) == [(5, 3), (7, 3)]


def test_shared_buckets() -> None:
    keys = "band integer, key bigint, members bigint, last_id bigint"
    rows = [(0, 10, 2, 3), (0, 20, 1, 3), (1, 10, 1, 3), (1, 30, 2, 9)]
    assert result("shared_buckets", {"band_keys": (keys, [])}) == []
    assert result("shared_buckets", {"band_keys": (keys, rows)}) == [(0, 10, 2), (1, 30, 2)]
    assert result("shared_buckets", {"band_keys": (keys, rows)}, newer_than=6) == [(1, 30, 2)]


def test_all_pairs_of_a_small_bucket() -> None:
    assert pairs([(3, 0, 10), (1, 0, 10), (2, 0, 10), (4, 0, 20), (5, 1, 10)], [(0, 10, 3)]) == [(1, 2), (1, 3), (2, 3)]
    assert pairs([], []) == []


def test_only_pairs_with_a_new_sample() -> None:
    assert pairs([(1, 0, 10), (2, 0, 10), (3, 0, 10)], [(0, 10, 3)], newer_than=2) == [(1, 3), (2, 3)]


def test_a_large_bucket_is_cut_and_grows_without_losing_pairs() -> None:
    bounds = {"complete": 3, "hubs": 1}
    rows = [(number, 0, 10) for number in range(1, 7)]
    every = pairs(rows, [(0, 10, 6)], **bounds)
    assert every == [(1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 3)]
    before = pairs(rows[:4], [(0, 10, 4)], **bounds)
    assert sorted(before + pairs(rows, [(0, 10, 6)], newer_than=4, **bounds)) == every


def test_survivor_order() -> None:
    tables = {
        "linked": ("sample_id bigint", [(1,), (2,), (3,), (4,), (5,)]),
        "compared": (
            "sample_id bigint, dataset varchar, size integer",
            [(1, "a", 5), (2, "b", 9), (3, "b", 9), (4, "c", 9), (5, "c", 9), (6, "a", 99)],
        ),
        "datasets": ("dataset varchar, released date", [("a", None), ("b", None), ("c", "2024-01-01")]),
        "scores": ("sample_id bigint, axis varchar, value float", [(3, "mtld", 2.0), (2, "mtld", 1.0), (1, "x", 9.0)]),
    }
    # `result` sorts; the order is read from the row number of the relation.
    from lake.relations import relation

    sql = relation("survivor_order").sql
    import duckdb

    connection = duckdb.connect()
    for name, (columns, rows) in tables.items():
        connection.execute(f"create table {name} ({columns})")
        connection.executemany(f"insert into {name} values ({', '.join('?' * len(rows[0]))})", rows)

    def order(prefer: list[str], axis: str) -> list[int]:
        return [row[0] for row in connection.execute(sql, {"prefer": prefer, "axis": axis}).fetchall()]

    assert order([], "") == [4, 5, 2, 3, 1]  # longest, then released first, then the id
    assert order(["a"], "") == [1, 4, 5, 2, 3]
    assert order([], "mtld") == [3, 2, 4, 5, 1]


SIGNED = '{"a": {"samples": 4}, "b": {"samples": 2}}'
ROWS = [
    ("sample", 2, "a", 1, 1, "a", 1.0, "exact"),
    ("sample", 3, "a", 1, 1, "a", None, "chain"),
    ("sample", 9, "b", 1, 1, "a", 0.8, "near"),
    ("response", 9, "b", 9, 1, "a", 0.9, "near"),
]


def test_loss_by_dataset() -> None:
    tables = {"dedup_runs": (RUNS, [("sample", SIGNED)]), "near_duplicates": (NEAR, ROWS)}
    # dataset, samples, excluded, exact, near, chain, inside, share
    assert result("dedup_loss", tables) == [("a", 4, 2, 1, 0, 1, 2, 0.5), ("b", 2, 1, 0, 1, 0, 0, 0.5)]
    assert result("dedup_loss", {**tables, "near_duplicates": (NEAR, [])}) == [
        ("a", 4, 0, 0, 0, 0, 0, 0.0),
        ("b", 2, 0, 0, 0, 0, 0, 0.0),
    ]


def test_clusters_and_pairs_of_datasets() -> None:
    tables = {"near_duplicates": (NEAR, ROWS)}
    assert result("dedup_clusters", tables) == [(1, 1, "a", 4, 2, pytest.approx(0.8), 1)]
    assert result("dataset_pair_clusters", tables) == [("a", "a", 2, 1, 1, 1.0), ("b", "a", 1, 0, 1, 0.8)]
    assert result("dedup_clusters", {"near_duplicates": (NEAR, [])}) == []


def test_similarity_histogram() -> None:
    columns = '"view" varchar, jaccard float, estimate float, cosine float'
    rows = [
        ("sample", 0.75, 0.7, None),
        ("sample", 0.759, 0.8, None),
        ("sample", 1.0, 1.0, None),
        ("x", 0.9, 0.9, None),
    ]
    found = result("similarity_histogram", {"near_duplicate_pairs": (columns, rows)})
    assert found == [(0.75, 2, pytest.approx(0.75)), (0.99, 1, 1.0)]
    of_meaning = [("meaning", None, None, 0.953)]
    found = result("similarity_histogram", {"near_duplicate_pairs": (columns, of_meaning)}, view="meaning")
    assert found == [(0.95, 1, None)]


def test_audit_of_heavy_loss() -> None:
    tables = {"dedup_runs": (RUNS, [("sample", SIGNED)]), "near_duplicates": (NEAR, ROWS)}
    assert result("heavy_dedup_loss", tables, datasets=["a"]) == []
    assert result("heavy_dedup_loss", tables, datasets=["a"], allowed=0.4) == [("a", "sample", 4, 2, 0.5)]
    assert result("heavy_dedup_loss", tables, datasets=["absent"]) == []


def test_audit_of_giant_clusters() -> None:
    tables = {"near_duplicates": (NEAR, ROWS)}
    assert result("giant_clusters", tables, datasets=["a"]) == []
    assert result("giant_clusters", tables, datasets=["a"], allowed=3) == [("a", "sample", 1, 1, 4, 1)]
    assert result("giant_clusters", tables, datasets=["b"], allowed=3) == []


def test_audit_of_unfounded_near_duplicates() -> None:
    samples = ("sample_id bigint, dataset varchar", [(1, "a"), (2, "a"), (3, "a"), (9, "b")])
    assert (
        result("unfounded_near_duplicates", {"near_duplicates": (NEAR, ROWS), "samples": samples}, datasets=["a"]) == []
    )
    wrong = [
        ("sample", 2, "a", 1, 3, "a", 1.0, "exact"),
        ("sample", 3, "a", 1, 7, "a", None, "near"),
        ("sample", 4, "a", 1, 1, "a", 0.9, "near"),
        ("response", 2, "a", 1, 1, "a", None, "near"),
    ]
    found = result("unfounded_near_duplicates", {"near_duplicates": (NEAR, wrong), "samples": samples}, datasets=["a"])
    assert [(row[0], row[1], row[-1]) for row in found] == [
        ("response", 2, "the similarity does not fit the reason"),
        ("sample", 2, "the survivor is excluded"),
        ("sample", 3, "no such survivor"),
        ("sample", 4, "no such sample"),
    ]


def test_comparable_embeddings() -> None:
    tables = {
        "datasets": ("dataset varchar, kind varchar", [("a", "train"), ("b", "benchmark")]),
        "samples": (
            "sample_id bigint, content_id bigint, instruction varchar, response varchar",
            [(1, 7, "ab", "cde"), (2, 7, None, "x"), (3, 8, "no", "vector"), (9, 9, "of a", "benchmark")],
        ),
        "embeddings": (
            "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]",
            [(n, "b" if n == 9 else "a", "m", "r", None if n == 3 else [1.0]) for n in (1, 2, 3, 9)]
            + [(1, "a", "m", "older", [1.0]), (2, "a", "other", "r", [1.0])],
        ),
    }
    # sample_id, dataset, whole, size
    assert result("comparable_embeddings", tables, model="m", revision="r") == [(1, "a", 7, 5), (2, "a", 7, 1)]
    nothing = {name: (columns, []) for name, (columns, _) in tables.items()}
    assert result("comparable_embeddings", nothing, model="m", revision="r") == []
