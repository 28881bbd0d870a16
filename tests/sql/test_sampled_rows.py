"""The relation sampled_rows: a random sample of one dataset that does not change from call to call."""

from __future__ import annotations

from literal_relations import result

COLUMNS = "sample_id bigint, dataset varchar, instruction varchar"
ROWS = [(number, "x" if number < 50 else "y", None if number == 3 else f"text {number}") for number in range(60)]


def sampled(rows: list[tuple[int, str, str | None]], dataset: str, most: int) -> list[tuple[object, ...]]:
    tables = {"samples": (COLUMNS, rows)}
    return result("sampled_rows", tables, columns=["instruction"], dataset=dataset, most=most)


def test_of_nothing_nothing() -> None:
    assert sampled([], "x", 5) == []
    assert sampled(ROWS, "none", 5) == []
    assert sampled(ROWS, "x", 0) == []


def test_all_where_there_are_no_more() -> None:
    assert sampled(ROWS[:5], "x", 9) == [(n, None if n == 3 else f"text {n}") for n in range(5)]


def test_a_part_is_of_the_dataset_the_same_again_and_part_of_a_larger_one() -> None:
    found = sampled(ROWS, "x", 10)
    assert len(found) == 10
    assert {row[0] for row in found} <= set(range(50))
    assert [row[0] for row in found] != list(range(10))
    assert found == sampled(ROWS[::-1], "x", 10)
    assert set(found) <= set(sampled(ROWS, "x", 20))
