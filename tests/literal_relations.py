"""Runs a file of `sql/` over tables given as literal rows, without a lake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from lake.relations import bind, relation

Rows = Sequence[tuple[Any, ...]]


def result(name: str, tables: dict[str, tuple[str, Rows]], **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a relation over `tables`: name -> (column definitions, rows); sorted, NULLs last."""
    connection = duckdb.connect()
    for table, (columns, rows) in tables.items():
        connection.execute(f"create table {table} ({columns})")
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into {table} values ({marks})", [list(row) for row in rows])
    wanted = relation(name)
    values = bind(wanted.parameters, parameters, of=name)
    return connection.execute(f"from ({wanted.sql}) order by all nulls last", values or None).fetchall()
