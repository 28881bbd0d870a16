"""dataset_profile: coverage, spread and quantiles per dataset and axis."""

from __future__ import annotations

from typing import Any

import pytest
from literal_relations import Rows, result

DATASETS = "dataset varchar, rows bigint"
SCORES = "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value float, status varchar"

COLUMNS = ("dataset", "axis", "scorer_version", "n", "samples", "coverage", "missing", "mean", "sd", "minimum")
COLUMNS += ("p05", "p25", "median", "p75", "p95", "maximum", "calibration")
CALIBRATIONS = "axis varchar, scorer_version varchar, kappa double, n bigint"


def profile(datasets: Rows, scores: Rows, calibrations: Rows = ()) -> list[dict[str, Any]]:
    tables = {
        "datasets": (DATASETS, datasets),
        "scores": (SCORES, scores),
        "calibrations": (CALIBRATIONS, calibrations),
    }
    rows = result("dataset_profile", tables)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def test_nothing_in_nothing_out() -> None:
    assert profile([], []) == []
    assert profile([("a", 3)], []) == []


def test_moments_and_quantiles_of_five_values() -> None:
    scores = [(i, "a", "hdd", "1", float(i), "ok") for i in range(1, 6)]
    (row,) = profile([("a", 10)], scores)
    assert row == {
        "dataset": "a",
        "axis": "hdd",
        "scorer_version": "1",
        "n": 5,
        "samples": 10,
        "coverage": 0.5,
        "missing": 0,
        "mean": 3.0,
        "sd": pytest.approx(2.5**0.5),
        "minimum": 1.0,
        "p05": pytest.approx(1.2),
        "p25": 2.0,
        "median": 3.0,
        "p75": 4.0,
        "p95": pytest.approx(4.8),
        "maximum": 5.0,
        "calibration": None,
    }


def test_the_calibration_of_a_version_stands_beside_it() -> None:
    scores: Rows = [
        (1, "a", axis, version, 2.0, "ok")
        for axis, version in (
            ("good", "1+judgements=judge_q@x"),
            ("new", "1+judgements=judge_q@y"),
            ("odd", "1+judgements=judge_q@x"),
            ("hdd", "1"),
        )
    ]
    calibrations: Rows = [
        ("good", "1+judgements=judge_q@x", 0.714, 200),
        ("new", "1+judgements=judge_q@x", 0.9, 300),
        ("odd", "1+judgements=judge_q@x", None, 12),
    ]
    rows = {row["axis"]: row["calibration"] for row in profile([("a", 4)], scores, calibrations)}
    assert rows == {"good": "kappa 0.71, 200 labels", "new": "uncalibrated", "odd": "kappa -, 12 labels", "hdd": None}


def test_rows_without_a_value_lower_coverage_and_move_no_mean() -> None:
    scores: Rows = [
        (1, "a", "hdd", "1", 2.0, "ok"),
        (2, "a", "hdd", "1", None, "not_applicable"),
        (3, "a", "hdd", "1", None, "failed"),
    ]
    (row,) = profile([("a", 4)], scores)
    assert (row["n"], row["samples"], row["missing"], row["coverage"], row["mean"]) == (1, 4, 2, 0.25, 2.0)
    assert row["sd"] is None  # one value has no spread


def test_an_axis_without_any_value_is_still_a_row() -> None:
    (row,) = profile([("a", 1)], [(1, "a", "hdd", "1", None, "failed")])
    assert (row["n"], row["coverage"], row["mean"], row["median"], row["maximum"]) == (0, 0.0, None, None, None)


def test_datasets_and_axes_are_kept_apart_and_equal_values_counted_each() -> None:
    scores = [
        (1, "a", "hdd", "1", 1.0, "ok"),
        (2, "a", "hdd", "1", 1.0, "ok"),
        (1, "a", "mtld", "2", 5.0, "ok"),
        (9, "b", "hdd", "1", 3.0, "ok"),
    ]
    rows = profile([("a", 2), ("b", 1)], scores)
    assert [(r["dataset"], r["axis"], r["scorer_version"], r["n"], r["mean"]) for r in rows] == [
        ("a", "hdd", "1", 2, 1.0),
        ("a", "mtld", "2", 1, 5.0),
        ("b", "hdd", "1", 1, 3.0),
    ]


def test_a_dataset_without_rows_has_no_coverage() -> None:
    (row,) = profile([("a", 0)], [(1, "a", "hdd", "1", 1.0, "ok")])
    assert row["coverage"] is None
