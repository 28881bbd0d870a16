"""Profiles: shared histograms, distances between datasets and correlations of literal values."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from literal_relations import Rows, result
from sampling import examples
from scipy import stats

from pipelines.profiling.correlations import correlated

SCORES = "sample_id bigint, dataset varchar, axis varchar, value float"
DATASETS = "dataset varchar, rows bigint"
WIDE = "sample_id bigint, dataset varchar, p double, q double, r double"


def histograms(values: Rows, axes: list[str] | None = None, bins: int = 2, **more: Any) -> list[tuple[Any, ...]]:
    return result("axis_histograms", stored(values), datasets=["a", "b"], axes=axes or [], bins=bins, **more)


def stored(values: Rows, rows: int = 10) -> dict[str, tuple[str, Rows]]:
    scores = [(number, *value) for number, value in enumerate(values)]
    return {"scores": (SCORES, scores), "datasets": (DATASETS, [(name, rows) for name in "abc"])}


def distances(values: Rows, datasets: list[str] | None = None) -> list[tuple[Any, ...]]:
    return result("axis_distances", stored(values), datasets=datasets or ["a", "b"], axes=[])


def correlations(rows: Rows, axes: list[str] | None = None, **more: Any) -> list[tuple[Any, ...]]:
    chosen = result("profiled_samples", {"scored_axes": (WIDE, rows)}, datasets=["a", "b"], **more)
    columns = {name: np.array([row[place] for row in chosen], float) for place, name in enumerate("pqr", 1)}
    wanted = {name: column for name, column in columns.items() if not axes or name in axes}
    return [astuple(pair) for pair in correlated(wanted)]


def test_datasets_share_the_bins_of_an_axis() -> None:
    values = [("a", "x", 0.0), ("a", "x", 1.0), ("b", "x", 8.0), ("b", "x", None), ("c", "x", 99.0), ("a", "y", 5.0)]
    assert histograms(values) == [
        ("x", "a", 0, 0.0, 4.0, 2),
        ("x", "b", 1, 0.0, 4.0, 1),
        ("y", "a", 0, 5.0, 0.0, 1),
    ]
    assert histograms(values, axes=["y"]) == [("y", "a", 0, 5.0, 0.0, 1)]


def test_equal_values_count_each_time_and_nothing_gives_nothing() -> None:
    assert histograms([("a", "x", 3.0)] * 4) == [("x", "a", 0, 3.0, 0.0, 4)]
    assert histograms([]) == histograms([("a", "x", None)]) == []


def test_distances_of_literal_values() -> None:
    values = [("a", "x", 0.0), ("a", "x", 2.0), ("b", "x", 1.0), ("b", "x", 2.0), ("b", "x", None), ("b", "y", 1.0)]
    assert distances(values) == [("x", "a", "b", 2, 2, 0.5, 0.5)]


def test_equal_datasets_are_at_no_distance_and_parts_apart_at_one() -> None:
    same = [(dataset, "x", value) for dataset in "ab" for value in (1.0, 1.0, 4.0, 8.0)]
    assert distances(same) == [("x", "a", "b", 4, 4, 0.0, 0.0)]
    assert distances([("a", "x", 1.0), ("b", "x", 4.0)]) == [("x", "a", "b", 1, 1, 1.0, 3.0)]


def test_each_dataset_is_compared_with_each() -> None:
    values = [(dataset, "x", float(place)) for place, dataset in enumerate("abc")]
    found = distances(values, ["a", "b", "c"])
    assert [(row[1], row[2], row[6]) for row in found] == [("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 1.0)]
    assert distances([]) == []


numbers = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=30)


@examples(25)
@given(numbers, numbers)
def test_distances_are_those_of_scipy(left: list[float], right: list[float]) -> None:
    values = [("a", "x", v) for v in left] + [("b", "x", v) for v in right]
    ((_, _, _, _, _, ks, wasserstein),) = distances(values)
    assert ks == pytest.approx(stats.ks_2samp(left, right).statistic, abs=1e-12)
    assert wasserstein == pytest.approx(stats.wasserstein_distance(left, right), abs=1e-9)


def test_correlations_of_literal_values() -> None:
    rows = [(i, "a", float(i), float(i * i), 5.0) for i in range(1, 5)]
    (p_q, p_r, q_r) = correlations(rows)
    assert p_q[:3] == ("p", "q", 4)
    assert p_q[3:] == (pytest.approx(0.9843740386976972), pytest.approx(1.0))
    assert p_r == ("p", "r", 4, None, None)  # r does not vary
    assert q_r == ("q", "r", 4, None, None)
    assert [row[:2] for row in correlations(rows, axes=["q", "p"])] == [("p", "q")]


def test_only_samples_with_both_values_of_the_datasets_count() -> None:
    rows = [(1, "a", 1.0, 3.0, None), (2, "b", 2.0, 2.0, None), (3, "b", 3.0, 1.0, 9.0), (4, "b", None, 7.0, 1.0)]
    rows += [(5, "c", 50.0, 50.0, 50.0), (6, "a", 9.0, None, None)]
    assert correlations(rows) == [
        ("p", "q", 3, pytest.approx(-1.0), pytest.approx(-1.0)),
        ("p", "r", 1, None, None),
        ("q", "r", 2, None, None),
    ]
    assert correlations([]) == []


def test_at_most_so_many_samples_are_looked_at_always_the_same() -> None:
    rows = [(i, "a", float(i % 7), float(i % 5), None) for i in range(100)]
    (first,) = correlations(rows, at_most=20)
    assert first[2] == 20
    assert correlations(rows[::-1], at_most=20) == [(*first[:3], pytest.approx(first[3]), pytest.approx(first[4]))]


@examples(25)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40))
def test_correlations_are_those_of_scipy(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, float).T
    ((_, _, n, pearson, spearman),) = correlations([(i, "a", a, b, None) for i, (a, b) in enumerate(pairs)])
    assert n == len(pairs)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert (pearson, spearman) == (None, None)
        return
    assert math.isclose(pearson, stats.pearsonr(x, y).statistic, abs_tol=1e-9)
    assert math.isclose(spearman, stats.spearmanr(x, y).statistic, abs_tol=1e-9)


@examples(25)
@given(
    st.lists(st.tuples(*[st.one_of(st.none(), st.integers(0, 4), st.sampled_from([1e300, -1e300]))] * 3), max_size=30)
)
def test_pairs_of_axes_that_lack_different_samples_are_those_of_scipy(rows: list[tuple[float | None, ...]]) -> None:
    found = {pair[:2]: pair[2:] for pair in correlations([(i, "a", *row) for i, row in enumerate(rows)])}
    columns = dict(zip("pqr", np.array(rows, float).reshape(-1, 3).T, strict=True))
    for axis, other in ("pq", "pr", "qr"):
        both = ~np.isnan(columns[axis]) & ~np.isnan(columns[other])
        x, y = columns[axis][both], columns[other][both]
        if not both.any():
            assert (axis, other) not in found
        elif len(x) < 3 or len(set(x)) == 1 or len(set(y)) == 1:
            assert found[axis, other] == (len(x), None, None)
        else:
            n, pearson, spearman = found[axis, other]
            assert n == len(x)
            assert math.isclose(pearson, stats.pearsonr(x / abs(x).max(), y / abs(y).max()).statistic, abs_tol=1e-6)
            assert math.isclose(spearman, stats.spearmanr(x, y).statistic, abs_tol=1e-9)


def test_of_large_datasets_about_so_many_samples_are_looked_at_always_the_same() -> None:
    values: Rows = [("a", axis, float(i % 10)) for i in range(1000) for axis in "xy"]
    given: dict[str, Any] = {"datasets": ["a"], "axes": [], "bins": 1}
    found = result("axis_histograms", stored(values, rows=1000), **given, at_most=250)
    assert all(200 < row[-1] < 300 for row in found)
    assert found == result("axis_histograms", stored(values, rows=1000), **given, at_most=250)
    assert [row[-1] for row in result("axis_histograms", stored(values, rows=1000), **given, at_most=1000)] == [
        1000,
        1000,
    ]
