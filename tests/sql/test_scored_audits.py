"""Audits of scores: each finds the planted rows of the dataset asked for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar"
SCORES = "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value float, status varchar, detail varchar"
RANGES = {"axes": ["hdd", "mtld"], "minima": [0.0, 0.0], "maxima": [1.0, None]}
NAN = float("nan")


def score(
    sample_id: int | None,
    axis: str = "hdd",
    value: float | None = 0.5,
    status: str | None = "ok",
    detail: str | None = None,
    *,
    dataset: str = "a",
    version: str = "1",
) -> tuple[Any, ...]:
    return (sample_id, dataset, axis, version, value, status, detail)


def found(
    audit: str, scores: Rows = (), samples: Rows = ((1, "a"), (2, "a"), (9, "b")), **parameters: Any
) -> list[tuple[Any, ...]]:
    ranges = RANGES if audit == "values_out_of_range" else {}
    tables: dict[str, tuple[str, Rows]] = {"samples": (SAMPLES, samples), "scores": (SCORES, scores)}
    rows = result(audit, tables, datasets=["a"], **ranges, **parameters)
    assert {row[0] for row in rows} <= {"a"}
    return [row[1:] for row in rows]


ABSENT = ("not_applicable", "the text has no words")
SOUND = (
    score(1),
    score(2, "hdd", None, *ABSENT),
    score(1, "mtld", 1e9),
    score(2, "mtld", 0.0),
    score(9, dataset="b"),
)
AUDITS = (
    "scores_without_sample",
    "unexplained_scores",
    "values_out_of_range",
    "incomplete_axes",
    "many_failed_scores",
)


@pytest.mark.parametrize("audit", AUDITS)
def test_sound_scores_pass(audit: str) -> None:
    assert found(audit, SOUND) == []


@pytest.mark.parametrize("audit", AUDITS)
def test_nothing_is_wrong_with_nothing(audit: str) -> None:
    assert found(audit, samples=()) == []


@pytest.mark.parametrize("audit", AUDITS)
def test_faults_of_another_dataset_do_not_count(audit: str) -> None:
    faulty = [
        score(77, "hdd", 7.0, dataset="b"),
        score(77, "hdd", None, dataset="b"),
        score(9, "hdd", None, "failed", dataset="b"),
    ]
    assert found(audit, [*SOUND, *faulty]) == []


def test_scores_without_sample() -> None:
    elsewhere = score(9)  # its sample belongs to another dataset
    assert found("scores_without_sample", [*SOUND, score(3), elsewhere, score(None)]) == [
        (3, "hdd", 0.5, "ok"),
        (9, "hdd", 0.5, "ok"),
        (None, "hdd", 0.5, "ok"),
    ]


@pytest.mark.parametrize(
    ("value", "status", "detail"),
    [
        (None, "ok", None),
        (0.5, "failed", "no reason to have a value"),
        (None, None, "no status"),
        (0.5, None, None),
        (None, "skipped", "not a status"),
        (None, "failed", None),
        (None, "failed", "  "),
        (float("inf"), "ok", None),
    ],
)
def test_unexplained_scores(value: float | None, status: str | None, detail: str | None) -> None:
    assert found("unexplained_scores", [*SOUND, score(2, "x", value, status, detail)]) == [
        (2, "x", value, status, detail)
    ]


def test_a_value_that_is_not_a_number_is_unexplained() -> None:
    assert [row[:2] for row in found("unexplained_scores", [score(2, "x", NAN)])] == [(2, "x")]


def test_values_out_of_range() -> None:
    scores = [*SOUND, score(1, "mtld", -0.25), score(2, "hdd", 1.5), score(2, "undeclared", -1e9), score(2, "hdd", 1.0)]
    assert found("values_out_of_range", scores) == [
        (1, "mtld", -0.25, 0.0, None),
        (2, "hdd", 1.5, 0.0, 1.0),
    ]


def test_a_bound_that_a_float_cannot_hold_exactly_is_still_inside() -> None:
    ranges = {"axes": ["x"], "minima": [0.1], "maxima": [0.7]}
    tables = {"samples": (SAMPLES, ()), "scores": (SCORES, [score(1, "x", 0.1), score(2, "x", 0.7)])}
    assert result("values_out_of_range", tables, datasets=["a"], **ranges) == []


def test_incomplete_axes() -> None:
    assert found("incomplete_axes", [*SOUND, score(1, "x"), score(1, "x", version="2")]) == [("x", 1, 2)]


def test_many_failed_scores() -> None:
    scores = [score(1, "x", None, "failed", "crash"), score(2, "x", None, "unparsable", "crash"), score(3, "x")]
    assert found("many_failed_scores", [*SOUND, *scores]) == [("x", 2, 3, "crash")]
    assert found("many_failed_scores", scores, allowed=0.7) == []
