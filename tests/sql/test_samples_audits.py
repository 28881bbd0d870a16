"""Audits of samples: each finds the planted rows of the dataset asked for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from literal_relations import Rows, result

SAMPLES = (
    "sample_id bigint, dataset varchar, row_no bigint, content_id varchar, instruction_id varchar, "
    "instruction varchar, response varchar"
)
REJECTS = "dataset varchar, row_no bigint, reason varchar"
DATASETS = "dataset varchar, dataset_no bigint, rows bigint, rejected bigint"
FIRST = 2**32


def sample(row: int, dataset: str = "a", **other: Any) -> tuple[Any, ...]:
    number = {"a": 1, "b": 2}[dataset]
    given = {
        "sample_id": number * FIRST + row,
        "dataset": dataset,
        "row_no": row,
        "content_id": f"c{row}",
        "instruction_id": f"i{row}",
        "instruction": "Why?",
        "response": "Because.",
    }
    return tuple((given | other).values())


def found(
    audit: str,
    samples: Rows = (),
    rejects: Rows = (),
    datasets: Rows = (("a", 1, 2, 0), ("b", 2, 2, 0)),
    **parameters: Any,
) -> list[tuple[Any, ...]]:
    tables = {"samples": (SAMPLES, samples), "rejects": (REJECTS, rejects), "datasets": (DATASETS, datasets)}
    rows = result(audit, tables, datasets=["a"], **parameters)
    assert {row[0] for row in rows} <= {"a"}
    shown = ("miscounted_datasets", "many_exact_duplicates")  # those that tell of the dataset as a whole
    return rows if audit in shown else [row[1:] for row in rows]


SOUND = (sample(0), sample(1), sample(0, "b"), sample(1, "b"))
AUDITS = (
    "duplicate_sample_ids",
    "misnumbered_samples",
    "miscounted_datasets",
    "lost_rows",
    "samples_without_identity",
    "empty_instructions",
    "many_exact_duplicates",
    "many_rejects",
)


@pytest.mark.parametrize("audit", AUDITS)
def test_sound_samples_pass(audit: str) -> None:
    assert found(audit, SOUND) == []


@pytest.mark.parametrize("audit", AUDITS)
def test_faults_of_another_dataset_do_not_count(audit: str) -> None:
    faulty = sample(7, "b", sample_id=5, content_id=None, instruction=None)
    repeated = [sample(row, "b", content_id="same") for row in (1, 1, 1)]
    assert found(audit, [*SOUND[:2], faulty, *repeated], [("b", 9, "broken")]) == []


def test_empty_lake() -> None:
    assert {audit: found(audit, datasets=()) for audit in AUDITS if audit != "miscounted_datasets"} == {
        audit: [] for audit in AUDITS if audit != "miscounted_datasets"
    }
    assert found("miscounted_datasets", datasets=()) == [("a", None, 0, None, 0)]


def test_duplicate_sample_ids() -> None:
    stranger = sample(3, "b", sample_id=FIRST)
    assert found("duplicate_sample_ids", [*SOUND, sample(1), stranger]) == [
        (FIRST, 2, ["a", "b"]),
        (FIRST + 1, 2, ["a"]),
    ]


def test_misnumbered_samples() -> None:
    wrong = [sample(0, sample_id=FIRST + 9), sample(1, row_no=None), sample(2, sample_id=None)]
    assert found("misnumbered_samples", [*wrong, sample(3)]) == [
        (FIRST + 1, None, 1),
        (FIRST + 9, 0, 1),
        (None, 2, 1),
    ]


def test_misnumbered_samples_of_a_dataset_that_is_not_described() -> None:
    assert found("misnumbered_samples", [sample(0)], datasets=[("b", 2, 0, 0)]) == [(FIRST, 0, None)]


@pytest.mark.parametrize(
    ("described", "offending"),
    [
        (("a", 1, 2, 1), []),
        (("a", 1, 3, 1), [("a", 3, 2, 1, 1)]),
        (("a", 1, 2, 0), [("a", 2, 2, 0, 1)]),
        (("a", 1, None, 1), [("a", None, 2, 1, 1)]),
    ],
)
def test_miscounted_datasets(described: tuple[Any, ...], offending: Rows) -> None:
    assert found("miscounted_datasets", SOUND, [("a", 2, "broken")], [described]) == offending


def test_lost_rows() -> None:
    samples = [sample(row) for row in (2, 3, 7)]
    assert found("lost_rows", samples, [("a", 4, "broken"), ("a", None, "file ends early")]) == [
        (0, 1, 2),
        (5, 6, 2),
    ]


def test_several_samples_of_one_row_are_no_loss() -> None:
    assert found("lost_rows", [sample(0), sample(0), sample(1)]) == []


def test_samples_without_identity() -> None:
    samples = [*SOUND, sample(2, content_id=None), sample(3, instruction_id=None)]
    assert found("samples_without_identity", samples) == [(FIRST + 2, None, "i2"), (FIRST + 3, "c3", None)]


@pytest.mark.parametrize("text", ["", " ", "\n\t ", None])
def test_empty_instructions(text: str | None) -> None:
    assert found("empty_instructions", [*SOUND, sample(2, instruction=text)]) == [(FIRST + 2, 2, text, "Because.")]


def test_many_exact_duplicates() -> None:
    samples = [sample(row, content_id="same" if row < 3 else f"c{row}") for row in range(8)]
    assert found("many_exact_duplicates", samples) == [("a", 8, 2, 0.25)]
    assert found("many_exact_duplicates", samples, allowed=0.25) == []
    assert found("many_exact_duplicates", samples, allowed=0.24) == [("a", 8, 2, 0.25)]


def test_many_rejects() -> None:
    samples = [sample(row) for row in range(6)]
    rejects = [("a", 6, "no prompt"), ("a", 7, "no prompt"), ("a", 8, "not an object"), ("a", 9, None)]
    assert found("many_rejects", samples, rejects) == [
        ("no prompt", 2, 0.2),
        ("not an object", 1, 0.1),
        (None, 1, 0.1),
    ]
    assert found("many_rejects", samples, rejects, allowed=0.4) == []
