"""Statements about rows of one relation: values are bound, names are quoted, what is left out is NULL."""

from __future__ import annotations

import uuid

import duckdb
import pytest

from lake.rows import copy, count, delete, drop, put
from lake.tables import Column, Table

THINGS = Table(
    "things",
    "One row per thing.",
    (
        Column("order", "VARCHAR", "a name that SQL keeps for itself"),
        Column("id", "UUID", "an identity"),
        Column("facts", "JSON", "facts"),
        Column("names", "VARCHAR[]", "names"),
        Column("size", "BIGINT", "size"),
    ),
)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute('create table things ("order" varchar, id uuid, facts json, names varchar[], size bigint)')
    return found


def test_rows_are_put_by_name_and_absent_values_are_null(connection: duckdb.DuckDBPyConnection) -> None:
    one = uuid.UUID(int=1)
    assert (
        put(connection, THINGS, [{"order": "a", "id": str(one), "facts": '{"b": 1}', "names": ["x"]}, {"size": 2}]) == 2
    )
    assert connection.execute("from things order by size").fetchall() == [
        (None, None, None, None, 2),
        ("a", one, '{"b": 1}', ["x"], None),
    ]


def test_nothing_is_put_of_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert put(connection, THINGS, []) == 0
    assert count(connection, "things") == 0


def test_rows_go_by_equal_values_or_one_of_several(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [{"order": order, "size": size} for order in ("a", "b", "c'; drop table things; --") for size in (1, 2)]
    put(connection, THINGS, rows)
    assert delete(connection, "things", order="a", size=1) == 1
    assert delete(connection, "things", order=["b", "c'; drop table things; --"], size=2) == 2
    assert connection.execute('select "order", size from things').fetchall() == [
        ("a", 2),
        ("b", 1),
        ("c'; drop table things; --", 1),
    ]
    assert delete(connection, "things", order=[]) == 0
    assert delete(connection, "things") == 3


def test_names_are_quoted(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute('create temp table "to; drop" as select \'a\' as "order"')
    copy(connection, "things", "to; drop")
    assert connection.execute('select "order", size from things').fetchall() == [("a", None)]
    drop(connection, "to; drop")
    with pytest.raises(duckdb.CatalogException):
        count(connection, "to; drop")
