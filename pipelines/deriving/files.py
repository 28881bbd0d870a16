"""Derived rows on their way to the lake: spread from leaders to those of equal content, a staged file per dataset."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.identity import ROWS_PER_DATASET
from lake.relations import keep, quote
from pipelines.deriving.stored import Producer, Stored, Wanted

Longs = npt.NDArray[np.int64]
Counts = Counter[tuple[str, str]]


def spread(rows: pa.Table, leaders: Longs, ids: Longs) -> pa.Table:
    """The rows of `leaders[i]` for `ids[i]`, in the order of ids.

    Raises ValueError where a leader has no row.
    """
    known: Longs = rows.column("sample_id").to_numpy()
    order = np.argsort(known, kind="stable")
    places = np.searchsorted(known, leaders, sorter=order)
    if len(leaders) and (not len(known) or (known[order[np.minimum(places, len(known) - 1)]] != leaders).any()):
        raise ValueError("not every sample got a row")
    found = order[places] if len(known) else places
    if not (len(found) == len(known) and np.array_equal(found, np.arange(len(known)))):
        rows = rows.take(pa.array(found))
    return rows.set_column(rows.schema.get_field_index("sample_id"), "sample_id", pa.array(ids))


def by_dataset(rows: pa.Table, names: Mapping[int, str]) -> Iterator[tuple[str, pa.Table]]:
    """Rows in order of sample ids, cut where a dataset ends; `names` is dataset_no -> dataset."""
    numbers = rows.column("sample_id").to_numpy() // ROWS_PER_DATASET
    edges = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    for low, high in itertools.pairwise(edges):
        if high > low:
            yield names[int(numbers[low])], rows.slice(low, high - low)


def stage(
    lake: Lake, stored: Stored, wanted: Wanted, rows: Mapping[int, pa.Table], files: list[Path]
) -> tuple[Counts, Counts]:
    """Write rows by position in `wanted`, each in order of sample ids, to a new file per partition, named in `files`.

    Returns how many rows there are by dataset and kind, and how many of them say nothing.
    """
    names = dict(lake.rows("select dataset_no, dataset from datasets"))
    parts: dict[tuple[str, ...], list[pa.Table]] = {}
    written: Counts = Counter()
    empty: Counts = Counter()
    for position, table in sorted(rows.items()):
        kind, version = wanted[position]
        for dataset, part in by_dataset(table, names):
            given = {stored.kind: kind, stored.version: version, "dataset": dataset}
            keys = tuple(given[key] for key in stored.table.partitioned_by)
            parts.setdefault(keys, []).append(_typed(part, given, stored))
            written[dataset, kind] += len(part)
            empty[dataset, kind] += part.column(stored.value).null_count
    for keys, tables in parts.items():
        partition = dict(zip(stored.table.partitioned_by, keys, strict=True))
        files.append(lake.staging_file(stored.table, **partition))
        options = {"compression": "zstd", "row_group_size": 122_880, **stored.parquet}
        pq.write_table(pa.concat_tables(tables).drop_columns(list(partition)), files[-1], **options)
    return written, empty


def _typed(part: pa.Table, given: Mapping[str, str], stored: Stored) -> pa.Table:
    """The columns in the order and types of the relation; one that is not there is NULL."""
    schema, rows = stored.table.arrow_schema, len(part)
    arrays = []
    for field in schema:
        if field.name in given:
            arrays.append(_constant(given[field.name], rows))
        elif field.name in part.column_names:
            arrays.append(part.column(field.name))
        else:
            arrays.append(pa.nulls(rows, field.type))
    return pa.table(arrays, names=schema.names).cast(schema)


def _constant(value: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [value])


def delete_superseded(connection: Connection, producer: Producer, rows: Mapping[int, pa.Table]) -> None:
    """Delete the rows of other versions that these take the place of; inside a transaction."""
    stored = producer.stored
    bits = [
        pa.table({"sample_id": table.column("sample_id"), "mask": pa.array(np.full(len(table), 1 << position))})
        for position, table in rows.items()
    ]
    written = pa.concat_tables(bits)
    ids = written.column("sample_id").to_numpy()
    connection.register("written", written)
    place = {"low": int(ids.min()), "high": int(ids.max())}
    keep(connection, "superseded", "superseded_rows", **producer.parameters, **place)
    connection.unregister("written")
    table, kind, version = (quote(name) for name in (stored.table.name, stored.kind, stored.version))
    row = connection.execute("select count(*) from superseded").fetchone()
    if row and row[0]:
        connection.execute(
            f"delete from {table} using superseded where {table}.sample_id = superseded.sample_id "
            f"and {table}.{kind} = superseded.kind and {table}.{version} = superseded.version "
            f"and {table}.sample_id between $low and $high",
            place,
        )


def concatenated(parts: list[pa.Table]) -> pa.Table:
    """Parts of one kind as one table; raises ValueError where there is none."""
    if not parts:
        raise ValueError("no sample got a row")
    return pa.concat_tables(parts, promote_options="permissive")


def copied(table: pa.Table) -> dict[int, pa.Table]:
    """The rows of the relation `copied_rows`, by position of their kind."""
    positions = table.column("position").combine_chunks()
    rows = table.drop_columns(["position"])
    return {int(position): rows.filter(pc.equal(positions, position)) for position in pc.unique(positions).to_pylist()}
