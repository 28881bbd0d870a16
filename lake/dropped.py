"""Tables of the lake that somebody dropped: which, since when, and how they are brought back from a snapshot before."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from lake import migrations
from lake.files import METADATA
from lake.relations import quote, views
from lake.tables import TABLES, Table


@dataclass(frozen=True)
class Dropped:
    """A table that is not there.

    - last: the last snapshot that has it; None where no snapshot is left that does.
    """

    table: Table
    last: int | None


def held(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The tables of the lake that is attached, as it is read."""
    query = "select table_name from duckdb_tables() where database_name = 'lake'"
    return {str(name) for (name,) in connection.execute(query).fetchall()}


def dropped(connection: duckdb.DuckDBPyConnection, version: int) -> list[Dropped]:
    """The tables that a lake of this schema version should have and has not."""
    there = held(connection)
    gone = [table for table in TABLES if table.since <= version and table.name not in there]
    if not gone:
        return []
    ends = dict(
        connection.execute(
            f"select table_name, max(end_snapshot) from {METADATA}.ducklake_table "
            "where end_snapshot is not null group by table_name"
        ).fetchall()
    )
    kept = {int(number) for (number,) in connection.execute("select snapshot_id from lake.snapshots()").fetchall()}
    lasts = {name: end - 1 for name, end in ends.items() if end - 1 in kept}
    return [Dropped(table, lasts.get(table.name)) for table in gone]


def dropped_views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The views of the lake that are not there."""
    query = "select view_name from duckdb_views() where database_name = 'lake'"
    there = {str(name) for (name,) in connection.execute(query).fetchall()}
    return [view.name for view in views() if view.name not in there]


def bring_back(connection: duckdb.DuckDBPyConnection, gone: list[Dropped]) -> dict[str, int]:
    """Make the tables again with the rows of their last snapshot, empty where there is none; rows by table.

    The caller is in a transaction.
    """
    rows: dict[str, int] = {}
    for each in gone:
        name = quote(each.table.name)
        if each.last is not None:  # first: once there is a new table, this name is its, at whatever version
            then = f"{name} at (version => {each.last})"
            connection.execute(f"create or replace temp table brought_back as from {then}")
        migrations.create(connection, each.table)
        rows[each.table.name] = 0
        if each.last is not None:
            declared = {column.name for column in each.table.columns}
            for column, kind, *_ in connection.execute("describe temp.brought_back").fetchall():
                if column not in declared:  # an axis of the wide table
                    connection.execute(f"alter table {name} add column {quote(column)} {kind}")
            copied = connection.execute(f"insert into {name} by name from temp.brought_back").fetchone()
            connection.execute("drop table temp.brought_back")
            rows[each.table.name] = int(copied[0]) if copied else 0
    return rows
