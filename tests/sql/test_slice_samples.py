"""Where members are found: by content in their dataset, each by a sample of its own."""

from __future__ import annotations

from typing import Any

import pytest
from literal_relations import Rows, result

MEMBERS = "slice varchar, sample_id bigint, weight double, reason varchar, dataset varchar, content_id uuid"
SAMPLES = "sample_id bigint, dataset varchar, content_id uuid"
A, B = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def member(sample_id: int, content: str | None, dataset: str = "d", name: str = "s") -> tuple[Any, ...]:
    return (name, sample_id, 0.5, "why", dataset, content)


def found(members: Rows, samples: Rows) -> list[tuple[Any, ...]]:
    rows = result("slice_samples", {"slice_members": (MEMBERS, members), "samples": (SAMPLES, samples)})
    assert {row[3:] for row in rows} <= {(0.5, "why")}
    return [row[:3] for row in rows]


@pytest.mark.parametrize(
    ("members", "samples", "expected"),
    [
        ([], [(1, "d", A)], []),
        ([member(1, A)], [], []),
        ([member(1, A)], [(1, "d", A)], [("s", 1, 1)]),
        ([member(1, A)], [(2, "d", A), (1, "d", B)], [("s", 2, 1)]),
        ([member(1, A)], [(1, "d", B)], []),
        ([member(1, A)], [(1, "e", A)], []),
        ([member(1, None)], [(1, "d", A)], []),
        ([member(1, A)], [(1, "d", None)], []),
        # Copies: the member that is still there keeps its place, the others take what is left, in order.
        ([member(1, A), member(2, A)], [(2, "d", A), (3, "d", A)], [("s", 2, 2), ("s", 3, 1)]),
        ([member(1, A), member(2, A)], [(5, "d", A), (7, "d", A), (9, "d", A)], [("s", 5, 1), ("s", 7, 2)]),
        ([member(1, A), member(2, A)], [(5, "d", A)], [("s", 5, 1)]),
        ([member(2, A)], [(1, "d", A), (2, "d", A)], [("s", 2, 2)]),
        # Slices do not take samples from one another.
        ([member(1, A), member(1, A, name="t")], [(5, "d", A)], [("s", 5, 1), ("t", 5, 1)]),
    ],
)
def test_slice_samples(members: Rows, samples: Rows, expected: Rows) -> None:
    assert found(members, samples) == expected


def test_member_places() -> None:
    tables: dict[str, tuple[str, Rows]] = {
        "slice_members": (MEMBERS, [member(1, A), member(2, B), member(3, None), member(4, A, name="t")]),
        "slice_samples": ("slice varchar, sample_id bigint, member_id bigint", [("s", 9, 1), ("t", 4, 4)]),
    }
    assert result("member_places", tables, slice="s") == [(1, 9, True), (2, None, True), (3, None, False)]
    assert result("member_places", tables, slice="u") == []


def test_subset_state() -> None:
    embedded = "sample_id bigint, dataset varchar, model varchar, revision varchar, vector float[]"
    tables: dict[str, tuple[str, Rows]] = {
        "slice_members": (MEMBERS, [member(i, A) for i in (1, 2, 3, 4)]),
        "slice_samples": ("slice varchar, sample_id bigint", [("s", 1), ("s", 2), ("s", 3), ("t", 9)]),
        "samples": (SAMPLES, [(1, "d", A), (2, "d", A), (3, "e", B), (9, "e", B)]),
        "embeddings": (
            embedded,
            [(1, "d", "m", "r", [1.0]), (2, "d", "m", "r", None), (3, "e", "m", "q", [1.0]), (3, "e", "n", "r", [1.0])],
        ),
    }
    (found,) = result("subset_state", tables, slice="s", model="m", revision="r")
    assert found[:5] == (4, 1, 1, "e", 1)
    both: Rows = [(1, "d", "m", "r", [1.0]), (2, "d", "m", "r", [1.0]), (3, "e", "m", "r", [1.0])]
    (more,) = result("subset_state", {**tables, "embeddings": (embedded, both)}, slice="s", model="m", revision="r")
    assert more[:5] == (4, 1, 0, None, 3)
    assert len({found[5], more[5], 0}) == 3
    assert result("subset_state", tables, slice="none", model="m", revision="r") == [(0, 0, 0, None, 0, 0)]
