"""Results on their way into the lake: models, their scores, outcomes on items, means published elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.tables import EVALUATION_ITEMS, EVALUATIONS, PUBLISHED_SCORES, TRAINING_RUNS, Table


@dataclass
class Results:
    """Rows by relation, as dictionaries of columns; what a row leaves out is NULL."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def now() -> dt.datetime:
    """The time as it is stored, UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def as_json(value: Any) -> str:
    """A value as it is stored in a JSON column."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def add_evaluations(connection: Connection, results: Results) -> None:
    """Put evaluations and outcomes in the place of those of the same run and benchmark."""
    keys = {f"{row['run']}\x00{row['benchmark']}" for row in results.evaluations}
    for table in (EVALUATIONS, EVALUATION_ITEMS):
        connection.execute(
            f"delete from {table.name} where list_contains(?, run || chr(0) || benchmark)", [sorted(keys)]
        )
    insert(connection, EVALUATIONS, results.evaluations)
    insert(connection, EVALUATION_ITEMS, results.items)


def add_runs(lake: Lake, results: Results, origin: str) -> None:
    """Put runs with their evaluations in the place of those of the same names, in one commit."""
    names = [run["run"] for run in results.runs]

    def store(connection: Connection) -> None:
        for table in (EVALUATIONS, EVALUATION_ITEMS, TRAINING_RUNS):
            connection.execute(f"delete from {table.name} where list_contains(?, run)", [names])
        insert(connection, TRAINING_RUNS, results.runs)
        insert(connection, EVALUATIONS, results.evaluations)
        insert(connection, EVALUATION_ITEMS, results.items)

    lake.transact(store, message=f"import results {origin!r}: {len(results.evaluations):,} evaluations")


def replace_origin(lake: Lake, origin: str, results: Results) -> None:
    """Put an import in the place of an earlier one of the same name, in one commit."""

    def store(connection: Connection) -> None:
        if results.runs:
            for table in (EVALUATIONS, EVALUATION_ITEMS, TRAINING_RUNS):
                connection.execute(
                    f"delete from {table.name} where run in (select run from training_runs where origin = ?)", [origin]
                )
            insert(connection, TRAINING_RUNS, results.runs)
            insert(connection, EVALUATIONS, results.evaluations)
            insert(connection, EVALUATION_ITEMS, results.items)
        if results.published:
            connection.execute(f"delete from {PUBLISHED_SCORES.name} where origin = ?", [origin])
            insert(connection, PUBLISHED_SCORES, results.published)

    lake.transact(store, message=f"import results {origin!r}: {len(results.evaluations):,} evaluations")


def insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given as dictionaries; what they leave out is NULL. Inside `transact`."""
    if not rows:
        return
    connection.register("arriving_results", _arrow(table, rows))
    try:
        columns = ", ".join(
            f"{column.name}::{column.type} as {column.name}" if column.type in ("UUID", "JSON") else column.name
            for column in table.columns
        )
        connection.execute(f"insert into {table.name} by name select {columns} from arriving_results")
    finally:
        connection.unregister("arriving_results")


def _arrow(table: Table, rows: Iterable[dict[str, Any]]) -> pa.Table:
    plain = {"UUID": pa.string(), "JSON": pa.string()}
    schema = pa.schema(
        [
            pa.field(column.name, plain.get(column.type, table.arrow_schema.field(column.name).type))
            for column in table.columns
        ]
    )
    return pa.Table.from_pylist(list(rows), schema=schema)
