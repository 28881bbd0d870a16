"""Statistics of tables that hold nothing yet.

DuckLake writes the statistics of a table with its first rows. Until then every query asks the catalogue for them again,
once for each column, and no answer is kept: an empty table takes longer to read than a full one. Here such a table
gets the statistics of no rows, to which DuckLake adds those of the first as it does to any others.
"""

from __future__ import annotations

import duckdb

from lake.files import METADATA
from lake.tables import SCORED_AXES

_BARE = f"""
select table_id from {METADATA}.ducklake_table left join {METADATA}.ducklake_table_stats using (table_id)
where end_snapshot is null and coalesce(record_count, 0) = 0 and table_name <> '{SCORED_AXES.name}'
"""
"""Tables without rows; that of axes gets its columns just before its first rows, and DuckLake adds none to others."""

# As DuckLake has them: of what holds values, not of lists and structs, and of NaN where there can be one.
_COLUMNS = f"""
insert into {METADATA}.ducklake_table_column_stats
    (table_id, column_id, contains_null, contains_nan, min_value, max_value, extra_stats)
select table_id, column_id, false, if(column_type in ('float32', 'float64'), false, null), null, null, null
from {METADATA}.ducklake_column
where end_snapshot is null and table_id in ({_BARE})
and (table_id, column_id) not in (select (table_id, column_id) from {METADATA}.ducklake_table_column_stats)
and (table_id, column_id) not in (
    select (table_id, parent_column) from {METADATA}.ducklake_column where parent_column is not null
)
"""

_TABLES = f"""
insert into {METADATA}.ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
select table_id, 0, 0, 0 from ({_BARE}) where table_id not in (select table_id from {METADATA}.ducklake_table_stats)
"""


_ANY = f"""
select exists (
    from {METADATA}.ducklake_table where end_snapshot is null and table_name <> '{SCORED_AXES.name}'
    and table_id not in (select table_id from {METADATA}.ducklake_table_stats)
)
"""


def lacking(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a table has no statistics at all; one statement, where `begin` takes several."""
    found = connection.execute(_ANY).fetchone()
    return found is not None and bool(found[0])


def begin(connection: duckdb.DuckDBPyConnection) -> None:
    """Give tables without rows the statistics of none; under the writers' lock, outside of a transaction.

    A connection must come here before it reads such a table: DuckLake remembers that it has none, and would write those
    of its first rows beside these.
    """
    connection.execute("begin")
    try:
        connection.execute(_COLUMNS)
        connection.execute(_TABLES)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
