"""Keys of the stored relations: rows that share one are found, and exact doubles removed.

DuckLake enforces no keys. The lock of the writers keeps them; lakes written to before it was there may hold doubles.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from lake.relations import Parameter, Relation, keep, quote, run
from lake.tables import TABLES, Table

Key = tuple[str, ...]


@dataclass(frozen=True)
class Repeated:
    """Keys of a stored relation that more than one row has.

    - keys: how many there are.
    - exact: rows beyond the first of keys whose rows are all equal; they can go.
    - differing: keys with rows that differ, which nobody but the user can decide between.
    """

    relation: str
    key: Key
    keys: int
    exact: int
    differing: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def audit(table: Table, key: Key) -> Relation:
    """The rows of a relation that share a key, in datasets or slices where the relation is partitioned by them."""
    part = next((name for name in ("dataset", "slice") if name in table.partitioned_by), None)
    name = f"repeated_{table.name}" + ("" if key == table.keys[0] else f"_by_{'_'.join(key)}")
    return Relation(
        name=name,
        subject="audits",
        sql=_repeated(table, key, part),
        grain=f"one row per {', '.join(key)} that more than one row of {table.name} has",
        inputs=(table.name,),
        parameters=(Parameter(f"{part}s", "varchar[]", comment=f"{part}s audited"),) if part else (),
        columns={"copies": "rows with this key", "versions": "how many of them differ"},
    )


def repeated(connection: duckdb.DuckDBPyConnection) -> list[Repeated]:
    """Every key of the lake that more than one row has, counted per relation."""
    found = []
    for table in _keyed(connection):
        for key in table.keys:
            row = run(connection, "repeated_key_counts", relation=table.name, key=list(key)).fetchone()
            if row and row[0]:
                found.append(Repeated(table.name, key, int(row[0]), int(row[1] or 0), int(row[2])))
    return found


def remove_doubles(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Keep one row of each key whose rows are all equal; returns the rows removed by relation. Inside a transaction."""
    removed = {}
    for table in _keyed(connection):
        key = table.keys[0]
        keep(connection, "doubled_rows", "doubled_rows", relation=table.name, key=list(key))
        (kept,) = connection.execute("select count(*) from doubled_rows").fetchone() or (0,)
        if kept:
            same = " and ".join(f"{table.name}.{quote(name)} = doubled_rows.{quote(name)}" for name in key)
            deleted = connection.execute(f"delete from {table.name} using doubled_rows where {same}").fetchone()
            order = ", ".join(map(quote, key))
            connection.execute(f"insert into {table.name} by name from doubled_rows order by {order}")
            removed[table.name] = (deleted[0] if deleted else 0) - kept
        connection.execute("drop table temp.doubled_rows")
    return removed


def _keyed(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The tables with keys that are not empty, as of the last commit."""
    held = {name for (name,) in run(connection, "tables_with_rows").fetchall()}
    return [table for table in TABLES if table.keys and table.name in held]


def _repeated(table: Table, key: Key, part: str | None) -> str:
    held = f"from {table.name} where list_contains(${part}s, {part})" if part else f"from {table.name}"
    names = ", ".join(map(quote, dict.fromkeys((*((part,) if part else ()), *key))))
    return (
        f"with repeated as (select {names}, count(*) as copies {held} group by all having count(*) > 1) "
        f"select {names}, copies, count(distinct stored) as versions from repeated "
        f"join ({held}) as stored using ({names}) group by all order by {names}"
    )
