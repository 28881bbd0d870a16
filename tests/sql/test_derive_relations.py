"""The relations of sql/derive/: what is pending, what equal content offers, chunks, what is planned and superseded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from literal_relations import Rows, result

from lake.errors import UsageError

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
DATASETS = "dataset varchar, dataset_no bigint"
SCORES = (
    "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value double, status varchar, "
    "detail varchar"
)
COUNTED = "dataset varchar, kind varchar, version varchar, outcome varchar, n bigint"
PENDING = "sample_id bigint, dataset varchar, content_id uuid, mask bigint"
LED = PENDING + ", leader bigint"
DONORS = "sample_id bigint, dataset varchar, donor_id bigint, mask bigint"
A, B, C = (UUID(int=n) for n in (1, 2, 3))
STORED = {"stored": "scores", "kind": "axis", "version": "scorer_version"}
VERSIONS: dict[str, Any] = {"kinds": ["hdd", "mtld"], "versions": ["1", "2"]}
WANTED = {**STORED, **VERSIONS}
HDD, MTLD, BOTH = 1, 2, 3


def ok(sample_id: int, dataset: str, axis: str, version: str, value: float | None = 1.0) -> tuple[Any, ...]:
    return (sample_id, dataset, axis, version, value, "ok", None)


def incomplete(samples: Rows, scores: Rows, *datasets: str) -> list[tuple[Any, ...]]:
    tables = {
        "samples": (SAMPLES, samples),
        "datasets": (DATASETS, [("x", 1), ("y", 2), ("none", 3)]),
        "counted": (COUNTED, counts(scores, *datasets)),
    }
    return result("incomplete_datasets", tables, **VERSIONS, datasets=list(datasets))


def counts(scores: Rows, *datasets: str) -> list[tuple[Any, ...]]:
    return result("stored_counts", {"scores": (SCORES, scores)}, **STORED, outcome="status", datasets=list(datasets))


def test_rows_are_counted_by_dataset_kind_version_and_outcome() -> None:
    assert counts([], "x") == []
    scores = [ok(1, "x", "hdd", "1"), ok(2, "x", "hdd", "1", None), ok(9, "y", "hdd", "1")]
    scores += [(1, "x", "mtld", "2", None, "failed", "why"), (2, "x", "mtld", "2", None, None, None)]
    assert counts(scores, "x") == [
        ("x", "hdd", "1", "ok", 2),
        ("x", "mtld", "2", "failed", 1),
        ("x", "mtld", "2", None, 1),
    ]


def test_incomplete_are_datasets_with_fewer_rows_than_samples_and_kinds() -> None:
    assert incomplete([], [], "x", "none") == []
    samples: Rows = [(1, "x", A), (2, "x", None), (9, "y", B)]
    scores = [ok(1, "x", "hdd", "1"), ok(2, "x", "hdd", "1"), ok(1, "x", "mtld", "2"), ok(9, "y", "hdd", "1")]
    assert incomplete(samples, scores, "x", "y") == [("x", 2), ("y", 1)]
    scores += [ok(9, "y", "mtld", "2", None), ok(2, "x", "mtld", "0"), ok(2, "x", "other", "2")]
    assert incomplete(samples, scores, "x", "y") == [("x", 2)]
    assert incomplete(samples, scores, "y") == []


def pending(samples: Rows, scores: Rows, low: int = 0, high: int = 100, **more: Any) -> list[tuple[Any, ...]]:
    tables = {"samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    given = {**WANTED, "outcome": "status", "datasets": ["x"], "low": low, "high": high, **more}
    return result("pending_rows", tables, **given)


def test_pending_of_nothing() -> None:
    assert pending([], []) == []


def test_pending_is_a_bit_per_kind_that_lacks_the_wanted_version() -> None:
    samples = [(i, "x", A) for i in range(5)] + [(5, "y", A)]
    scores = [
        ok(1, "x", "hdd", "1"),
        ok(2, "x", "hdd", "1"),
        ok(2, "x", "mtld", "2", None),  # scored without a value is scored
        ok(3, "x", "hdd", "0"),  # an older version is not
        ok(3, "x", "mtld", "2"),
        ok(4, "x", "other", "1"),
        ok(5, "y", "hdd", "1"),  # another dataset
    ]
    assert pending(samples, scores) == [(0, "x", A, BOTH), (1, "x", A, MTLD), (3, "x", A, HDD), (4, "x", A, BOTH)]
    assert pending(samples, scores, low=1, high=3) == [(1, "x", A, MTLD), (3, "x", A, HDD)]
    assert pending(samples, scores, step="done") == [(1, HDD), (2, BOTH), (3, MTLD)]


def test_pending_keeps_a_sample_without_content_id_and_counts_a_double_score_once() -> None:
    scores = [ok(1, "x", "hdd", "1"), ok(1, "x", "hdd", "1")]
    assert pending([(1, "x", None)], scores) == [(1, "x", None, MTLD)]


def digest(rows: Rows, low: int = 0, high: int = 100) -> tuple[Any, ...]:
    (found,) = result("pending_digest", {"rows_now": (PENDING, rows)}, rows="rows_now", low=low, high=high)
    return found


def test_a_digest_tells_samples_contents_and_kinds_apart_but_not_their_order() -> None:
    rows: Rows = [(1, "x", A, BOTH), (2, "x", B, BOTH), (3, "x", None, HDD)]
    assert digest([]) == (0, None)
    assert digest(rows) == digest(rows[::-1])
    others: list[Rows] = [
        [(1, "x", B, BOTH), (2, "x", A, BOTH), rows[2]],  # swapped contents
        [(1, "x", A, HDD), rows[1], rows[2]],
        [(7, "x", A, BOTH), rows[1], rows[2]],
    ]
    assert len({digest(rows), *map(digest, others)}) == 4
    assert digest(rows, low=2) == digest(rows[1:])


def donors(waiting: Rows, samples: Rows, scores: Rows, **more: Any) -> list[tuple[Any, ...]]:
    tables = {"pending": (PENDING, waiting), "samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    return result("donor_rows", tables, **WANTED, outcome="status", **more)


def test_donors_of_nothing() -> None:
    assert donors([], [], []) == []
    assert donors([(1, "x", A, BOTH)], [(1, "x", A)], []) == []


def test_each_kind_has_one_donor_the_smallest_id_with_equal_content() -> None:
    samples = [(1, "x", A), (2, "y", A), (3, "z", A), (4, "z", B)]
    scores = [
        ok(2, "y", "hdd", "1"),
        ok(3, "z", "hdd", "1"),
        ok(3, "z", "mtld", "2"),
        ok(4, "z", "hdd", "1"),
    ]
    assert donors([(1, "x", A, BOTH)], samples, scores) == [(1, "x", 2, HDD), (1, "x", 3, MTLD)]
    assert donors([(1, "x", A, BOTH)], samples, scores, step="offers") == [(A, HDD, 2), (A, MTLD, 3)]
    assert donors([(1, "x", A, MTLD)], samples, scores) == [(1, "x", 3, MTLD)]
    assert donors([(1, "x", A, BOTH)], samples, scores[2:]) == [(1, "x", 3, MTLD)]


def test_other_versions_failed_rows_and_missing_content_offer_nothing() -> None:
    samples: Rows = [(1, "x", A), (2, "y", A), (3, "y", None), (4, "y", None)]
    scores: Rows = [
        ok(2, "y", "hdd", "0"),
        (2, "y", "mtld", "2", None, "failed", "why"),
        ok(4, "y", "hdd", "1"),
    ]
    assert donors([(1, "x", A, BOTH), (3, "y", None, BOTH)], samples, scores) == []


def test_a_relation_without_outcomes_copies_every_row() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "pending": (PENDING, [(1, "x", A, 1)]),
        "samples": (SAMPLES, [(1, "x", A), (5, "y", A), (6, "z", A)]),
        "embeddings": (
            "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]",
            [(5, "y", "m", "old", [1.0]), (6, "z", "m", "r", None)],
        ),
    }
    stored = {"stored": "embeddings", "kind": "model", "version": "revision", "outcome": "model"}
    assert result("donor_rows", tables, **stored, kinds=["m"], versions=["r"]) == [(1, "x", 6, 1)]


def test_copies_carry_value_status_and_reason() -> None:
    scores: Rows = [
        ok(2, "y", "hdd", "1", 0.5),
        (2, "y", "mtld", "2", None, "not_applicable", "why"),
        ok(2, "y", "other", "1"),
    ]
    given: Rows = [(1, "x", 2, BOTH), (7, "x", 2, HDD), (50, "x", 2, HDD)]
    place = {"outcome": "status", "low": 0, "high": 9}
    tables = {"donors": (DONORS, given), "scores": (SCORES, scores)}
    assert result("copied_rows", tables, **WANTED, **place) == [
        ("hdd", "1", 0.5, "ok", None, 1, 0),
        ("hdd", "1", 0.5, "ok", None, 7, 0),
        ("mtld", "2", None, "not_applicable", "why", 1, 1),
    ]
    tables["donors"] = (DONORS, [])
    assert result("copied_rows", tables, **WANTED, **place) == []


def test_one_sample_leads_all_of_equal_content_and_those_without_lead_themselves() -> None:
    rows: Rows = [(4, "x", A, HDD), (7, "y", A, BOTH), (5, "x", B, HDD), (8, "y", None, HDD), (9, "y", None, HDD)]
    found = result("shared_leaders", {"pending": (PENDING, rows)}, rows="pending")
    assert [(row[0], row[-1]) for row in found] == [(4, 4), (5, 5), (7, 4), (8, 8), (9, 9)]
    assert result("shared_leaders", {"pending": (PENDING, [])}, rows="pending") == []


def chunks(rows: Rows, most: Any) -> list[tuple[Any, ...]]:
    return result("chunks", {"led": (LED, rows)}, rows="led", leader="leader", most=most)


def led(*pairs: tuple[int, int]) -> Rows:
    return [(sample, "x", None, BOTH, leader) for sample, leader in pairs]


def test_chunks_leave_no_gap_and_settle_whose_leader_they_hold() -> None:
    last = 2**63 - 1
    assert chunks([], 10) == []
    rows = led((20, 20), (21, 20), (25, 25), (39, 39), (60, 20))
    assert chunks(rows, 2) == [(20, 24, 2), (25, 59, 2)]  # 60 follows 20, in a chunk of its own without work
    assert chunks(rows, 3) == [(20, 38, 3), (39, last, 1)]
    assert chunks(rows, 100) == [(20, last, 5)]
    with pytest.raises(UsageError, match="must be bigint"):
        chunks(rows, "many")


def test_a_chunk_holds_samples_and_leaders_of_its_range() -> None:
    rows = led((20, 20), (21, 20), (25, 25), (60, 20))
    tables = {"led": (LED, rows)}
    found = result("chunk_rows", tables, rows="led", leader="leader", low=20, high=30)
    assert found == [(n, "x", None, None, leader, BOTH) for n, leader in ((20, 20), (21, 20), (25, 25))]
    tables = {"led": (LED, [(60, "x", A, BOTH, 20)])}
    found = result("chunk_rows", tables, rows="led", leader="sample_id", low=60, high=60)
    assert found == [(60, "x", A, A.bytes, 60, BOTH)]


def test_sizes_are_bytes_of_all_that_is_read_of_leaders() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "chunk": ("sample_id bigint, leader bigint", [(1, 1), (2, 1), (3, 3), (4, 4)]),
        "samples": (
            "sample_id bigint, instruction varchar, n_turns integer",
            [(1, "é", 10), (2, "é", 10), (3, None, None), (4, "abc", None), (5, "not", 1)],
        ),
    }
    found = result("chunk_sizes", tables, columns=["instruction", "n_turns"], low=1, high=5)
    assert found == [(1, 4), (3, 0), (4, 3)]


def test_failed_rows_are_pending_where_they_are_tried_again() -> None:
    samples: Rows = [(1, "x", A), (2, "x", B)]
    scores = [
        ok(1, "x", "hdd", "1"),
        ok(1, "x", "mtld", "2"),
        ok(2, "x", "hdd", "1"),
        (2, "x", "mtld", "2", None, "failed", "why"),
    ]
    assert pending(samples, scores) == []
    assert pending(samples, scores, retried=True) == [(2, "x", B, MTLD)]
    tables = {"samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    given = {**WANTED, "key": "sample_id", "outcome": "status"}
    assert result("failed_rows", tables, **given, datasets=["x"]) == [(2, "mtld", "2")]
    assert result("failed_rows", tables, **given, datasets=["y"]) == []


def test_texts_are_those_of_leaders_with_all_that_their_followers_lack() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "chunk": (
            "sample_id bigint, dataset varchar, leader bigint, mask bigint",
            [(1, "x", 1, HDD), (2, "x", 1, MTLD), (3, "x", 3, HDD)],
        ),
        "samples": ("sample_id bigint, response varchar", [(1, "a"), (2, "a"), (3, None), (4, "d")]),
        "scored_axes": ("sample_id bigint, dataset varchar, hdd double", [(1, "x", 0.5)]),
    }
    place = {"low": 1, "high": 3}
    assert result("chunk_texts", tables, columns=["response"], **place) == [(1, BOTH, "a"), (3, HDD, None)]
    assert result("chunk_texts", tables, columns=[], **place) == [(1, BOTH), (3, HDD)]
    assert result("chunk_texts_and_axes", tables, columns=["response", "hdd"], **place) == [
        (1, BOTH, "a", 0.5),
        (3, HDD, None, None),
    ]


def test_superseded_are_other_versions_of_what_is_written() -> None:
    scores = [
        ok(1, "x", "hdd", "0"),
        ok(1, "x", "mtld", "1"),  # not written: bit not set
        ok(2, "x", "hdd", "1"),  # this version
        ok(2, "x", "mtld", "1+parity"),
        ok(3, "x", "hdd", "0"),  # not written
        ok(1, "x", "other", "0"),
    ]
    tables = {"written": ("sample_id bigint, mask bigint", [(1, HDD), (2, BOTH)]), "scores": (SCORES, scores)}
    assert result("superseded_rows", tables, **WANTED, low=0, high=100) == [(1, "hdd", "0"), (2, "mtld", "1+parity")]
    assert result("superseded_rows", tables, **WANTED, low=2, high=100) == [(2, "mtld", "1+parity")]


def plan(samples: Rows, waiting: Rows, given: Rows, *, by_content: bool = True, **more: Any) -> list[tuple[Any, ...]]:
    tables = {
        "datasets": (DATASETS, [("x", 1), ("y", 2)]),
        "samples": (SAMPLES, samples),
        "pending": (PENDING, waiting),
        "donors": (DONORS, given),
    }
    return result("derivation_plan", tables, **VERSIONS, datasets=["x"], by_content=by_content, **more)


def test_the_plan_of_nothing_has_a_row_per_kind() -> None:
    # dataset, kind, version, samples, held, reused, to_run
    assert plan([], [], []) == [("x", "hdd", "1", 0, 0, 0, 0), ("x", "mtld", "2", 0, 0, 0, 0)]


def test_every_sample_is_held_reused_or_to_run() -> None:
    samples = [(1, "x", A), (2, "x", A), (3, "x", B), (4, "x", B), (5, "x", C), (9, "y", B)]
    waiting = [(1, "x", A, MTLD), (2, "x", A, BOTH), (3, "x", B, BOTH), (4, "x", B, BOTH), (5, "x", C, BOTH)]
    given = [(2, "x", 1, HDD), (3, "x", 9, MTLD), (4, "x", 9, MTLD)]
    assert plan(samples, waiting, given) == [
        ("x", "hdd", "1", 5, 1, 2, 2),  # 2 from 1; 4 follows 3; 3 and 5 are run
        ("x", "mtld", "2", 5, 0, 3, 2),  # 3 and 4 from 9; 2 follows 1; 1 and 5 are run
    ]
    assert plan(samples, waiting, [], by_content=False) == [
        ("x", "hdd", "1", 5, 1, 0, 4),
        ("x", "mtld", "2", 5, 0, 0, 5),
    ]


def test_samples_without_content_id_are_planned_one_by_one() -> None:
    waiting: Rows = [(1, "x", None, BOTH), (2, "x", None, BOTH)]
    assert [row[3:] for row in plan([(1, "x", None), (2, "x", None)], waiting, [])] == [(2, 0, 0, 2)] * 2
