"""What has to hold when derived rows are committed, and which rows they take the place of; by sample and by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.relations import keep, quote, run, taken
from lake.rows import count
from pipelines.deriving.inputs import ready
from pipelines.deriving.stored import Producer, Stored

Rows = Mapping[int, pa.Table]
"""Rows to write, by position of their kind."""


class Check(Protocol):
    """What was seen before a commit, what is there inside it, and what goes to make room."""

    @property
    def seen(self) -> object:
        """What `look` has to answer."""

    def look(self, connection: Connection) -> object:
        """What is there now; inside the transaction."""

    def clear(self, connection: Connection) -> None:
        """Delete the rows of other versions that these take the place of; inside the transaction, after `look`."""


@dataclass(frozen=True)
class PendingCheck:
    """Samples of a range still lack what they lacked, and have the content that they had.

    - seen: digest of what was pending when it was read.
    """

    producer: Producer
    rows: Rows
    datasets: Sequence[str]
    low: int
    high: int
    seen: object

    def look(self, connection: Connection) -> object:
        """The digest now."""
        place: dict[str, Any] = {"datasets": list(self.datasets), "low": self.low, "high": self.high}
        given = self.producer.parameters | place | {"samples": ready(connection, self.producer, **place)}
        keep(connection, "pending_now", "pending_rows", **taken("pending_rows", given))
        return run(connection, "pending_digest", rows="pending_now").fetchone()

    def clear(self, connection: Connection) -> None:
        """Look for rows of other versions in the range of sample ids that is written."""
        if not self.producer.stored.supersedes:
            return
        written = masks(self.rows, "sample_id")
        ids = written.column("sample_id").to_numpy()
        place = {"low": int(ids.min()), "high": int(ids.max())}
        connection.register("written", written)
        keep(connection, "superseded", "superseded_rows", **taken("superseded_rows", self.producer.parameters | place))
        connection.unregister("written")
        delete(connection, self.producer.stored, "superseded", **place)


@dataclass(frozen=True)
class StandingCheck:
    """Contents still lack the rows that are written; whatever happens to their samples, the rows stay true."""

    producer: Producer
    rows: Rows
    seen: object = ()

    def look(self, connection: Connection) -> tuple[tuple[int, bytes], ...]:
        """(position, content) of the rows that another writer made meanwhile."""
        written = masks(self.rows, "content_id")
        connection.register("written", written)
        keep(
            connection, "standing", "standing_rows", **taken("standing_rows", self.producer.parameters), rows="written"
        )
        connection.unregister("written")
        found = connection.execute("select position, content from standing where wanted").fetchall()
        return tuple((int(position), bytes(content)) for position, content in found)

    def clear(self, connection: Connection) -> None:
        """Those that `look` found of other versions."""
        if self.producer.stored.supersedes:
            connection.execute("create or replace temp table superseded as from standing where not wanted")
            delete(connection, self.producer.stored, "superseded")


def masks(rows: Rows, key: str) -> pa.Table:
    """What is written: keys, and a bit for each kind."""
    bits = [
        pa.table({key: table.column(key), "mask": pa.array(np.full(len(table), 1 << position))})
        for position, table in rows.items()
    ]
    return pa.concat_tables(bits)


def without(rows: Rows, made: Sequence[tuple[int, bytes]]) -> dict[int, pa.Table]:
    """The rows but for those of these contents, by position."""
    left = {}
    for position, table in rows.items():
        contents = {content for place, content in made if place == position}
        ids = table.column("content_id").combine_chunks().storage
        stays: npt.NDArray[np.bool_] = np.fromiter((id_.as_py() not in contents for id_ in ids), bool, len(table))
        left[position] = table.filter(pa.array(stays))
    return left


def forget_failed(lake: Lake, producer: Producer, datasets: Sequence[str]) -> int:
    """Give up rows that say `failed`, so that they are pending; how many there were."""
    stored = producer.stored
    given: dict[str, Any] = producer.parameters | {"datasets": list(datasets)}

    def find(connection: Connection) -> int:
        keep(connection, "failed", "failed_rows", **taken("failed_rows", given))
        row = connection.execute("select count(*) from failed").fetchone()
        return int(row[0]) if row else 0

    def work(connection: Connection) -> int:
        found = find(connection)
        delete(connection, stored, "failed")
        return found

    if not stored.outcome or not find(lake.connection):
        return 0
    return lake.transact(work, message=f"try again what failed: {', '.join(producer.kinds[:4])}")


def delete(connection: Connection, stored: Stored, chosen: str, **place: int) -> None:
    """Delete the rows that a temporary table of key, kind and version names, in a range of keys where one is given."""
    table, kind, version, key = (quote(n) for n in (stored.table.name, stored.kind, stored.version, stored.key))
    if count(connection, chosen):
        within = f" and {table}.{key} between $low and $high" if place else ""
        connection.execute(
            f"delete from {table} using {chosen} where {table}.{key} = {chosen}.key "
            f"and {table}.{kind} = {chosen}.kind and {table}.{version} = {chosen}.version{within}",
            place or None,
        )
