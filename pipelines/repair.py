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
    **dict.fromkeys(("samples", "scores", "scored_axes", "dataset_scores"), "oda score{of}"),
    "embeddings": "oda embed{of}",
    # What axes of models are computed from: models and judges are asked again when an axis needs it.
    **dict.fromkeys(("token_signals", "ratings", "comparisons", "rewards"), "oda score{of}"),
    **dict.fromkeys(("gradient_signals", "state_spectra", "judgements", "verdicts"), "oda score{of}"),
    **dict.fromkeys(("signatures", "near_duplicate_pairs", "near_duplicates", "dedup_runs"), "oda dedup"),
    **dict.fromkeys(("prompt_keys", "dataset_overlaps", "dataset_redundancy", "overlap_runs"), "oda overlap"),
    **dict.fromkeys(("contamination", "contamination_scans"), "oda contamination"),
    **dict.fromkeys(("lineage_edges", "lineage_nodes"), "oda lineage"),
}
"""How to make again what a relation held, or what was made of it."""

_RESULTS = (
    (("signatures",), ("near_duplicate_pairs", "near_duplicates", "dedup_runs")),
    (("prompt_keys",), ("dataset_overlaps", "dataset_redundancy", "overlap_runs")),
    ((), ("contamination", "contamination_scans")),
    ((), ("lineage_edges", "lineage_nodes")),
)
"""What comes from one run, after what that is made of: where some is lost, all that comes from it is forgotten."""

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
    """Make the rest say what is there: fewer samples, a source to be read again, no results of what is lost."""
    read_again = sorted({each.dataset for each in lost if each.table in ("samples", "rejects") and each.dataset})
    tables = {each.table for each in lost}
    forgotten = [name for of, made in _RESULTS if tables & {*of, *made} for name in made]

    def work(connection: Connection) -> None:
        for dataset in read_again:
            connection.execute(
                "update datasets set fingerprint = '', rows = (select count(*) from samples where dataset = $dataset), "
                "rejected = (select count(*) from rejects where dataset = $dataset) where dataset = $dataset",
                {"dataset": dataset},
            )
        for relation in forgotten:
            delete(connection, relation)

    if read_again or forgotten:
        lake.transact(work, message="settle what lost files leave behind")


def _commands(lake: Lake, lost: list[Damaged]) -> list[str]:
    sources = dict(lake.rows("select dataset, source from datasets"))
    commands = [
        f"oda ingest {shlex.quote(sources[each.dataset])} --name {each.dataset}"
        for each in lost
        if each.table in ("samples", "rejects") and each.dataset in sources
    ]
    return commands + [
        _AGAIN[each.table].format(of=f" {each.dataset}" if each.dataset else "")
        for each in lost
        if each.table in _AGAIN
    ]
