"""Statements about rows of one relation: put, copy, delete, count. Names are quoted here, values are bound.

What has joins, conditions or expressions is a relation of `sql/` (`lake.relations`); these are what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from lake.relations import quote
from lake.tables import Table

Connection = duckdb.DuckDBPyConnection

_AS_TEXT = {"UUID": pa.string(), "JSON": pa.string()}
"""Types that Python values are given as texts of."""


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows given as mappings, in one statement; what they leave out is NULL. How many."""
    given = [{name: row.get(name) for name in table.column_names} for row in rows]
    if not given:
        return 0
    types = {field.name: field.type for field in table.arrow_schema}
    schema = pa.schema([(column.name, _AS_TEXT.get(column.type, types[column.name])) for column in table.columns])
    connection.register("incoming_rows", pa.Table.from_pylist(given, schema=schema))
    try:
        columns = (f"{quote(column.name)}::{column.type} as {quote(column.name)}" for column in table.columns)
        text = f"insert into {quote(table.name)} by name select {', '.join(columns)} from incoming_rows"
        connection.execute(text)
    finally:
        connection.unregister("incoming_rows")
    return len(given)


def copy(connection: Connection, into: str, source: str) -> None:
    """Insert every row of a table or view, columns by name."""
    connection.execute(f"insert into {quote(into)} by name from {quote(source)}")


def delete(connection: Connection, table: str, **equal: Any) -> int:
    """Delete rows whose columns equal the values given, or one of them where it is a list; all without values.

    Returns how many.
    """
    tests = [
        f"list_contains(${name}, {quote(name)})" if isinstance(value, list) else f"{quote(name)} = ${name}"
        for name, value in equal.items()
    ]
    where = f" where {' and '.join(tests)}" if tests else ""
    row = connection.execute(f"delete from {quote(table)}{where}", equal or None).fetchone()
    return int(row[0]) if row else 0


def count(connection: Connection, table: str) -> int:
    """How many rows a table or view has."""
    row = connection.execute(f"select count(*) from {quote(table)}").fetchone()
    return int(row[0]) if row else 0


def drop(connection: Connection, *tables: str) -> None:
    """Drop temporary tables."""
    for table in tables:
        connection.execute(f"drop table temp.{quote(table)}")
