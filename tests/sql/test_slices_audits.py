"""Audits of slices: each finds the planted rows of the slice asked for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from literal_relations import Rows, result

MEMBERS = "slice varchar, sample_id bigint, weight double, reason varchar"
FOUND = "slice varchar, sample_id bigint, member_id bigint"
SLICES = "slice varchar, rows bigint"
SAMPLES = "sample_id bigint, dataset varchar, instruction_id varchar, instruction varchar"
DATASETS = "dataset varchar, kind varchar"
LEAKS = "sample_id bigint, benchmark varchar, verdict varchar"

DESCRIBED = (("train", "train"), ("gsm8k", "benchmark"), ("math", "benchmark"))
STORED = (
    (1, "train", "i1", "What is 1 + 1?"),
    (2, "train", "i2", "Name a river."),
    (3, "gsm8k", "i3", "How many apples?"),
)


def found(
    audit: str,
    members: Rows = (),
    slices: Rows = (("s", 2),),
    samples: Rows = STORED,
    datasets: Rows = DESCRIBED,
    leaks: Rows = (),
) -> list[tuple[Any, ...]]:
    tables = {
        "slice_members": (MEMBERS, members),
        "slice_samples": (FOUND, [(name, i, i) for name, i, *_ in members if i in {row[0] for row in samples}]),
        "slices": (SLICES, slices),
        "samples": (SAMPLES, samples),
        "datasets": (DATASETS, datasets),
        "contamination": (LEAKS, leaks),
    }
    rows = result(audit, tables, slices=["s"])
    assert {row[0] for row in rows} <= {"s"}
    return rows if audit == "miscounted_slices" else [row[1:] for row in rows]


def member(sample_id: int | None, name: str = "s") -> tuple[Any, ...]:
    return (name, sample_id, 1.0, None)


SOUND = (member(1), member(2), member(3, "other"), member(77, "other"))


@pytest.mark.parametrize("audit", ["slice_members_without_sample", "miscounted_slices", "benchmark_leaks"])
def test_a_sound_slice_passes_whatever_the_others_hold(audit: str) -> None:
    assert found(audit, SOUND) == []


@pytest.mark.parametrize("audit", ["slice_members_without_sample", "benchmark_leaks"])
def test_nothing_is_wrong_with_nothing(audit: str) -> None:
    assert found(audit, (), (), (), ()) == []


def test_slice_members_without_sample() -> None:
    assert found("slice_members_without_sample", [*SOUND, member(8), member(None)]) == [
        (8, 1.0, None),
        (None, 1.0, None),
    ]


@pytest.mark.parametrize(
    ("members", "slices", "offending"),
    [
        ([member(1)], [("s", 2)], [("s", 2, 1, 1)]),
        ([member(1), member(1)], [("s", 2)], [("s", 2, 2, 1)]),
        ([member(1)], [], [("s", None, 1, 1)]),
        ([], [("s", 0)], []),
        ([], [("s", None)], [("s", None, 0, 0)]),
    ],
)
def test_miscounted_slices(members: Rows, slices: Rows, offending: Rows) -> None:
    assert found("miscounted_slices", members, slices) == offending


def test_a_benchmark_item_in_a_slice_is_a_leak() -> None:
    assert found("benchmark_leaks", [member(1), member(3)]) == [(3, "gsm8k", ["gsm8k"], "How many apples?")]


def test_a_training_sample_that_asks_the_same_is_a_leak() -> None:
    copies = [(4, "train", "i3", "how many APPLES?"), (5, "math", "i3", "How many apples?")]
    assert found("benchmark_leaks", [member(2), member(4)], samples=[*STORED, *copies, *copies[1:]]) == [
        (4, "train", ["gsm8k", "math"], "how many APPLES?")
    ]


def test_empty_prompts_are_no_leak() -> None:
    empty = [(4, "train", "i0", " "), (5, "gsm8k", "i0", "")]
    assert found("benchmark_leaks", [member(4)], samples=[*STORED, *empty]) == []


def test_a_sample_that_was_found_to_hold_an_item_is_a_leak() -> None:
    leaks = [(1, "gsm8k", "contaminated"), (1, "math", "contaminated"), (2, "math", "trace")]
    assert found("benchmark_leaks", [member(1), member(2)], leaks=leaks) == [
        (1, "train", ["gsm8k", "math"], "What is 1 + 1?")
    ]
