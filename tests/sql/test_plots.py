"""Histograms for plots: bins and counts of literal values."""

from __future__ import annotations

from literal_relations import result

SAMPLES = "dataset varchar, instruction varchar, response varchar"


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
