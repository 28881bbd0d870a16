"""Results on their way into the lake: models, their scores, outcomes on items, means published elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from lake.catalog import Connection, Lake
from lake.rows import delete, put
from lake.tables import EVALUATION_ITEMS, EVALUATIONS, PUBLISHED_SCORES, TRAINING_RUNS


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
    put(connection, EVALUATIONS, results.evaluations)
    put(connection, EVALUATION_ITEMS, results.items)


def add_runs(lake: Lake, results: Results, origin: str) -> None:
    """Put runs with their evaluations in the place of those of the same names, in one commit."""
    names = [run["run"] for run in results.runs]

    def store(connection: Connection) -> None:
        for table in (EVALUATIONS, EVALUATION_ITEMS, TRAINING_RUNS):
            delete(connection, table.name, run=names)
        put(connection, TRAINING_RUNS, results.runs)
        put(connection, EVALUATIONS, results.evaluations)
        put(connection, EVALUATION_ITEMS, results.items)

    lake.transact(store, message=f"import results {origin!r}: {len(results.evaluations):,} evaluations")


def replace_origin(lake: Lake, origin: str, results: Results) -> None:
    """Put an import in the place of an earlier one of the same name, in one commit."""

    def store(connection: Connection) -> None:
        if results.runs:
            found = connection.execute("select run from training_runs where origin = ?", [origin]).fetchall()
            for table in (EVALUATIONS, EVALUATION_ITEMS, TRAINING_RUNS):
                delete(connection, table.name, run=[run for (run,) in found])
            put(connection, TRAINING_RUNS, results.runs)
            put(connection, EVALUATIONS, results.evaluations)
            put(connection, EVALUATION_ITEMS, results.items)
        if results.published:
            delete(connection, PUBLISHED_SCORES.name, origin=origin)
            put(connection, PUBLISHED_SCORES, results.published)

    lake.transact(store, message=f"import results {origin!r}: {len(results.evaluations):,} evaluations")
