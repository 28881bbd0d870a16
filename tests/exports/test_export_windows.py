"""The relation export_windows: literal samples in, literal windows out."""

from __future__ import annotations

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.formats.base import Sample
from lake.relations import run

BASE = 2**32


@pytest.fixture(scope="module", autouse=True)
def filled(fresh: Lake) -> Lake:
    """Samples of 210, 1,200, 210 and 210 bytes (200 of them assumed for the columns of fixed size), and a neighbour."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    put(
        fresh,
        "d",
        [
            Sample("x" * 10),
            Sample("x" * 900, "y" * 100),
            Sample("é" * 5, meta=None, system=""),
            Sample("x" * 10, None),
            Sample("…", "b", messages=turns, meta={"tools": []}, reference_answer="", rejected_response="c"),
        ],
    )
    put(fresh, "e", [Sample("x")])
    return fresh


def windows(lake: Lake, dataset: str, size: int, members: str = "from samples") -> list[dict[str, int]]:
    lake.rows(f"create or replace temp table members as select sample_id {members}")
    return run(lake.connection, "export_windows", dataset=dataset, bytes=size).to_arrow_table().to_pylist()


def bounds(found: list[dict[str, int]]) -> list[tuple[int, int, int]]:
    return [(window["first_id"] - BASE, window["last_id"] - BASE, window["rows"]) for window in found]


def test_windows_cover_every_sample_once_in_order(fresh: Lake) -> None:
    # Running sums: 210, 1,410, 1,620, 1,830, then the one with messages.
    assert bounds(windows(fresh, "d", 1000)) == [(0, 0, 1), (1, 3, 3), (4, 4, 1)]
    assert bounds(windows(fresh, "d", 10**9)) == [(0, 4, 5)]
    assert bounds(windows(fresh, "d", 1)) == [(number, number, 1) for number in range(5)]


def test_only_members_count(fresh: Lake) -> None:
    assert bounds(windows(fresh, "d", 10**9, "from samples where row_no in (1, 3)")) == [(1, 3, 2)]
    assert windows(fresh, "d", 10**9, "from samples where false") == []
    assert windows(fresh, "nothing", 10**9) == []


def test_optional_fields_are_counted(fresh: Lake) -> None:
    (window,) = windows(fresh, "d", 10**9)
    assert {name: count for name, count in window.items() if not name.endswith("_id")} == {
        "rows": 5, "system": 1, "messages": 1, "reference_answer": 1, "rejected_response": 1, "meta": 0, "tools": 1,
    }  # fmt: skip
