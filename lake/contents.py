"""Rows kept by content: they outlive their samples, since these may come back, until somebody gives them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb

from lake.relations import keep, quote
from lake.tables import TABLES

Connection = duckdb.DuckDBPyConnection

KEPT_BY_CONTENT = tuple(table.name for table in TABLES if any(key[0] == "content_id" for key in table.keys))
"""Relations of which a row belongs to a content, whatever samples have it."""


def unused(connection: Connection) -> dict[str, int]:
    """How many rows of each relation are of contents that no sample or slice has; those with none are left out."""
    found = {name: _load(connection, name) for name in KEPT_BY_CONTENT}
    return {name: rows for name, rows in found.items() if rows}


def forget(connection: Connection, transact: Callable[..., Any]) -> dict[str, int]:
    """Delete these rows, a commit a relation; earlier snapshots keep them. What came back meanwhile stays."""
    return {name: transact(_deleting(name), message=f"forget unused contents of {name}") for name in unused(connection)}


def _deleting(name: str) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        rows = _load(connection, name)
        connection.execute(
            f"delete from {quote(name)} where content_id in (select content_id from temp.unused_contents)"
        )
        return rows

    return work


def _load(connection: Connection, name: str) -> int:
    """Fill the temporary table `unused_contents`; how many rows of the relation they have."""
    keep(connection, "unused_contents", "unused_contents", stored=name)
    row = connection.execute("select coalesce(sum(n), 0)::bigint from temp.unused_contents").fetchone()
    return int(row[0]) if row else 0
