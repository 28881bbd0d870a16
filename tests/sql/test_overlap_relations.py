"""The relations of overlap: keys, sets of datasets, pairs, redundancy, mixtures."""

from __future__ import annotations

import duckdb
from literal_relations import result

from lake.relations import keep, run

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


def test_the_answers_of_a_pair_of_datasets_are_in_one_part() -> None:
    pairs = [(1, 2, 5), (1, 2, 6), (1, 2, 7), (1, 3, 5), (1, 3, 6), (2, 3, 9), (2, 3, 8), (4, 5, 1)]
    rows = [(one, other, sample, sample + 100) for one, other, sample in pairs]
    tables = {"answer_pairs": ("dataset_no bigint, other_no bigint, sample_id bigint, other_id bigint", rows)}
    # Two and three before a pair of datasets make it one of the next part of two: 3, 2, 2 and 1 of them.
    parts = result("answer_parts", tables, most=2)
    assert [(row[0], row[1], row[2]) for row in parts] == [
        (0, 1, 2), (0, 1, 2), (0, 1, 2), (1, 1, 3), (1, 1, 3), (2, 2, 3), (2, 2, 3), (3, 4, 5),
    ]  # fmt: skip
    assert sorted(row[1:] for row in parts) == sorted(rows)
    assert {row[0] for row in result("answer_parts", tables, most=8)} == {0}


def test_answers_are_fetched_once_a_sample_and_compared_both_ways() -> None:
    connection = duckdb.connect()
    connection.execute("create macro letters(text) as lower(text)")
    connection.execute("create macro shingle_share(one, other, ngram) as length(other) / length(one)")
    connection.execute("create table asked as select 1 as dataset_no, 2 as other_no, 5 as sample_id, 6 as other_id")
    connection.execute("insert into asked values (1, 2, 8, 6), (1, 3, 5, 9)")
    connection.execute(
        "create table samples (sample_id bigint, response varchar, reference_answer varchar, rejected_response varchar)"
    )
    connection.execute(
        "insert into samples values (5, 'so Ten', null, null), (6, 'SO TEN', null, 'No'), (7, 'not asked for', '1', ''), "
        "(8, 'no', 'ten', null), (9, null, null, null)"
    )
    keep(connection, "answers", "answer_texts")
    assert connection.execute("select * exclude response from answers order by all").fetchall() == [
        (5, "so ten", "ten", None),
        (6, "so ten", "ten", "no"),
        (8, "no", "ten", None),
        (9, None, None, None),
    ]
    # dataset, other, measure, rows, found, similarity, containment: 6 is compared with 5 and 8, whose answer it rejects.
    assert sorted(run(connection, "answer_overlaps").fetchall()) == [
        (1, 2, "answers", 2, 1, 2.0, 0.5),
        (1, 2, "final_answers", 2, 2, None, 1.0),
        (2, 1, "answers", 2, 1, 2 / 3, 0.5),
        (2, 1, "final_answers", 2, 2, None, 1.0),
        (2, 1, "rejected_answers", 2, 1, None, 0.5),
    ]
