"""Rows that older lakes keep in the catalogue itself: moved to files once, without breaking who has the lake open.

DuckLake drops the tables that held them, and programs that know these tables from when they opened the lake would read
them in vain. So the move is one commit with a new version of the schema, which makes everybody read the schema again.
"""

from __future__ import annotations

import duckdb

from lake.files import METADATA
from lake.settings import Settings
from lake.tables import MIGRATIONS


def to_flush(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Whether there is something to move; where a server's catalogue is being read just now, it has to wait."""
    return _any_rows(connection) and (settings.embedded or not _being_read(connection))


def flush(connection: duckdb.DuckDBPyConnection) -> None:
    """Move all rows to files; inside a transaction."""
    connection.execute("call ducklake_flush_inlined_data('lake')").fetchall()
    comment = MIGRATIONS.comment.replace("'", "''")
    connection.execute(f"comment on table {MIGRATIONS.name} is '{comment}'")


def _any_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    named = connection.execute(f"select table_name, table_id from {METADATA}.ducklake_inlined_data_tables").fetchall()
    names = {str(name) for name, _ in named} | {f"ducklake_inlined_delete_{number}" for _, number in named}
    for name in sorted(names):
        try:
            if connection.execute(f'select 1 from {METADATA}."{name}" limit 1').fetchone():
                return True
        except duckdb.CatalogException:
            continue  # no table for deletions where there were none
    return False


def _being_read(connection: duckdb.DuckDBPyConnection) -> bool:
    """Dropping a table would wait for who reads it, and everybody else for that."""
    held = (
        "select 1 from pg_locks join pg_class on relation = pg_class.oid "
        "where relname like 'ducklake_inlined_d%' and pid <> pg_backend_pid() limit 1"
    )
    return connection.execute("select 1 from postgres_query(?, ?)", [METADATA, held]).fetchone() is not None
