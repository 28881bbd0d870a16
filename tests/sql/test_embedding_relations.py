"""The relations that order and fingerprint a dataset, over literal rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from literal_relations import Rows, result

A, B, C = (UUID(int=n) for n in (1, 2, 3))
SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
EMBEDDINGS = "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]"
MODEL = {"model": "m", "revision": "r"}


def row(
    sample_id: int, dataset: str = "x", model: str = "m", revision: str = "r", vector: Any = (1.0,)
) -> tuple[Any, ...]:
    return (sample_id, dataset, model, revision, vector if vector is None else list(vector))


def contents(samples: Rows, embeddings: Rows) -> tuple[Any, ...]:
    tables = {"samples": (SAMPLES, samples), "embeddings": (EMBEDDINGS, embeddings)}
    (found,) = result("set_fingerprint", tables, dataset="x", model="m")
    return found


def test_a_fingerprint_tells_what_a_dataset_holds() -> None:
    assert contents([], []) == (0, 0, 0, 0, None)
    samples = [(1, "x", A), (2, "x", B), (3, "x", A), (4, "y", A)]
    embeddings = [row(1), row(2, vector=None), row(3), row(4, "y")]
    samples_of, vectors, texts, embedded, revision = contents(samples, embeddings)
    assert (samples_of, vectors, revision) == (3, 2, "r")
    swapped = [(1, "x", B), (2, "x", A), (3, "x", A)]
    assert contents(swapped, embeddings)[2] != texts
    assert contents(samples[::-1], embeddings[::-1])[2:4] == (texts, embedded)
    assert contents(samples, [row(1), row(2)])[3] != embedded
    assert contents(samples, [row(1, revision="s"), row(3, revision="s")])[3] != embedded
    mixed = [row(1, revision="s"), row(2, revision="s"), row(3)]
    assert contents(samples, mixed)[1::3] == (2, "s")


@pytest.mark.parametrize("ids", [(1, 2, 3, 4), (40, 30, 20, 10)])
def test_the_order_of_a_collection_depends_on_contents_only(ids: tuple[int, ...]) -> None:
    contents_of = dict(zip(ids, (A, B, A, C), strict=True))
    samples = [(sample_id, "x", content) for sample_id, content in contents_of.items()] + [(99, "y", A)]
    found = result("collection_rows", {"samples": (SAMPLES, samples)}, dataset="x")
    order = [contents_of[sample_id] for _, sample_id in sorted((place, sample_id) for sample_id, place in found)]
    assert sorted(place for _, place in found) == [0, 1, 2, 3]
    assert order == result_order()


def result_order() -> list[UUID]:
    samples = [(1, "x", C), (2, "x", A), (3, "x", A), (4, "x", B)]
    found = result("collection_rows", {"samples": (SAMPLES, samples)}, dataset="x")
    return [{1: C, 2: A, 3: A, 4: B}[sample_id] for _, sample_id in sorted((place, i) for i, place in found)]


def test_vectors_that_are_null_or_of_another_model_have_no_place() -> None:
    tables = {
        "collection_places": ("sample_id bigint, place bigint", [(1, 2), (2, 0), (3, 1), (4, 3)]),
        "embeddings": (EMBEDDINGS, [row(1), row(2, vector=None), row(3, model="n"), row(4)]),
    }
    assert result("collection_vectors", tables, dataset="x", **MODEL) == [(1, 0), (4, 1)]
