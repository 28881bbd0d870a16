"""The one commit of an ingest: replaces a dataset's rows, carries over what was derived of them, describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import insert, run
from lake.rows import delete, put
from lake.rows import drop as drop_tables
from lake.tables import DATASETS, REJECTS, SAMPLES, SCORES, TABLES
from pipelines.scoring.wide import rewrite_scored

PER_DATASET = (
    "samples",
    "rejects",
    "scores",
    "scored_axes",
    "embeddings",
    "dataset_scores",
    "signatures",
    "comparisons",
    "verdicts",
    "calibrated_means",
    "prompt_keys",
    "dataset_redundancy",
    "lineage_nodes",
    "datasets",
)
"""Relations that hold rows of a dataset."""

OF_TWO = {
    "near_duplicate_pairs": ("dataset", "other_dataset"),
    "near_duplicates": ("dataset", "survivor_dataset"),
    "dataset_overlaps": ("dataset", "other"),
    "lineage_edges": ("child", "parent"),
    "contamination": ("dataset", "benchmark"),
    "contamination_scans": ("dataset", "benchmark"),
}
"""Relations whose rows speak of two datasets, and the columns that name them."""


LINKS_FOLLOWED = ":links"
"""What the fingerprint of a source ends with that was read with its links followed, so that a rerun does the same."""


@dataclass(frozen=True)
class Standing:
    """What the lake already holds under a name."""

    dataset_no: int
    source: str
    fingerprint: str
    rows: int
    rejected: int
    format: str
    coverage: dict[str, int]
    remarks: tuple[str, ...]
    left_out: tuple[str, ...]


def standing(connection: Connection, dataset: str) -> Standing | None:
    """The dataset of that name in the lake, if there is one."""
    row = connection.execute(
        "select dataset_no, source, fingerprint, rows, rejected, format, coverage, remarks, left_out from datasets "
        "where dataset = ?",
        [dataset],
    ).fetchone()
    if row is None:
        return None
    number, source, print_of_source, rows, rejected, format_, counts, remarks, left_out = row
    return Standing(
        number, source, print_of_source, rows, rejected, format_,
        json.loads(counts) if counts else {}, tuple(remarks or ()), tuple(left_out or ()),
    )  # fmt: skip


def reserve_number(lake: Lake, dataset: str) -> int:
    """A number for a new dataset, never given out before."""
    return lake.transact(
        lambda connection: lake.next_number(connection, "dataset_no"), message=f"reserve a number for {dataset}"
    )


def commit(
    lake: Lake, facts: dict[str, Any], *, samples: list[Path], rejects: list[Path], replaces: Standing | None
) -> int:
    """Make staged files the dataset described by `facts` (columns of `datasets`), replacing what stood there.

    Returns how many scores were carried over. Raises ConflictError when another writer made the dataset meanwhile.
    """
    dataset = str(facts["dataset"])

    def work(connection: Connection) -> int:
        now = standing(connection, dataset)
        if now is not None and (replaces is None or now.dataset_no != replaces.dataset_no):
            raise ConflictError(
                f"Dataset {dataset!r} was ingested by another writer meanwhile.",
                hint="Run it again to compare with what is there now, or choose another --name.",
            )
        if now is not None:
            _set_aside(connection, dataset)
            delete_dataset(connection, dataset)
        lake.add_files(connection, SAMPLES, samples)
        lake.add_files(connection, REJECTS, rejects)
        carried = _carry(connection, dataset) if now is not None else 0
        if carried:
            rewrite_scored(lake, connection, [dataset])
        put(connection, DATASETS, [facts])
        return carried

    verb = "replace" if replaces else "ingest"
    return lake.transact(
        work,
        message=f"{verb} {dataset}: {facts['rows']:,} samples, {facts['rejected']:,} rejects",
        extra={"dataset": dataset, "step": "ingest"},
        staged=[*samples, *rejects],
    )


CARRIED = tuple(table for table in TABLES if table.decided_by)
"""Stored derived relations whose rows outlive the replacement of their dataset."""

_WHOLE = "axis not in (select axis from dataset_scores where dataset = $dataset)"
"""Of scores: those of axes measured over the whole dataset depend on every row, and are not carried."""


def _set_aside(connection: Connection, dataset: str) -> None:
    """Keep what is needed of a dataset about to be replaced, in temporary tables."""
    columns = ", ".join(dict.fromkeys(column for table in CARRIED for column in ("sample_id", *table.decided_by)))
    queries = {"samples": f"select {columns} from samples where dataset = $dataset"}
    for table in CARRIED:
        more = f" and {_WHOLE}" if table is SCORES else ""
        queries[table.name] = f"select * from {table.name} where dataset = $dataset{more}"
    for name, query in queries.items():
        connection.execute(f"create or replace temp table replaced_{name} as {query}", {"dataset": dataset})


def _carry(connection: Connection, dataset: str) -> int:
    """Give samples that equal an old one the rows it had; returns how many scores."""
    carried = {}
    for table in CARRIED:
        given = {"replaced": f"replaced_{table.name}", "kind": table.keys[0][1], "deciding": table.decided_by}
        carried[table.name] = insert(connection, table.name, "carried_rows", dataset=dataset, **given)
        drop_tables(connection, f"replaced_{table.name}")
    drop_tables(connection, "replaced_samples")
    return carried[SCORES.name]


def delete_dataset(connection: Connection, dataset: str) -> None:
    """Delete every row of a dataset, in every relation; inside a transaction that has not added any yet."""
    # The lake first: what the catalogue says after that is no older than the snapshot of the transaction.
    delete(connection, DATASETS.name, dataset=dataset)
    filled = {str(name) for (name,) in run(connection, "tables_with_rows").fetchall()}
    for relation in (name for name in PER_DATASET if name in filled and name != DATASETS.name):
        delete(connection, relation, dataset=dataset)
    for relation, (first, second) in OF_TWO.items():
        if relation in filled:
            connection.execute(
                f"delete from {relation} where {first} = $dataset or {second} = $dataset", {"dataset": dataset}
            )


def drop(lake: Lake, dataset: str) -> None:
    """Remove a dataset with its samples, rejects and scores in one commit; snapshots before still hold it."""
    lake.transact(
        lambda connection: delete_dataset(connection, dataset),
        message=f"drop {dataset}",
        extra={"dataset": dataset, "step": "drop"},
    )
