"""How a stored relation is declared: columns, types, comments, keys, partitioning, Arrow form."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

_ARROW_TYPES: dict[str, pa.DataType] = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "FLOAT[]": pa.list_(pa.float32()),
    "BOOLEAN[]": pa.list_(pa.bool_()),
    "BIGINT[]": pa.list_(pa.int64()),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "UUID": pa.uuid(),
    "JSON": pa.json_(),
}


@dataclass(frozen=True)
class Column:
    """One stored column: SQL type, meaning, and the migration that introduced it.

    - was: the migration that gave it this type, and the type before.
    """

    name: str
    type: str
    comment: str
    since: int = 1
    was: tuple[int, str] | None = None

    def type_at(self, version: int) -> str:
        """The SQL type in a lake of that schema version."""
        return self.was[1] if self.was and version < self.was[0] else self.type


@dataclass(frozen=True)
class Table:
    """One stored relation: grain in the comment, columns in order, partition keys.

    - keys: columns whose values no two rows share, the grain first; none where rows may repeat.
    - decided_by: of rows derived from a sample, the columns of samples that they depend on: where a dataset is
      replaced, samples that equal an old one in these keep its rows. None: such rows are made again.
    - was_partitioned_by: the migration that gave it these partitions, and those before.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    partitioned_by: tuple[str, ...] = ()
    since: int = 1
    keys: tuple[tuple[str, ...], ...] = ()
    decided_by: tuple[str, ...] = ()
    was_partitioned_by: tuple[int, tuple[str, ...]] | None = None

    def partitions_at(self, version: int) -> tuple[str, ...]:
        """The partition keys of new files in a lake of that schema version."""
        was = self.was_partitioned_by
        return was[1] if was and version < was[0] else self.partitioned_by

    @property
    def arrow_schema(self) -> pa.Schema:
        """The relation as an Arrow schema, in column order."""
        return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in column order."""
        return tuple(column.name for column in self.columns)
