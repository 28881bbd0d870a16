"""The relations of sql/derive/ for what is computed from stored rows: who has them, who waits, what is joined."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from literal_relations import Rows, result

A, B, C = (UUID(int=n) for n in (1, 2, 3))
SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
HELD: Rows = [(1, "x", A), (2, "x", B), (3, "x", None), (9, "y", A)]
SIGNALS = "content_id uuid, signal varchar, revision varchar, value double, status varchar"
SIGNAL_ROWS: Rows = [(A, "loss", "r1", 0.5, "ok"), (B, "loss", "r0", 0.6, "ok"), (C, "loss", "r1", 0.7, "ok")]
VECTORS = "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]"
VECTOR_ROWS: Rows = [(1, "x", "m", "r1", [1.0]), (2, "x", "m", "r1", None), (9, "y", "m", "r2", [2.0])]
OF_SIGNALS = {"stored": "signals", "key": "content_id", "kind": "signal", "version": "revision"}
OF_VECTORS = {"stored": "vectors", "key": "sample_id", "kind": "model", "version": "revision"}


def tables(**more: tuple[str, Rows]) -> dict[str, tuple[str, Rows]]:
    return {
        "samples": (SAMPLES, HELD),
        "ready": (SAMPLES, HELD),
        "signals": (SIGNALS, SIGNAL_ROWS),
        "vectors": (VECTORS, VECTOR_ROWS),
        "datasets": ("dataset varchar, dataset_no bigint", [("x", 1), ("y", 2)]),
        **more,
    }


def test_ready_are_the_samples_of_a_range() -> None:
    assert result("ready_rows", tables(), datasets=["x", "none"], low=0, high=2) == [(1, "x", A), (2, "x", B)]
    assert result("ready_rows", tables(), datasets=[]) == []


def ready(given: dict[str, Any], of: str, at: str) -> list[tuple[Any, ...]]:
    return result("ready_with_input", tables(), rows="ready", **given, of=of, at=at)


def test_those_with_an_input_have_a_row_of_the_version_by_content_or_by_sample() -> None:
    assert ready(OF_SIGNALS, "loss", "r1") == [(1, "x", A), (9, "y", A)]
    assert ready(OF_SIGNALS, "loss", "r2") == []
    assert ready(OF_VECTORS, "m", "r1") == [(1, "x", A), (2, "x", B)]  # a row without a value is a row


def test_the_others_wait() -> None:
    given = tables(ready=(SAMPLES, [(1, "x", A), (9, "y", A)]))
    assert result("waiting_samples", given, rows="ready") == [("x", 2)]


def test_inputs_of_a_chunk_are_those_of_its_leaders() -> None:
    chunk: Rows = [(1, A, 1), (9, A, 1), (2, B, 2), (3, None, 3)]
    given = tables(chunk=("sample_id bigint, content_id uuid, leader bigint", chunk))
    found = result("chunk_inputs", given, **OF_SIGNALS, of="loss", at="r1", columns=["value", "status"])
    assert found == [(1, 0.5, "ok")]
    found = result("chunk_inputs", given, **OF_VECTORS, of="m", at="r1", columns=["vector"])
    assert found == [(1, [1.0]), (2, None)]
    # Where other columns decide too, the chunk has another id; an input is of the sample's own content.
    given = tables(chunk=("sample_id bigint, content_id uuid, leader bigint", [(1, C, 1), (9, C, 1)]))
    found = result("chunk_inputs", given, **OF_SIGNALS, of="loss", at="r1", columns=["value"])
    assert found == [(1, 0.5)]
    assert result("chunk_inputs", given, **OF_SIGNALS, of="loss", at="r1", columns=["value"], low=2, high=9) == []


def test_those_that_wait_for_nothing_keep_what_tells_them_apart() -> None:
    given = {"identified": (SAMPLES, [(1, "x", C), (2, "x", B), (9, "y", C)]), "ready": (SAMPLES, HELD[:1])}
    assert result("ready_identified", given, rows="ready") == [(1, "x", C)]
    assert result("ready_identified", {**given, "ready": (SAMPLES, [])}, rows="ready") == []


def test_short_are_datasets_with_fewer_rows_than_samples_of_whatever_version() -> None:
    given = {name: OF_VECTORS[name] for name in ("stored", "kind")}
    assert result("short_datasets", tables(), **given, of="m", datasets=["x", "y"]) == [("x",)]
    assert result("short_datasets", tables(), **given, of="n", datasets=["y"]) == [("y",)]


def test_versions_are_counted_by_kind() -> None:
    given = {name: OF_SIGNALS[name] for name in ("stored", "kind", "version")}
    assert result("stored_versions", tables(), **given) == [("loss", "r0", 1), ("loss", "r1", 2)]


def test_samples_are_identified_by_their_content_and_what_else_decides() -> None:
    rows: Rows = [
        (1, "x", A, "r"),
        (2, "x", A, "s"),
        (3, "y", A, "r"),
        (4, "y", A, None),
        (5, "y", A, ""),
        (6, "y", None, "r"),
    ]
    given = {"samples": (SAMPLES + ", reference varchar", rows)}
    assert result("identified_samples", {"samples": (SAMPLES + ", reference varchar", [])}, columns=["reference"]) == []
    found = {row[0]: row[2] for row in result("identified_samples", given, columns=["reference"])}
    assert found[1] == found[3]
    assert len({found[1], found[2], found[4], A}) == 4
    assert found[6] is None
    two: Rows = [(1, "x", A, "r", None), (2, "x", A, None, '"r"'), (3, "x", A, None, None), (4, "y", A, "r", None)]
    given = {"samples": (SAMPLES + ", reference varchar, meta json", two)}
    found = {row[0]: row[2] for row in result("identified_samples", given, columns=["reference", "meta"])}
    assert found[1] == found[4]
    assert len({found[1], found[2], found[3]}) == 3
