"""Histograms for plots: bins and counts of literal values."""

from __future__ import annotations

from typing import Any

from literal_relations import Rows, result

SCORES = "dataset varchar, axis varchar, value float"
SAMPLES = "dataset varchar, instruction varchar, response varchar"


def axis_histogram(values: Rows, bins: int = 4) -> list[tuple[Any, ...]]:
    return result("axis_histogram", {"scores": (SCORES, values)}, dataset="a", axis="x", bins=bins)


def test_axis_histogram_counts_every_value_once_tails_in_the_outer_bins() -> None:
    values = [("a", "x", float(v)) for v in range(101)]
    other = [("a", "x", None), ("a", "y", 5.0), ("b", "x", 5.0)]
    assert axis_histogram([*values, *other]) == [
        (1.0, 24.5, 26),
        (25.5, 24.5, 24),
        (50.0, 24.5, 25),
        (74.5, 24.5, 26),
    ]


def test_axis_histogram_of_equal_values_is_one_bin() -> None:
    assert axis_histogram([("a", "x", 3.0), ("a", "x", 3.0)]) == [(3.0, 0.0, 2)]


def test_axis_histogram_without_values_is_empty() -> None:
    assert axis_histogram([]) == []
    assert axis_histogram([("a", "x", None)]) == []


def test_length_histogram() -> None:
    samples = [("a", "ten chars.", None), ("a", "", "x"), ("a", "x" * 100, "x" * 101), ("b", "x", "x")]
    assert result("length_histogram", {"samples": (SAMPLES, samples)}, dataset="a") == [
        ("instruction", 0.0, 1),
        ("instruction", 1.0, 1),
        ("instruction", 2.0, 1),
        ("response", 0.0, 1),
        ("response", 2.0, 1),
    ]
    assert result("length_histogram", {"samples": (SAMPLES, [])}, dataset="a") == []
