"""Mending a lake: dropped tables come back from their snapshots, and lost files are given up where that is possible.

How to make again what is given up is told.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from lake.catalog import Connection, Lake
from lake.damage import Damaged
from lake.dropped import bring_back, dropped, dropped_views
from lake.migrations import LATEST
from lake.rows import delete

_AGAIN = {
    "samples": "oda score {dataset}",
    "scores": "oda score {dataset}",
    "scored_axes": "oda score {dataset}",
    "dataset_scores": "oda score {dataset}",
    "embeddings": "oda embed {dataset}",
    "signatures": "oda dedup",
    "near_duplicate_pairs": "oda dedup",
    "near_duplicates": "oda dedup",
}
"""How to make again what a relation held, or what was made of it."""

_OF_DEDUP = ("near_duplicate_pairs", "near_duplicates", "dedup_runs")

REPLACEABLE = (*_AGAIN, "rejects")
"""Relations whose rows can be made again, from the source or from the samples; no other is given up."""


@dataclass(frozen=True)
class GivenUp:
    """What was given up: rows by relation and dataset, and the commands that make them again."""

    rows: dict[tuple[str, str | None], int]
    commands: tuple[str, ...]


def bring_back_dropped(lake: Lake) -> dict[str, int]:
    """Make dropped tables again with the rows they had, and dropped views; the rows of each, in one commit."""
    gone = dropped(lake.connection, LATEST)
    without = dropped_views(lake.connection)
    if not gone and not without:
        return {}

    def work(connection: Connection) -> dict[str, int]:
        rows = bring_back(connection, gone)
        lake.refresh_views(connection)
        return rows

    return lake.transact(work, message="bring back what was dropped") | dict.fromkeys(without, 0)


def give_up_lost(lake: Lake) -> GivenUp:
    """Do without the lost files of relations that can be made again.

    Raises LakeError when no file at all is there.
    """
    lost = [each for each in lake.damage() if each.current and each.table in REPLACEABLE]
    if not lost:
        return GivenUp({}, ())
    lake.give_up(lost)
    rows: dict[tuple[str, str | None], int] = {}
    for each in lost:
        place = each.table, each.dataset
        rows[place] = rows.get(place, 0) + (0 if each.deletes else each.rows)
    _settle(lake, lost)
    return GivenUp(rows, tuple(dict.fromkeys(_commands(lake, lost))))


def _settle(lake: Lake, lost: list[Damaged]) -> None:
    """Make the rest say what is there: fewer samples, a source to be read again, no near-duplicates of lost pairs."""
    read_again = sorted({each.dataset for each in lost if each.table in ("samples", "rejects") and each.dataset})
    deduplicated = any(each.table in (*_OF_DEDUP, "signatures") for each in lost)

    def work(connection: Connection) -> None:
        for dataset in read_again:
            connection.execute(
                "update datasets set fingerprint = '', rows = (select count(*) from samples where dataset = $dataset), "
                "rejected = (select count(*) from rejects where dataset = $dataset) where dataset = $dataset",
                {"dataset": dataset},
            )
        for relation in _OF_DEDUP if deduplicated else ():
            delete(connection, relation)

    if read_again or deduplicated:
        lake.transact(work, message="settle what lost files leave behind")


def _commands(lake: Lake, lost: list[Damaged]) -> list[str]:
    sources = dict(lake.rows("select dataset, source from datasets"))
    commands = [
        f"oda ingest {shlex.quote(sources[each.dataset])} --name {each.dataset}"
        for each in lost
        if each.table in ("samples", "rejects") and each.dataset in sources
    ]
    return commands + [_AGAIN[each.table].format(dataset=each.dataset) for each in lost if each.table in _AGAIN]
