"""scored: one wide row per sample, scored or not."""

from __future__ import annotations

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, instruction varchar"
AXES = "sample_id bigint, dataset varchar, hdd float, mtld float"


def scored(samples: Rows, axes: Rows) -> list[tuple[object, ...]]:
    return result("scored", {"samples": (SAMPLES, samples), "scored_axes": (AXES, axes)})


def test_nothing_in_nothing_out() -> None:
    assert scored([], []) == []
    assert scored([], [(1, "x", 0.5, 1.0)]) == []  # scores of a sample that is gone


def test_every_sample_is_there_with_null_where_it_has_no_score() -> None:
    samples = [(1, "x", "a"), (2, "x", "b"), (3, "y", "c")]
    assert scored(samples, [(1, "x", 0.5, None), (3, "y", 0.25, 7.0)]) == [
        (1, "x", "a", 0.5, None),
        (2, "x", "b", None, None),
        (3, "y", "c", 0.25, 7.0),
    ]


def test_equal_texts_stay_separate_rows() -> None:
    samples = [(1, "x", "a"), (2, "x", "a")]
    assert scored(samples, [(1, "x", 0.5, 1.0), (2, "x", 0.5, 1.0)]) == [
        (1, "x", "a", 0.5, 1.0),
        (2, "x", "a", 0.5, 1.0),
    ]
