"""Compares a lake that holds the arena with what was planted in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from examples.arena.truth import Place, Truth
from lake.catalog import Lake


@dataclass(frozen=True)
class Row:
    """One comparison: counts of what was planted and found.

    - found: None where the lake cannot say (nothing was scored).
    - ok: whether the very rows agree, not the counts alone.
    """

    what: str
    planted: int
    found: int | None
    ok: bool


def found_versus_planted(lake: Lake, truth: Truth) -> list[Row]:
    """Compare rows, rejects, duplicates, shared prompts, leaks and reasoning; datasets are named as in the truth."""
    return [
        *_samples(lake, truth),
        *_rejects(lake, truth),
        _unparsable(lake, truth),
        *_exact_duplicates(lake, truth),
        *_shared_prompts(lake, truth),
        *_leaks(lake, truth),
        *_reasoning(lake, truth),
    ]


def _samples(lake: Lake, truth: Truth) -> Iterator[Row]:
    found: dict[str, int] = dict(lake.rows("select dataset, rows from datasets"))
    for dataset in truth.datasets:
        held = found.get(dataset.name, 0)
        yield Row(f"samples of {dataset.name}", dataset.samples, held, held == dataset.samples)


def _rejects(lake: Lake, truth: Truth) -> Iterator[Row]:
    found = {tuple(row) for row in lake.rows("select dataset, row_no from rejects")}
    for dataset in truth.datasets:
        planted = {(dataset.name, row) for row in dataset.rejected}
        held = {place for place in found if place[0] == dataset.name}
        yield Row(f"broken rows of {dataset.name}", len(planted), len(held), held == planted)


def _unparsable(lake: Lake, truth: Truth) -> Row:
    relations = ("datasets", "samples", "rejects")
    counts = [lake.rows(f"select count(*) from {each} where dataset = ?", [truth.unparsable]) for each in relations]
    left = sum(int(count[0][0]) for count in counts)
    return Row(f"rows left behind by {truth.unparsable}, which does not parse", 0, left, left == 0)


def _exact_duplicates(lake: Lake, truth: Truth) -> Iterator[Row]:
    planted = {frozenset(group) for group in truth.exact_duplicates}
    found = {
        frozenset(Place(name, row) for name, row in zip(names, rows, strict=True))
        for names, rows in lake.rows(
            "select list(dataset order by sample_id), list(row_no order by sample_id) "
            "from exact_duplicates join samples using (sample_id, dataset) where dataset in ? group by survivor_id",
            [_names(truth)],
        )
    }
    for what, within in (("within one dataset", True), ("across datasets", False)):
        here, held = (
            {group for group in groups if (len({place.dataset for place in group}) == 1) == within}
            for groups in (planted, found)
        )
        yield _sets(f"groups of exact duplicates {what}", here, held)


def _shared_prompts(lake: Lake, truth: Truth) -> Iterator[Row]:
    planted = {(shared.a, shared.b): shared.prompts for shared in truth.shared_prompts}
    found = {
        (a, b): int(prompts)
        for a, b, prompts in lake.rows(
            "with prompts as (select distinct dataset, instruction_id from samples where dataset in ?) "
            "select a.dataset, b.dataset, count(*) from prompts as a join prompts as b using (instruction_id) "
            "where a.dataset < b.dataset group by all",
            [_names(truth)],
        )
    }
    for pair in sorted(planted.keys() | found.keys()):
        expected, held = planted.get(pair, 0), found.get(pair, 0)
        yield Row(f"prompts that {pair[0]} and {pair[1]} share", expected, held, expected == held)


def _leaks(lake: Lake, truth: Truth) -> Iterator[Row]:
    """Verbatim leaks by prompt; edited and embedded ones are for the contamination step to find."""
    planted = {(leak.item, leak.row) for leak in truth.leaks if leak.how == "verbatim"}
    found = {
        (Place(item_dataset, item_row), Place(dataset, row))
        for item_dataset, item_row, dataset, row in lake.rows(
            "select item.dataset, item.row_no, sample.dataset, sample.row_no "
            "from samples as item join samples as sample using (instruction_id) "
            "where item.dataset in (select dataset from datasets where kind = 'benchmark') "
            "and sample.dataset in (select dataset from datasets where kind = 'train') "
            "and item.dataset in $names and sample.dataset in $names",
            {"names": _names(truth)},
        )
    }
    for dataset in truth.datasets:
        here = {pair for pair in planted if pair[1].dataset == dataset.name}
        held = {pair for pair in found if pair[1].dataset == dataset.name}
        if here or held:
            yield _sets(f"benchmark questions verbatim in {dataset.name}", here, held)
    if lake.rows("select 1 from contamination_scans limit 1"):
        yield from _changed_leaks(lake, truth)


def _changed_leaks(lake: Lake, truth: Truth) -> Iterator[Row]:
    """Leaks with other words and within longer texts, as the scan for contamination found them."""
    found = {
        (Place(item_dataset, item_row), Place(dataset, row))
        for item_dataset, item_row, dataset, row in lake.rows(
            "select item.dataset, item.row_no, sample.dataset, sample.row_no from contamination as found "
            "join samples as item on item.sample_id = found.item_id "
            "join samples as sample on sample.sample_id = found.sample_id "
            "where found.verdict = 'contaminated' and sample.dataset in ?",
            [_names(truth)],
        )
    }
    every = {(leak.item, leak.row): leak.how for leak in truth.leaks}
    for how, words in (("edited", "with other words"), ("embedded", "inside longer texts")):
        planted = {pair for pair, as_planted in every.items() if as_planted == how}
        yield _sets(f"benchmark questions {words}", planted, {pair for pair in found if every.get(pair) == how})
    yield _sets("samples taken for benchmark questions that are none", set(), found - every.keys())


def _reasoning(lake: Lake, truth: Truth) -> Iterator[Row]:
    scored = {name for (name,) in lake.rows("select distinct dataset from scores where axis = 'think_or_not'")}
    found = {
        Place(name, row)
        for name, row in lake.rows(
            "select samples.dataset, row_no from scores join samples using (sample_id) "
            "where axis = 'think_or_not' and value = 1"
        )
    }
    for dataset in truth.datasets:
        planted = {Place(dataset.name, row) for row in dataset.think}
        held = {place for place in found if place.dataset == dataset.name}
        if dataset.name not in scored:
            yield Row(f"answers with reasoning in {dataset.name}", len(planted), None, False)
        elif planted or held:
            yield _sets(f"answers with reasoning in {dataset.name}", planted, held)


def _names(truth: Truth) -> list[str]:
    return [dataset.name for dataset in truth.datasets]


def _sets(what: str, planted: set[Any], found: set[Any]) -> Row:
    return Row(what, len(planted), len(found), planted == found)
