"""exact_duplicates: samples whose content occurs more than once."""

from __future__ import annotations

from uuid import UUID

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
A, B, C = (UUID(int=n) for n in (1, 2, 3))


def duplicates(samples: Rows) -> list[tuple[object, ...]]:
    return result("exact_duplicates", {"samples": (SAMPLES, samples)})


def test_nothing_in_nothing_out() -> None:
    assert duplicates([]) == []


def test_content_that_occurs_once_is_absent() -> None:
    assert duplicates([(1, "x", A), (2, "x", B)]) == []


def test_copies_are_numbered_from_the_survivor_across_datasets() -> None:
    samples = [(7, "y", A), (1, "x", A), (2, "x", B), (3, "x", A), (8, "y", C), (9, "z", C)]
    # sample_id, dataset, content_id, survivor_id, copies, copy_no, datasets
    assert duplicates(samples) == [
        (1, "x", A, 1, 3, 1, 2),
        (3, "x", A, 1, 3, 2, 2),
        (7, "y", A, 1, 3, 3, 2),
        (8, "y", C, 8, 2, 1, 2),
        (9, "z", C, 8, 2, 2, 2),
    ]


def test_samples_without_content_id_are_copies_of_nothing() -> None:
    assert duplicates([(1, "x", None), (2, "x", None)]) == []
