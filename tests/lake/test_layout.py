"""Scores of an older layout: read as they are, rewritten dataset by dataset, a killed rewrite goes on."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.catalog import Lake
from lake.layout import old_layouts, rewrite
from lake.settings import Settings

KEPT = Path(__file__).resolve().parents[1] / "kept_lakes" / "v5.tar.xz"
SCORES = "select sample_id, dataset, axis, scorer_version, value, status, detail from scores order by all"


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Lake]:
    """A lake whose scores were written by axis and dataset, its schema brought up to date."""
    with tarfile.open(KEPT) as archive:
        archive.extractall(tmp_path, filter="data")
    with Lake.open(Settings.load(home=tmp_path / "home", threads=2)) as lake:
        yield lake


def test_compacting_rewrites_scores_and_changes_none(older: Lake) -> None:
    before, then = older.rows(SCORES), older.snapshot
    waiting = old_layouts(older.connection)
    assert [old.dataset for old in waiting] == ["forum", "quiz", "tales"]
    assert all(old.files > 1 and old.bytes > 0 for old in waiting)
    planned = older.compact(dry_run=True)
    assert planned.relaid == waiting
    assert older.snapshot == then
    assert older.compact().relaid == waiting
    assert old_layouts(older.connection) == ()
    assert older.rows(SCORES) == before
    assert older.compact(dry_run=True).relaid == ()
    with Lake.open(older.settings, snapshot=then) as past:
        assert past.rows(SCORES) == before


def test_a_rewrite_that_was_cut_off_goes_on_with_the_next_dataset(older: Lake) -> None:
    before = older.rows(SCORES)

    def once(work: Any, message: str) -> None:
        if message.endswith("tales"):
            raise KeyboardInterrupt
        older.transact(work, message=message)

    with pytest.raises(KeyboardInterrupt):
        rewrite(older.connection, once)
    assert [old.dataset for old in old_layouts(older.connection)] == ["tales"]
    assert older.rows(SCORES) == before
    rewrite(older.connection, older.transact)
    assert old_layouts(older.connection) == ()
    assert older.rows(SCORES) == before


def test_a_lake_of_today_has_nothing_to_rewrite(lake: Lake) -> None:
    assert old_layouts(lake.connection) == ()
