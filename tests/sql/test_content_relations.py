"""The relations of sql/derive/ for stored relations of contents: what lacks rows, what is planned, what stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
SIGNALS = "content_id uuid, signal varchar, revision varchar, value double, status varchar"
PENDING = "sample_id bigint, dataset varchar, content_id uuid, mask bigint"
A, B, C, D = (UUID(int=n) for n in (1, 2, 3, 4))
WANTED: dict[str, Any] = {
    "stored": "signals",
    "kind": "signal",
    "version": "revision",
    "kinds": ["loss", "rank"],
    "versions": ["r1", "r2"],
}
LOSS, RANK, BOTH = 1, 2, 3
HELD: Rows = [(1, "x", A), (2, "x", A), (3, "x", B), (9, "y", A), (10, "y", C), (11, "y", None)]


def tables(samples: Rows, signals: Rows) -> dict[str, tuple[str, Rows]]:
    return {
        "samples": (SAMPLES, samples),
        "datasets": ("dataset varchar, dataset_no bigint", [("x", 1), ("y", 2), ("none", 3)]),
        "signals": (SIGNALS, signals),
    }


def incomplete(signals: Rows, *datasets: str, retried: bool = False) -> list[tuple[Any, ...]]:
    given = {**WANTED, "outcome": "status", "retried": retried, "datasets": list(datasets)}
    return result("incomplete_contents", tables(HELD, signals), **given)


def pending(signals: Rows, *datasets: str, retried: bool = False) -> list[tuple[Any, ...]]:
    given = {**WANTED, "outcome": "status", "retried": retried, "datasets": list(datasets)}
    return result("pending_contents", tables(HELD, signals), **given)


def ok(content: UUID, signal: str, revision: str) -> tuple[Any, ...]:
    return (content, signal, revision, 0.5, "ok")


FULL = [ok(A, "loss", "r1"), ok(A, "rank", "r2"), ok(C, "loss", "r1"), (C, "rank", "r2", None, "failed")]


def test_incomplete_counts_samples_whose_content_lacks_a_row() -> None:
    assert incomplete([], "x", "y", "none") == [("x", 3), ("y", 2)]  # a sample without content is nobody's
    assert incomplete(FULL, "x", "y") == [("x", 1)]
    assert incomplete(FULL, "y") == []
    assert incomplete(FULL, "y", retried=True) == [("y", 1)]


def test_pending_are_contents_read_from_their_first_sample() -> None:
    assert pending([], "x", "y") == [(1, "x", A, BOTH), (3, "x", B, BOTH), (10, "y", C, BOTH)]
    assert pending([], "y") == [(9, "y", A, BOTH), (10, "y", C, BOTH)]
    assert pending([ok(A, "loss", "r0"), ok(A, "rank", "r2")], "x") == [(1, "x", A, LOSS), (3, "x", B, BOTH)]
    assert pending(FULL, "y") == []
    assert pending(FULL, "y", retried=True) == [(10, "y", C, RANK)]


def test_a_plan_counts_samples_by_what_their_content_has() -> None:
    waiting: Rows = [(1, "x", A, BOTH), (10, "y", C, RANK)]
    given = {name: WANTED[name] for name in ("kinds", "versions")}
    found = result(
        "content_plan",
        {**tables(HELD, []), "pending": (PENDING, waiting)},
        **given,
        datasets=["x", "y", "none"],
    )
    assert found == [
        ("none", "loss", "r1", 0, 0, 0, 0),
        ("none", "rank", "r2", 0, 0, 0, 0),
        ("x", "loss", "r1", 3, 1, 1, 1),
        ("x", "rank", "r2", 3, 1, 1, 1),
        ("y", "loss", "r1", 3, 2, 1, 0),
        ("y", "rank", "r2", 3, 1, 1, 1),
    ]


def test_standing_rows_are_of_this_version_or_about_to_be_replaced() -> None:
    written: Rows = [(A, BOTH), (B, LOSS)]
    signals = [ok(A, "loss", "r1"), ok(A, "rank", "r1"), ok(B, "rank", "r0"), ok(C, "loss", "r1"), ok(B, "loss", "r0")]
    found = result(
        "standing_rows",
        {"written": ("content_id uuid, mask bigint", written), "signals": (SIGNALS, signals)},
        **WANTED,
        rows="written",
    )
    assert found == [
        (A, A.bytes, "loss", "r1", 0, True),
        (A, A.bytes, "rank", "r1", 1, False),
        (B, B.bytes, "loss", "r0", 0, False),
    ]


def test_made_meanwhile_are_the_kinds_of_the_wanted_version() -> None:
    standing: Rows = [(A, 0, True), (A, 1, True), (B, 0, False), (C, 1, True)]
    found = result("made_meanwhile", {"standing": ("key uuid, position integer, wanted boolean", standing)})
    assert found == [(A, BOTH), (C, RANK)]
