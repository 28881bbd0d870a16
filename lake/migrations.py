"""Numbered, append-only changes of the stored schema, derived from `since` in `lake.tables`.

To change the schema: append a line to MIGRATIONS and give new tables and columns that number. Where
stored rows must change as well, append a function to FIXES. Never edit what was released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb

from lake.relations import literal, quote, views
from lake.tables import SCORED_AXES, SCORES, TABLES, Column, Table

MIGRATIONS: dict[int, str] = {
    1: "initial relations",
    2: "near-duplicates",
    3: "embeddings",
    4: "near-duplicates in meaning",
    5: "contents of slice members",
    6: "scores by dataset, in double precision",
    7: "signals and judgements of models; overlap, contamination and lineage; training, evaluation and the leaderboard",
    8: "coverage of datasets, remarks on them and files left out",
    9: "what slices and exports were asked for",
}


def _give_members_contents(connection: duckdb.DuckDBPyConnection) -> None:
    """Look members up where their slices were made; those of an expired snapshot stay without a content."""
    snapshots = connection.execute(
        "select distinct snapshot from slices join lake.snapshots() as kept on kept.snapshot_id = slices.snapshot"
    ).fetchall()
    for (snapshot,) in snapshots:
        connection.execute(
            "update slice_members set dataset = made.dataset, content_id = made.content_id "
            f"from (select sample_id, dataset, content_id from samples at (version => {int(snapshot)})) as made "
            "where slice_members.sample_id = made.sample_id "
            "and slice_members.slice in (select slice from slices where snapshot = ?)",
            [snapshot],
        )


def _widen_scores(connection: duckdb.DuckDBPyConnection) -> None:
    """Make scores DOUBLE and new files of them one per dataset; `oda compact` rewrites the old ones (`lake.layout`)."""
    narrow = {
        table: [name for name, kind, *_ in connection.execute(f"describe {table}").fetchall() if kind == "FLOAT"]
        for table in (SCORES.name, SCORED_AXES.name)
    }
    for table, columns in narrow.items():
        for column in columns:
            connection.execute(f"alter table {table} alter column {quote(column)} set data type double")
    if narrow[SCORES.name]:
        connection.execute(f"alter table {SCORES.name} set partitioned by ({', '.join(SCORES.partitioned_by)})")


FIXES: dict[int, Callable[[duckdb.DuckDBPyConnection], None]] = {5: _give_members_contents, 6: _widen_scores}

LATEST = max(MIGRATIONS)


def _create(table: Table, version: int) -> Iterator[str]:
    columns = [column for column in table.columns if column.since <= version]
    body = ", ".join(f"{quote(column.name)} {column.type_at(version)}" for column in columns)
    yield f"create table {table.name} ({body})"
    if partitions := table.partitions_at(version):
        yield f"alter table {table.name} set partitioned by ({', '.join(partitions)})"
    yield f"comment on table {table.name} is {literal(table.comment)}"
    for column in columns:
        yield from _comment(table, column)


def _comment(table: Table, column: Column) -> Iterator[str]:
    yield f"comment on column {table.name}.{quote(column.name)} is {literal(column.comment)}"


def statements(version: int, tables: tuple[Table, ...] = TABLES) -> Iterator[str]:
    """The statements that bring a lake of the version before to this version."""
    for table in tables:
        if table.since == version:
            yield from _create(table, version)
            continue
        for column in table.columns:
            if table.since < version and column.since == version:
                yield f"alter table {table.name} add column {quote(column.name)} {column.type}"
                yield from _comment(table, column)


def create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Create a relation as it is declared; inside a transaction."""
    for statement in _create(table, LATEST):
        connection.execute(statement)


def stand_ins(version: int) -> Iterator[str]:
    """Statements that let a connection read a lake of an older version by today's names, changing nothing in it.

    Relations and columns that came later are there and empty, as views of the connection alone; so are all views in
    their present form.
    """
    for table in TABLES:
        later = [f"null::{column.type} as {quote(column.name)}" for column in table.columns if column.since > version]
        if table.since > version:
            every = [f"null::{column.type} as {quote(column.name)}" for column in table.columns]
            yield f"create or replace temp view {table.name} as select {', '.join(every)} where false"
        elif later:
            yield f"create or replace temp view {table.name} as select *, {', '.join(later)} from lake.{table.name}"
    for view in views():
        yield f"create or replace temp view {quote(view.name)} as {view.sql}"


def described(version: int) -> str:
    """What bringing a lake of a version up to date does, for people."""
    steps = "; ".join(name for number, name in MIGRATIONS.items() if number > version)
    return (
        f"The lake has schema version {version} and is brought to {LATEST}: {steps}. "
        "Nothing stored is lost, and earlier snapshots stay readable; older programs can no longer open the lake."
    )


def applied_version(connection: duckdb.DuckDBPyConnection) -> int:
    """The version of the lake attached as current database; 0 for an empty one."""
    try:
        row = connection.execute("select max(version) from schema_migrations").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0] or 0) if row else 0


def migrate(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Apply what is missing inside the caller's transaction; returns the versions applied."""
    applied = applied_version(connection)
    done = [version for version in sorted(MIGRATIONS) if applied < version <= LATEST]
    if not applied:  # nothing is stored that would have to change: every relation as it is now
        for table in TABLES:
            for statement in _create(table, LATEST) if table.since <= LATEST else ():
                connection.execute(statement)
    for version in done if applied else ():
        for statement in statements(version):
            connection.execute(statement)
        if version in FIXES:
            FIXES[version](connection)
    if done:  # in one statement, which is one file
        names = [MIGRATIONS[version] for version in done]
        connection.execute(
            "insert into schema_migrations select unnest(?::bigint[]), unnest(?::varchar[]), now()::timestamp",
            [done, names],
        )
    return done
