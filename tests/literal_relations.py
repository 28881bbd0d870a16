"""Runs a file of `sql/`, or one step of it, over tables given as literal rows, without a lake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb

from lake.relations import statement

Rows = Sequence[tuple[Any, ...]]


def result(
    name: str, tables: dict[str, tuple[str, Rows]], *, step: str | None = None, **parameters: Any
) -> list[tuple[Any, ...]]:
    """The rows of a relation over `tables`: name -> (column definitions, rows); sorted, NULLs last.

    step: the common table expression whose rows are wanted instead of the result.
    """
    connection = duckdb.connect()
    for table, (columns, rows) in tables.items():
        connection.execute(f"create table {table} ({columns})")
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into {table} values ({marks})", [list(row) for row in rows])
    text, values = statement(name, parameters)
    if step is not None:
        text = _step(connection, text, step)
    used = {key: value for key, value in (values or {}).items() if f"${key}" in text}
    return connection.execute(f"from ({text}) order by all nulls last", used or None).fetchall()


def _step(connection: duckdb.DuckDBPyConnection, text: str, name: str) -> str:
    """The query that gives the rows of one of the common table expressions of another."""
    whole, part = (_tree(connection, query) for query in (text, f"select * from {name}"))
    names = [entry["key"] for entry in whole["statements"][0]["node"]["cte_map"]["map"]]
    assert name in names, f"{name} is not among {names}"
    part["statements"][0]["node"]["cte_map"] = whole["statements"][0]["node"]["cte_map"]
    row = connection.execute("select json_deserialize_sql($tree::json)", {"tree": json.dumps(part)}).fetchone()
    assert row is not None
    return str(row[0])


def _tree(connection: duckdb.DuckDBPyConnection, text: str) -> Any:
    row = connection.execute("select json_serialize_sql($text)", {"text": text}).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    assert not tree["error"], tree
    return tree
