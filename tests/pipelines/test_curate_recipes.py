"""The ready-made selections of `sql/curate/`: literal samples in, literal members out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.relations import catalogue
from lake.settings import Settings
from pipelines.curate import create_slice, slice_members
from pipelines.slicing.selection import prepare, recipe_names

BASE = 2**32


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Two training datasets with a copy in common, and a benchmark that no recipe may take from."""
    with Lake.open(Settings.load(home=tmp_path_factory.mktemp("home"), threads=2), create=True) as lake:
        put(
            lake,
            "math",
            [Sample("q0", "aaaaaaaa"), Sample("q1", "bb"), Sample("q2", "cc"), Sample("q3", None)],
            scores={"mtld": [9.0, 7.0, 7.0, None], "token_length": [5.0, None, 1.0, 1.0]},
        )
        put(lake, "chat", [Sample("q1", "bb"), Sample("hello", "hi")], scores={"mtld": [8.0, 1.0]})
        put(lake, "test", [Sample("q0", "aaaaaaaa")], scores={"mtld": [99.0]}, kind="benchmark")
        yield lake


def chosen(lake: Lake, recipe: str, **parameters: object) -> list[tuple[int, str | None]]:
    create_slice(lake, "chosen", recipe, parameters=parameters, replace=True)
    return [(row["sample_id"], row["reason"]) for row in slice_members(lake, "chosen").to_pylist()]


def test_top_by_axis_stops_where_the_characters_are_spent(lake: Lake) -> None:
    # By value: 9 (10 characters), 8 (4), 7 (4), 7 (4), 1 (7).
    assert chosen(lake, "top_by_axis", axis="mtld", budget=18) == [
        (BASE, "mtld 9.0, 10 spent"),
        (BASE + 1, "mtld 7.0, 18 spent"),
        (2 * BASE, "mtld 8.0, 14 spent"),
    ]


def test_top_by_axis_takes_all_of_a_large_budget(lake: Lake) -> None:
    assert [i for i, _ in chosen(lake, "top_by_axis", axis="mtld", budget="1e3")] == [
        BASE, BASE + 1, BASE + 2, 2 * BASE, 2 * BASE + 1,
    ]  # fmt: skip


def test_top_by_axis_counts_what_an_axis_says(lake: Lake) -> None:
    # Without a token_length there is no cost, so the sample cannot be within a budget.
    assert chosen(lake, "top_by_axis", axis="mtld", budget=5, cost="token_length") == [(BASE, "mtld 9.0, 5 spent")]


def test_top_by_axis_from_below(lake: Lake) -> None:
    assert chosen(lake, "top_by_axis", axis="mtld", budget=7, descending=False, datasets="c*") == [
        (2 * BASE + 1, "mtld 1.0, 7 spent")
    ]


def test_threshold_two_axes(lake: Lake) -> None:
    found = chosen(lake, "threshold_two_axes", first="mtld", first_from=7, second="token_length", second_to=4)
    assert found == [(BASE + 2, "mtld 7.0, token_length 1.0")]


def test_one_per_content_keeps_the_first_copy(lake: Lake) -> None:
    assert chosen(lake, "one_per_content") == [
        (BASE, None),
        (BASE + 1, "first of 2 copies"),
        (BASE + 2, None),
        (BASE + 3, None),
        (2 * BASE + 1, None),
    ]


def test_stratified_sample_draws_the_same_number_from_each(lake: Lake) -> None:
    first = chosen(lake, "stratified_sample", rows=1)
    assert [reason for _, reason in first] == ["drawn from math", "drawn from chat"]
    assert chosen(lake, "stratified_sample", rows=1) == first
    draws = {tuple(chosen(lake, "stratified_sample", rows=1, seed=seed)) for seed in range(4)}
    assert len(draws) > 1
    assert len(chosen(lake, "stratified_sample", rows=9)) == 6


@pytest.mark.parametrize("recipe", recipe_names())
def test_no_recipe_depends_on_the_order_of_storage(recipe: str) -> None:
    given = {p.name: "x" for p in catalogue()[recipe].parameters if p.default is None}
    assert prepare("a test", catalogue()[recipe].sql, given).warnings == ()


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_of_an_empty_lake_selects_nothing(recipe: str, tmp_path: Path) -> None:
    with Lake.open(Settings.load(home=tmp_path / "home", threads=2), create=True) as empty:
        given = {p.name: "x" for p in catalogue()[recipe].parameters if p.default is None}
        assert create_slice(empty, "none", recipe, parameters=given).rows == 0


def test_unknown_recipe(lake: Lake) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean top_by_axis"):
        create_slice(lake, "bad", "top_by_axes")


def test_a_required_parameter(lake: Lake) -> None:
    with pytest.raises(UsageError, match="needs the parameter axis"):
        create_slice(lake, "bad", "top_by_axis")
