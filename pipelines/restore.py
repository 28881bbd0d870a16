"""Restoring: a dataset becomes again what it was at an earlier snapshot, in one commit that can itself be undone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from lake.catalog import Connection, Lake
from lake.errors import UsageError
from pipelines.ingesting.commit import PER_DATASET, delete_dataset


@dataclass(frozen=True)
class RestoreReport:
    """What was restored: rows by relation, and the snapshot of the commit."""

    dataset: str
    at: int
    rows: dict[str, int]
    snapshot: int

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def restore(lake: Lake, dataset: str, *, at: int) -> RestoreReport:
    """Make a dataset with its samples, rejects, scores and embeddings what it was at a snapshot, dropped or not.

    Its near-duplicates are forgotten, since other datasets have changed meanwhile. Raises UsageError when the snapshot
    is gone or does not hold the dataset.
    """

    def work(connection: Connection) -> dict[str, int]:
        _check(connection, dataset, at)
        delete_dataset(connection, dataset)
        # What the lake did not store yet at that time is absent there, and so are columns that came later.
        rows = {}
        for relation in PER_DATASET:
            then = _at(connection, relation, at)
            if then is not None:
                counted = connection.execute(f"insert into {relation} by name from {then} where dataset = ?", [dataset])
                row = counted.fetchone()
                rows[relation] = int(row[0]) if row else 0
        return rows

    rows = lake.transact(
        work, message=f"restore {dataset} as of snapshot {at}", extra={"dataset": dataset, "step": "restore", "at": at}
    )
    return RestoreReport(dataset, at, {name: count for name, count in rows.items() if count}, lake.snapshot)


def _check(connection: Connection, dataset: str, at: int) -> None:
    known = [row[0] for row in connection.execute("select snapshot_id from lake.snapshots()").fetchall()]
    if at not in known:
        raise UsageError(f"There is no snapshot {at} (any more).", hint="List them with: oda snapshots")
    then = _at(connection, "datasets", at)
    if then is None or not connection.execute(f"from {then} where dataset = ?", [dataset]).fetchall():
        raise UsageError(
            f"Snapshot {at} does not hold a dataset {dataset!r}.",
            hint=f'See what it holds with: oda sql --at {at} "select dataset from datasets"',
        )


def _at(connection: Connection, relation: str, at: int) -> str | None:
    """A relation as it was at a snapshot; None where it was not there yet."""
    then = f"{relation} at (version => {int(at)})"
    try:
        connection.execute(f"from {then} limit 0")
    except duckdb.CatalogException:
        return None
    return then
