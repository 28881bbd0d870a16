"""The relations of sql/score/: what is pending, what equal content offers, what is planned, replaced and stale."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from literal_relations import Rows, result

from lake.errors import UsageError

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
SCORES = (
    "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value float, status varchar, "
    "detail varchar"
)
A, B, C = (UUID(int=n) for n in (1, 2, 3))
WANTED: dict[str, Any] = {"axes": ["hdd", "mtld"], "versions": ["1", "2"]}
HDD, MTLD, BOTH = 1, 2, 3


def ok(sample_id: int, dataset: str, axis: str, version: str, value: float | None = 1.0) -> tuple[Any, ...]:
    return (sample_id, dataset, axis, version, value, "ok", None)


def pending(samples: Rows, scores: Rows, low: int = 0, high: int = 100) -> list[tuple[Any, ...]]:
    tables = {"samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    return result("pending_scores", tables, dataset="x", low=low, high=high, **WANTED)


def test_pending_of_nothing() -> None:
    assert pending([], []) == []


def test_pending_is_a_bit_per_axis_that_lacks_the_wanted_version() -> None:
    samples = [(i, "x", A) for i in range(5)] + [(5, "y", A)]
    scores = [
        ok(1, "x", "hdd", "1"),
        ok(2, "x", "hdd", "1"),
        ok(2, "x", "mtld", "2", None),  # scored without a value is scored
        ok(3, "x", "hdd", "0"),  # an older version is not
        ok(3, "x", "mtld", "2"),
        ok(4, "x", "other", "1"),
    ]
    assert pending(samples, scores) == [(0, A, BOTH), (1, A, MTLD), (3, A, HDD), (4, A, BOTH)]
    assert pending(samples, scores, low=1, high=3) == [(1, A, MTLD), (3, A, HDD)]


def test_pending_keeps_a_sample_without_content_id_and_counts_a_double_score_once() -> None:
    scores = [ok(1, "x", "hdd", "1"), ok(1, "x", "hdd", "1")]
    assert pending([(1, "x", None)], scores) == [(1, None, MTLD)]


def reusable(window: Rows, samples: Rows, scores: Rows) -> list[tuple[Any, ...]]:
    tables = {
        "pending_window": ("sample_id bigint, content_id uuid, mask bigint", window),
        "samples": (SAMPLES, samples),
        "scores": (SCORES, scores),
    }
    return result("reusable_scores", tables, **WANTED)


def test_reuse_of_nothing() -> None:
    assert reusable([], [], []) == []
    assert reusable([(1, A, BOTH)], [(1, "x", A)], []) == []


def test_each_axis_has_one_donor_the_smallest_id_with_equal_content() -> None:
    samples = [(1, "x", A), (2, "y", A), (3, "z", A), (4, "z", B)]
    scores = [
        ok(2, "y", "hdd", "1"),
        ok(3, "z", "hdd", "1"),
        ok(3, "z", "mtld", "2"),
        ok(4, "z", "hdd", "1"),
    ]
    assert reusable([(1, A, BOTH)], samples, scores) == [(1, 2, HDD), (1, 3, MTLD)]
    assert reusable([(1, A, MTLD)], samples, scores) == [(1, 3, MTLD)]
    assert reusable([(1, A, BOTH)], samples, scores[2:]) == [(1, 3, MTLD)]


def test_other_versions_failed_scores_and_missing_content_offer_nothing() -> None:
    samples: Rows = [(1, "x", A), (2, "y", A), (3, "y", None), (4, "y", None)]
    scores: Rows = [
        ok(2, "y", "hdd", "0"),
        (2, "y", "mtld", "2", None, "failed", "why"),
        ok(4, "y", "hdd", "1"),
    ]
    assert reusable([(1, A, BOTH), (3, None, BOTH)], samples, scores) == []


def test_copies_carry_value_status_and_reason() -> None:
    scores: Rows = [
        ok(2, "y", "hdd", "1", 0.5),
        (2, "y", "mtld", "2", None, "not_applicable", "why"),
        ok(2, "y", "other", "1"),
    ]
    window = [(1, 2, BOTH), (7, 2, HDD)]
    tables = {"donor_window": ("sample_id bigint, donor_id bigint, mask bigint", window), "scores": (SCORES, scores)}
    assert result("copied_scores", tables, dataset="x", **WANTED) == [
        (1, "x", "hdd", "1", 0.5, "ok", None),
        (1, "x", "mtld", "2", None, "not_applicable", "why"),
        (7, "x", "hdd", "1", 0.5, "ok", None),
    ]
    tables["donor_window"] = (tables["donor_window"][0], [])
    assert result("copied_scores", tables, dataset="x", **WANTED) == []


def test_superseded_are_other_versions_of_what_is_written() -> None:
    scores = [
        ok(1, "x", "hdd", "0"),
        ok(1, "x", "mtld", "1"),  # not written: bit not set
        ok(2, "x", "hdd", "1"),  # this version
        ok(2, "x", "mtld", "1+parity"),
        ok(3, "x", "hdd", "0"),  # not written
        ok(1, "x", "other", "0"),
    ]
    tables = {"written_window": ("sample_id bigint, mask bigint", [(1, HDD), (2, BOTH)]), "scores": (SCORES, scores)}
    place = {"dataset": "x", "low": 0, "high": 100}
    assert result("superseded_scores", tables, **place, **WANTED) == [
        (1, "x", "hdd", "0"),
        (2, "x", "mtld", "1+parity"),
    ]
    assert result("superseded_scores", tables, **{**place, "low": 2}, **WANTED) == [(2, "x", "mtld", "1+parity")]


def plan(samples: Rows, scores: Rows, **more: Any) -> list[tuple[Any, ...]]:
    tables = {"samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    return result("score_plan", tables, dataset="x", **WANTED, **more)


def test_the_plan_of_nothing_has_a_row_per_axis() -> None:
    # axis, version, samples, scored, reused, to_run
    assert plan([], []) == [("hdd", "1", 0, 0, 0, 0), ("mtld", "2", 0, 0, 0, 0)]


def test_every_sample_is_scored_reused_or_to_run() -> None:
    samples = [(1, "x", A), (2, "x", A), (3, "x", B), (4, "x", B), (5, "x", C), (9, "y", B)]
    scores = [ok(1, "x", "hdd", "1"), ok(5, "x", "hdd", "0"), ok(9, "y", "mtld", "2")]
    assert plan(samples, scores) == [
        ("hdd", "1", 5, 1, 2, 2),  # 2 from 1; 4 follows 3; 3 and 5 are run
        ("mtld", "2", 5, 0, 3, 2),  # 3 and 4 from 9; 2 follows 1; 1 and 5 are run
    ]
    assert plan(samples, scores, by_content=False) == [("hdd", "1", 5, 1, 0, 4), ("mtld", "2", 5, 0, 0, 5)]


def test_samples_without_content_id_are_counted() -> None:
    assert [row[2] for row in plan([(1, "x", None)], [])] == [1, 1]


def windows(samples: Rows, rows: Any) -> list[tuple[Any, ...]]:
    return result("score_windows", {"samples": (SAMPLES, samples)}, dataset="x", rows=rows)


def test_windows_cover_the_ids_with_their_gaps() -> None:
    assert windows([], 10) == []
    samples = [(i, "x", A) for i in (20, 21, 25, 39, 60)] + [(22, "y", A)]
    assert windows(samples, 10) == [(20, 25, 3), (39, 39, 1), (60, 60, 1)]
    assert windows(samples, 1000) == [(20, 60, 5)]
    with pytest.raises(UsageError, match="must be bigint"):
        windows(samples, "many")


def stale(scores: Rows, wide: Rows, columns: str = "sample_id bigint, dataset varchar, hdd float, mtld float") -> Any:
    return result("stale_axes", {"scores": (SCORES, scores), "scored_axes": (columns, wide)}, dataset="x")


def test_equal_values_are_not_stale() -> None:
    assert stale([], []) == []
    scores: Rows = [ok(1, "x", "hdd", "1", 0.5), (1, "x", "mtld", "2", None, "failed", "why"), ok(9, "y", "hdd", "1")]
    assert stale(scores, [(1, "x", 0.5, None)]) == []
    assert stale([], [], "sample_id bigint, dataset varchar") == []


def test_missing_changed_and_surplus_values_are_stale() -> None:
    scores = [ok(1, "x", "hdd", "1", 0.5), ok(2, "x", "hdd", "1", 0.25), ok(1, "x", "mtld", "2", 9.0)]
    assert stale(scores, []) == [("hdd", 2, 0), ("mtld", 1, 0)]
    assert stale(scores, [], "sample_id bigint, dataset varchar") == [("hdd", 2, 0), ("mtld", 1, 0)]
    assert stale(scores, [(1, "x", 0.5, 9.0), (2, "x", 0.5, None)]) == [("hdd", 2, 2)]
    assert stale(scores, [(1, "x", 0.25, 9.0), (2, "x", 0.5, None)]) == [("hdd", 2, 2)]  # swapped
    assert stale([], [(1, "x", 0.5, None)]) == [("hdd", 0, 1)]
