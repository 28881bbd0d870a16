"""The relations of sql/score/: sizes, counts, and the wide form of scores."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
SCORES = (
    "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value double, status varchar, "
    "detail varchar"
)
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def ok(sample_id: int, dataset: str, axis: str, version: str, value: float | None = 1.0) -> tuple[Any, ...]:
    return (sample_id, dataset, axis, version, value, "ok", None)


WIDE = "sample_id bigint, dataset varchar, hdd double, mtld double"


def stale(scores: Rows, wide: Rows, columns: str = WIDE, datasets: tuple[str, ...] = ("x",)) -> Any:
    tables = {"scores": (SCORES, scores), "scored_axes": (columns, wide)}
    return result("stale_axes", tables, datasets=list(datasets))


def test_equal_values_are_not_stale() -> None:
    assert stale([], []) == []
    scores: Rows = [ok(1, "x", "hdd", "1", 0.5), (1, "x", "mtld", "2", None, "failed", "why"), ok(9, "y", "hdd", "1")]
    assert stale(scores, [(1, "x", 0.5, None)]) == []
    assert stale(scores, [(1, "x", 0.5, None)], datasets=("x", "y")) == [("y", "hdd", 1, 0)]
    assert stale([], [], "sample_id bigint, dataset varchar") == []


def test_missing_changed_and_surplus_values_are_stale() -> None:
    scores = [ok(1, "x", "hdd", "1", 0.5), ok(2, "x", "hdd", "1", 0.25), ok(1, "x", "mtld", "2", 9.0)]
    assert stale(scores, []) == [("x", "hdd", 2, 0), ("x", "mtld", 1, 0)]
    assert stale(scores, [], "sample_id bigint, dataset varchar") == [("x", "hdd", 2, 0), ("x", "mtld", 1, 0)]
    assert stale(scores, [(1, "x", 0.5, 9.0), (2, "x", 0.5, None)]) == [("x", "hdd", 2, 2)]
    assert stale(scores, [(1, "x", 0.25, 9.0), (2, "x", 0.5, None)]) == [("x", "hdd", 2, 2)]  # swapped
    assert stale([], [(1, "x", 0.5, None)]) == [("x", "hdd", 0, 1)]


def test_wide_scores_have_a_column_per_axis() -> None:
    scores: Rows = [
        ok(1, "x", "hdd", "1", 0.5),
        (1, "x", "mtld", "2", None, "failed", "why"),
        ok(2, "x", "mtld", "2", 7.0),
        ok(2, "x", "other", "1", 3.0),
        ok(9, "y", "hdd", "1", 1.0),
        ok(50, "x", "hdd", "1", 1.0),
    ]

    def wide(*datasets: str) -> Any:
        given = {"axes": ["hdd", "mtld"], "datasets": list(datasets), "low": 0, "high": 9}
        return result("wide_scores", {"scores": (SCORES, scores)}, **given)

    assert wide("x") == [(1, "x", 0.5, None), (2, "x", None, 7.0)]
    assert wide("x", "y") == [(1, "x", 0.5, None), (2, "x", None, 7.0), (9, "y", 1.0, None)]
    assert wide() == []


def test_where_scores_lie() -> None:
    scores: Rows = [ok(1, "x", "hdd", "1"), (3, "x", "mtld", "2", None, "failed", "why"), ok(9, "y", "hdd", "1")]
    tables = {"scores": (SCORES, scores)}
    assert result("scored_ranges", tables, datasets=["x"]) == [("x", 1, 3, ["hdd", "mtld"])]


def test_sizes_are_mean_bytes_of_the_columns_read() -> None:
    columns = "row_no bigint, dataset varchar, instruction varchar, response varchar"
    rows: Rows = [(0, "x", "äb", None), (1, "x", "c", "defg"), (20_000, "x", "h" * 99, None), (0, "y", None, None)]
    found = result("text_sizes", {"samples": (columns, rows)}, columns=["instruction", "response"], datasets=["x", "y"])
    assert found == [("x", 4.0), ("y", 0.0)]
