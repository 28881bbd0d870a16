"""The comparison of a lake with the truth: all found when all is well, and each defect noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from examples.arena.check import Row, found_versus_planted
from examples.arena.generate import generate
from examples.arena.truth import Place, Truth
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.ingest import ingest_many
from pipelines.score import score


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Truth]]:
    folder = tmp_path_factory.mktemp("arena")
    truth = generate(folder / "arena")
    with Lake.open(Settings.load(home=folder / "lake", memory_limit="2GB", threads=2), create=True) as lake:
        sources = sorted(path for path in (folder / "arena").iterdir() if path.is_dir())
        batch = ingest_many(lake, sources)
        assert [Path(source).name for source, _ in batch.failures] == ["torn-pages"]
        unscored = [row for row in found_versus_planted(lake, truth) if "reasoning" in row.what]
        assert {(row.found, row.ok) for row in unscored} == {(None, False)}
        score(lake, axes=["think_or_not"])
        yield lake, truth


def _wrong(lake: Lake, truth: Truth) -> list[Row]:
    return [row for row in found_versus_planted(lake, truth) if not row.ok]


def test_everything_planted_is_found(ingested: tuple[Lake, Truth]) -> None:
    lake, truth = ingested
    rows = found_versus_planted(lake, truth)
    assert _wrong(lake, truth) == []
    assert all(row.planted == row.found for row in rows)
    by_name = {row.what: row.planted for row in rows}
    assert by_name["samples of all-round"] == 693
    assert by_name["broken rows of snippet-shop"] == 8
    assert by_name["benchmark questions verbatim in count-tales"] == 5
    assert by_name["answers with reasoning in count-tales-thought"] == 250
    assert by_name["rows left behind by torn-pages, which does not parse"] == 0


def test_a_truth_that_says_otherwise_is_noticed(ingested: tuple[Lake, Truth]) -> None:
    lake, truth = ingested
    tales = truth.dataset("count-tales")
    moved = replace(tales, rejected=(tales.rejected[0] + 1, *tales.rejected[1:]))
    other = replace(truth, datasets=tuple(moved if each is tales else each for each in truth.datasets))
    assert [row.what for row in _wrong(lake, other)] == ["broken rows of count-tales"]
    fewer = replace(truth, exact_duplicates=truth.exact_duplicates[1:])
    assert [(row.planted + 1, row.found) for row in _wrong(lake, fewer)] in ([(18, 18)], [(921, 921)])
    leak = next(each for each in truth.leaks if each.how == "verbatim")
    shifted = replace(leak, row=Place(leak.row.dataset, leak.row.row + 1))
    leaks = replace(truth, leaks=tuple(shifted if each is leak else each for each in truth.leaks))
    assert [row.what for row in _wrong(lake, leaks)] == [f"benchmark questions verbatim in {leak.row.dataset}"]


def test_other_datasets_in_the_lake_do_not_disturb(ingested: tuple[Lake, Truth], tmp_path: Path) -> None:
    lake, truth = ingested
    path = tmp_path / "stranger.jsonl"
    path.write_text('{"instruction": "What is the capital of Spain?", "output": "Madrid."}\n' * 3)
    batch = ingest_many(lake, [path])
    assert batch.failures == ()
    assert _wrong(lake, truth) == []
