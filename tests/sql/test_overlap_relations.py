"""The relations of overlap: keys, sets of datasets, pairs, redundancy, mixtures."""

from __future__ import annotations

from literal_relations import result

KEYS = "key bigint, dataset_no bigint, rows bigint"
# 10 is in all three datasets, 20 in two, 30 and 40 in one each.
SHARED = [(10, 1, 2), (10, 2, 1), (10, 3, 1), (20, 1, 1), (20, 2, 3), (30, 1, 5), (40, 3, 1)]


def sets() -> list[tuple[object, ...]]:
    return result("key_sets", {"k": (KEYS, SHARED)}, keys="k")


def pairs() -> list[tuple[object, ...]]:
    tables = {
        "sets": ("members ubigint, dataset_no bigint, rows bigint, keys bigint", sets()),
        "sizes": ("dataset_no bigint, rows bigint, keys bigint", result("key_sizes", {"k": (KEYS, SHARED)}, keys="k")),
    }
    return result("key_pairs", tables)


def test_sets_hold_what_is_shared() -> None:
    assert result("key_sets", {"k": (KEYS, [])}, keys="k") == []
    assert sorted(row[1:] for row in sets()) == [(1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 3, 1), (3, 1, 1)]


def test_pairs_count_rows_both_ways_and_distinct_keys() -> None:
    # dataset, other, rows, found, keys, containment, jaccard, sampled
    assert pairs() == [
        (1, 2, 8, 3, 2, 3 / 8, 2 / 3, 3),
        (1, 3, 8, 2, 1, 2 / 8, 1 / 4, 3),
        (2, 1, 4, 4, 2, 1.0, 2 / 3, 2),
        (2, 3, 4, 1, 1, 1 / 4, 1 / 3, 2),
        (3, 1, 2, 1, 1, 1 / 2, 1 / 4, 2),
        (3, 2, 2, 1, 1, 1 / 2, 1 / 3, 2),
    ]


def test_redundancy_knows_the_parts_of_a_whole() -> None:
    tables = {
        "sets": ("members ubigint, dataset_no bigint, rows bigint, keys bigint", sets()),
        "sizes": ("dataset_no bigint, rows bigint, keys bigint", [(1, 8, 3), (2, 4, 2), (3, 2, 2)]),
        "pairs": (
            "dataset_no bigint, other_no bigint, rows bigint, containment double",
            [(2, 1, 4, 1.0), (3, 1, 2, 0.5), (1, 2, 8, 0.375)],
        ),
    }
    # dataset, rows, keys, elsewhere, parts: 10 (two rows) and 20 of dataset 1 are in datasets 2 and 3, its parts.
    assert result("redundancy", tables) == [(1, 8, 3, 3, 3), (2, 4, 2, 4, 0), (3, 2, 2, 1, 0)]


def test_a_mixture_counts_what_is_new_in_order() -> None:
    tables = {
        "keys": (KEYS, SHARED),
        "datasets": ("dataset varchar, dataset_no bigint", [("a", 1), ("b", 2), ("c", 3), ("empty", 4)]),
    }
    # dataset, rows, repeated, elsewhere, new
    assert result("mixture", tables, datasets=["b", "a", "c", "empty"]) == [
        ("a", 8, 4, 3, 1),
        ("b", 4, 2, 0, 2),
        ("c", 2, 0, 1, 1),
        ("empty", 0, 0, 0, 0),
    ]


def test_keys_of_near_duplicates_include_survivors() -> None:
    near = '"view" varchar, sample_id bigint, cluster bigint, survivor_id bigint'
    rows = [("response", 2**32 + 1, 7, 7), ("response", 2**33 + 4, 7, 7), ("sample", 2**33 + 5, 7, 7)]
    assert result("near_keys", {"near_duplicates": (near, rows)}, view="response") == [(7, 0, 1), (7, 1, 1), (7, 2, 1)]
