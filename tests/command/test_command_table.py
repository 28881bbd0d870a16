"""Tables for people: nothing overflows, numbers stay whole, NULL is told from text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipelines.command.terminal.table import cell, count, duration, lay_out, lines, shorten, size

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers())
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        ("NULL", "NULL"),
        ("", ""),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        (True, "true"),
        (0.1 + 0.2, "0.3"),
        (1234567.89, "1234567.9"),
        (Decimal("1.50"), "1.50"),
        ([1, None], "[1,null]"),
        ({"a": "ü"}, '{"a":"ü"}'),
        (b"ab\xff", "ab\\xff"),
        (dt.datetime(2025, 1, 31, 10, 0, 0, 5, tzinfo=dt.UTC), "2025-01-31 10:00:00"),
        (dt.date(2025, 1, 31), "2025-01-31"),
    ],
)
def test_a_value_on_one_line(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_null_is_set_apart_by_style_where_there_is_colour() -> None:
    table = lines(["a"], [(None,), ("NULL",)], width=80, colour=True)
    assert table[2:] == ["\x1b[2;3mNULL\x1b[0m", "NULL"]


def test_shortening_counts_cells_and_not_characters() -> None:
    assert shorten("日本語日本語", 7) == "日本語…"
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


def test_the_widest_column_gives_way_first() -> None:
    layout = lay_out([5, 70, 30], [5, 14, 14], 80)
    assert (layout.columns, layout.widths, layout.elided_at) == ((0, 1, 2), (5, 41, 30), None)


def test_numbers_are_never_shortened() -> None:
    table = lines(["sample_id", "text"], [(4294967296, "x" * 60)], width=30)
    assert table[2] == "4294967296  " + "x" * 17 + "…"


def test_middle_columns_go_when_there_is_no_room() -> None:
    names = [f"column_number_{n}" for n in range(10)]
    table = lines(names, [["y" * 20] * 10], width=60)
    assert table[0] == "column_number_0    column_number_1    …  column_number_9"
    assert all(cell_len(line) <= 60 for line in table)


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.tuples(*[VALUES] * n), max_size=5)), st.integers(45, 200))
def test_every_line_fits_and_every_row_has_one(rows: list[tuple[object, ...]], width: int) -> None:
    columns = len(rows[0]) if rows else 1
    table = lines([f"c{n}" for n in range(columns)], rows, width=width)
    assert len(table) == len(rows) + 2
    wholes = [cell_len(cell(v)) for row in rows for v in row if isinstance(v, int | float) and not isinstance(v, bool)]
    if sum(sorted(wholes)[-2:]) <= 20:
        assert all(cell_len(line) <= width for line in table)
    assert all("\n" not in line and "\x1b" not in line for line in table)


def test_counts_sizes_and_durations() -> None:
    assert [count(0, "row"), count(1, "row"), count(52002, "row")] == ["0 rows", "1 row", "52,002 rows"]
    assert [size(512), size(3_400_000), size(2.5e12), size(None)] == ["512 B", "3.4 MB", "2.5 TB", "–"]
    assert [duration(s) for s in (0.2, 41, 600, 9000, None)] == ["under 1 s", "41 s", "10 min", "2.5 h", "unknown"]
