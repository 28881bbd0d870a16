"""The ready-made selections of `sql/curate/`: literal samples in, literal members out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lakes import fresh
from sample_rows import put

from lake.catalog import Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.relations import catalogue
from lake.settings import Settings
from pipelines.contamination import contamination
from pipelines.curate import baselines, compare_slices, create_slice, slice_members, slice_texts
from pipelines.slicing.held_items import ALLOW
from pipelines.slicing.selection import prepare, recipe_names

BASE = 2**32


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Two training datasets with a copy in common, and a benchmark that no recipe may take from."""
    with Lake.open(Settings.load(home=tmp_path_factory.mktemp("home"), threads=1), create=True) as lake:
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
    create_slice(lake, "chosen", recipe, parameters=parameters, replace=True, benchmarks=ALLOW)
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


NAMED = {"axis": "str_length", "axes": "str_length=1", "dataset": "x", "slice": "x", "parts": "x=1"}


@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipe_of_an_empty_lake_selects_nothing_or_names_what_is_not_there(recipe: str, tmp_path: Path) -> None:
    given = {p.name: NAMED[p.type] for p in catalogue()[recipe].parameters if p.default is None}
    with fresh(tmp_path / "home", threads=1) as empty:
        if not given:
            assert create_slice(empty, "none", recipe, benchmarks=ALLOW).rows == 0
            return
        with pytest.raises(
            OdaError, match="Unknown dataset 'x'|Unknown slice 'x'|str_length is not scored in this lake"
        ):
            create_slice(empty, "none", recipe, parameters=given, benchmarks=ALLOW)


def test_unknown_recipe(lake: Lake) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean top_by_axis"):
        create_slice(lake, "bad", "top_by_axes", benchmarks=ALLOW)


