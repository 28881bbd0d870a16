"""How many rows of a stored derived relation of samples there are, remembered while its files are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.known import known
from lake.relations import run, taken
from pipelines.deriving.stored import Stored


class Count(NamedTuple):
    """How many rows of a dataset are of a kind, version and outcome."""

    dataset: str
    kind: str
    version: str
    outcome: str | None
    n: int


def stored_counts(lake: Lake, connection: Connection, stored: Stored, datasets: Sequence[str]) -> list[Count]:
    """The rows of these datasets, counted; those whose files have been counted before are not read."""

    def count(names: list[str]) -> dict[str, list[tuple[str, str, str | None, int]]]:
        by_dataset: dict[str, list[tuple[str, str, str | None, int]]] = {name: [] for name in names}
        given = taken("stored_counts", stored.columns)
        for dataset, *counts in run(connection, "stored_counts", **given, datasets=names).fetchall():
            by_dataset[dataset].append(tuple(counts))
        return by_dataset

    name = stored.table.name
    found = known(lake, connection, f"rows-of-{name}", tables=(name,), datasets=datasets, find=count)
    return [Count(dataset, *counts) for dataset, rows in found.items() for counts in rows]


def counted(counts: Sequence[Count]) -> pa.Table:
    """Counts as a table."""
    columns = zip(*counts, strict=True) if counts else ((),) * len(Count._fields)
    types = (*[pa.string()] * (len(Count._fields) - 1), pa.int64())
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.table(arrays, names=list(Count._fields))