def test_a_required_parameter(lake: Lake) -> None:
    with pytest.raises(UsageError, match="needs the parameter axis"):
        create_slice(lake, "bad", "top_by_axis", benchmarks=ALLOW)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Forty samples of two domains with lengths 4 to 43, a child of one of them, and a benchmark."""
    with fresh(tmp_path_factory.mktemp("pool") / "home", threads=1) as lake:
        for number, (name, domain) in enumerate((("long", "math"), ("wide", "code"))):
            rows = [Sample(f"{name[0]}{i:02}", "x" * (1 + i * 2 + number)) for i in range(20)]
            put(
                lake,
                name,
                rows,
                scores={"mtld": [float(i) for i in range(20)], "ppl": [float(i % 4) for i in range(20)]},
            )
            lake.transact(
                lambda connection, name=name, domain=domain: connection.execute(
                    "update datasets set domains = [?] where dataset = ?", [domain, name]
                ),
                message="domains",
            )
        put(lake, "child", [Sample("l00", "another answer"), Sample("new", "child")])
        lake.transact(
            lambda connection: connection.execute(
                "update datasets set parents = ['long', 'unknown'] where dataset = 'child'"
            ),
            message="parents",
        )
        put(lake, "test", [Sample("L01", "?")], kind="benchmark")
        yield lake


def spent(lake: Lake, name: str) -> int:
    rows = lake.rows(
        "select sum(length(instruction) + length(response)) from samples join slice_samples using (sample_id) where slice = ?",
        [name],
    )
    return int(rows[0][0])


def test_a_random_sample_spends_its_budget_and_depends_on_the_seed_only(pool: Lake) -> None:
    first = chosen(pool, "random_sample", budget=200)
    assert first == chosen(pool, "random_sample", budget=200)
    assert 200 - 45 < spent(pool, "chosen") <= 200
    assert [i for i, _ in first] != [i for i, _ in chosen(pool, "random_sample", budget=200, seed=7)]
    assert {i // BASE for i, _ in chosen(pool, "random_sample", budget=1e6, datasets="wide")} == {2}


def test_baselines_cost_what_the_selection_costs(pool: Lake) -> None:
    create_slice(
        pool, "best", "top_by_axis", parameters={"axis": "mtld", "budget": 300}, replace=True, benchmarks=ALLOW
    )
    reports = baselines(pool, "best")
    assert [report.slice for report in reports] == ["best-random", "best-length-matched"]
    best, random, matched = (spent(pool, name) for name in ("best", "best-random", "best-length-matched"))
    assert best - 45 < random <= best
    assert reports[1].rows == len(slice_members(pool, "best"))
    assert abs(matched - best) < 0.35 * best
    strata = "select floor(2 * log2(length(instruction) + length(response))), count(*) from samples join slice_samples using (sample_id) where slice = ? group by 1 order by 1"
    assert pool.rows(strata, ["best"]) == pool.rows(strata, ["best-length-matched"])
    with pytest.raises(UnknownNameError, match="Unknown slice 'nosuch'"):
        baselines(pool, "nosuch")


def test_top_by_weights_adds_axes_between_their_percentiles(pool: Lake) -> None:
    """mtld runs from 0.95 to 18.05, ppl from 0 to 3; of the samples with ppl 0 the one with the largest mtld is 16."""
    found = chosen(pool, "top_by_weights", weights="mtld=1, ppl=-0.5", budget=80, datasets="*")
    assert [(i // BASE, i % BASE, reason) for i, reason in found] == [
        (1, 16, "0.8801, 36 spent"), (2, 16, "0.8801, 73 spent")
    ]  # fmt: skip


def test_quantile_band_is_of_each_dataset(pool: Lake) -> None:
    found = chosen(pool, "quantile_band", axis="mtld", low=0.9, high=0.95)
    assert [(i // BASE, i % BASE) for i, _ in found] == [(1, 17), (1, 18), (2, 17), (2, 18)]
    assert found[0][1] == "mtld 17.0, place 0.9"


def test_quotas_give_each_domain_its_part(pool: Lake) -> None:
    found = chosen(pool, "quota_by_domain", budget=240, axis="mtld")
    assert [(i // BASE, i % BASE) for i, _ in found] == [(1, 17), (1, 18), (1, 19), (2, 18), (2, 19)]
    assert {str(reason).split(",")[0] for _, reason in found} == {"math", "code"}
    assert {i // BASE for i, _ in chosen(pool, "quota_by_domain", budget=150)} == {1, 2, 3}


def test_a_mixture_gives_each_dataset_its_part(pool: Lake) -> None:
    found = chosen(pool, "parts_by_dataset", parts="long=3,wide=1", budget=400)
    by_dataset = dict(pool.rows(
        "select dataset, sum(length(instruction) + length(response)) from samples join slice_samples using (sample_id) "
        "where slice = 'chosen' group by 1"))  # fmt: skip
    assert 300 - 45 < by_dataset["long"] <= 300
    assert 100 - 45 < by_dataset["wide"] <= 100
    assert all(" of 300 spent" in str(r) or " of 100 spent" in str(r) for _, r in found)


def test_importance_prefers_what_is_like_the_target(tmp_path: Path) -> None:
    with fresh(tmp_path / "home", threads=1) as lake:
        sums = [Sample(f"what is {i} plus {i}", "the sum is even and plain") for i in range(30)]
        tales = [Sample(f"tell a tale of the fox {i}", "once upon a time a red fox ran") for i in range(30)]
        put(lake, "mixed", [*sums, *tales])
        put(lake, "aim", [Sample(f"what is {i} plus 1", "the sum is odd and plain") for i in range(20)])
        found = chosen(lake, "importance", target="aim", budget=600)
        assert len(found) > 10
        assert all(i % BASE < 30 and i // BASE == 1 for i, _ in found)


def test_roots_are_those_without_a_parent_in_the_lake(pool: Lake) -> None:
    found = chosen(pool, "roots_only")
    assert len(found) == 40
    assert found[0] == (BASE, "root long (declared)")


@pytest.mark.slow
def test_roots_follow_the_lineage_where_it_is_known(tmp_path: Path) -> None:
    """By its description `told` is a root; it was measured to come from `first`, which holds items of `test`."""
    with fresh(tmp_path / "home", threads=1) as lake:
        for name in ("first", "told", "unseen"):
            put(lake, name, [Sample(f"{name} asks", "and answers")])
        put(lake, "test", [Sample("an item", "x")], kind="benchmark")
        insert(lake, "lineage_nodes", [{"dataset": name, "inside": True} for name in ("first", "told", "test")])
        edges = [
            ("told", "first", "inclusion"),
            ("first", "test", "benchmark_contamination"),
            ("first", "away", "mixture"),
        ]
        insert(
            lake,
            "lineage_edges",
            [{"child": a, "parent": b, "relation": how, "counted": True} for a, b, how in edges],
        )
        assert [reason for _, reason in chosen(lake, "roots_only")] == [
            "root first (lineage)",
            "root unseen (declared)",
        ]


def insert(lake: Lake, table: str, rows: list[dict[str, object]]) -> None:
    """Put rows straight into a relation."""
    names = ", ".join(rows[0])
    marks = ", ".join("?" for _ in rows[0])
    lake.transact(
        lambda connection: connection.executemany(
            f"insert into {table} ({names}) values ({marks})", [list(row.values()) for row in rows]
        ),
        message=f"put {table}",
    )


def test_survivors_leave_out_near_duplicates_and_what_a_benchmark_asks(pool: Lake) -> None:
    pool.transact(
        lambda connection: connection.execute(
            "insert into near_duplicates by name select 'sample' as \"view\", ?::bigint as sample_id, 'long' as dataset, ?::bigint as survivor_id, 'near' as reason",
            [BASE + 3, BASE + 2],
        ),
        message="near",
    )
    found = dict(chosen(pool, "clean_survivors", datasets="long"))
    assert found.keys() == {BASE + i for i in range(20)} - {BASE + 1, BASE + 3}  # l01 is asked, whatever its case
    assert found[BASE + 2] == "stands for 1 others, prompts of benchmarks compared"
    assert found[BASE + 4] == "prompts of benchmarks compared"


@pytest.mark.slow
def test_survivors_leave_out_what_a_scan_found(tmp_path: Path) -> None:
    """The item stands in the middle of a longer prompt, where comparing prompts does not see it."""
    item = "A farmer has twelve brown hens and each of them lays four eggs in a week of spring"
    with fresh(tmp_path / "home", threads=1) as lake:
        put(lake, "train", [Sample(f"Solve this for me: {item} and explain.", "48"), Sample("Say hello", "hello")])
        put(lake, "test", [Sample(item, "48 eggs")], kind="benchmark")
        assert [i % BASE for i, _ in chosen(lake, "clean_survivors")] == [0, 1]
        contamination(lake)
        assert chosen(lake, "clean_survivors") == [(BASE + 1, "scanned for benchmarks")]


def test_two_slices_are_compared_member_by_member(pool: Lake) -> None:
    create_slice(
        pool,
        "a",
        "select sample_id, 1.0 as weight from samples where dataset = 'long' and row_no < 4",
        replace=True,
        benchmarks=ALLOW,
    )
    create_slice(pool, "b", "select sample_id, if(row_no = 3, 2.0, 1.0) as weight from samples where dataset = 'long' and row_no between 2 and 6", replace=True, benchmarks=ALLOW)  # fmt: skip
    found = compare_slices(pool, "a", "b", limit=3)
    assert (found.shared, found.only_first, found.only_second, found.changed) == (2, 2, 3, 1)
    assert found.by_dataset == [{"dataset": "long", "only_first": 2, "only_second": 3, "changed": 1}]
    assert [(row["place"], row["sample_id"]) for row in found.rows] == [
        ("changed", BASE + 3),
        ("first", BASE),
        ("first", BASE + 1),
    ]
    same = compare_slices(pool, "a", "a")
    assert (same.shared, same.rows) == (4, [])
    texts = slice_texts(pool, "a", limit=1).to_pylist()
    assert texts == [
        {"sample_id": BASE, "dataset": "long", "weight": 1.0, "reason": None, "instruction": "l00", "response": "x"}
    ]


def test_every_recipe_says_what_each_parameter_means() -> None:
    assert [f"{name}.{p.name}" for name in recipe_names() for p in catalogue()[name].parameters if not p.comment] == []
    assert all(catalogue()[name].grain for name in recipe_names())
