"""Derived rows on their way to the lake: spread from leaders to those of equal content, a staged file per dataset."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.catalog import Lake
from lake.identity import ROWS_PER_DATASET
from pipelines.deriving.stored import Stored, Wanted

Longs = npt.NDArray[np.int64]
Counts = Counter[tuple[str, str]]
Outcomes = Counter[tuple[str, str, str]]


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


@dataclass
class Written:
    """Rows that were staged, by dataset of the sample they were derived from, and kind.

    - rows: how many; empty: those of them that say nothing; outcomes: those of each outcome, by that besides.
    """

    rows: Counts = field(default_factory=Counter)
    empty: Counts = field(default_factory=Counter)
    outcomes: Outcomes = field(default_factory=Counter)

    def add(self, other: Written) -> None:
        """Count those of another commit too."""
        self.rows.update(other.rows)
        self.empty.update(other.empty)
        self.outcomes.update(other.outcomes)


def stage(lake: Lake, stored: Stored, wanted: Wanted, rows: Mapping[int, pa.Table], files: list[Path]) -> Written:
    """Write rows by position in `wanted`, each in order of sample ids, to a new file per partition, named in `files`.

    Raises ValueError for a row without a value that gives no reason, where the relation has outcomes.
    """
    names = dict(lake.rows("select dataset_no, dataset from datasets"))
    parts: dict[tuple[str, ...], list[pa.Table]] = {}
    written = Written()
    for position, table in sorted(rows.items()):
        kind, version = wanted[position]
        for dataset, part in by_dataset(table, names):
            given = {stored.kind: kind, stored.version: version, "dataset": dataset}
            keys = tuple(given[key] for key in stored.table.partitioned_by)
            parts.setdefault(keys, []).append(_typed(part, given, stored))
            written.rows[dataset, kind] += len(part)
            written.empty[dataset, kind] += part.column(stored.value).null_count
            if stored.outcome:
                _count_outcomes(written, stored, part, dataset, kind)
    for keys, tables in parts.items():
        partition = dict(zip(stored.table.partitioned_by, keys, strict=True))
        files.append(lake.staging_file(stored.table, **partition))
        options = {"compression": "zstd", "row_group_size": 122_880, **stored.parquet}
        staged = pa.concat_tables(tables).drop_columns(list(partition))
        if stored.of_contents:
            staged = staged.take(_by_content(staged.column(stored.key)))
        pq.write_table(staged, files[-1], **options)
    return written


def _count_outcomes(written: Written, stored: Stored, part: pa.Table, dataset: str, kind: str) -> None:
    outcomes, empty = part.column(stored.outcome), part.column(stored.value).is_null()
    wrong = pc.and_kleene(empty, pc.or_kleene(outcomes.is_null(), pc.equal(outcomes.cast(pa.string()), "ok")))
    if pc.any(wrong).as_py():
        raise ValueError(f"a row of {stored.table.name} has neither a value nor an outcome that says why")
    for count in outcomes.cast(pa.string()).value_counts().to_pylist():
        written.outcomes[dataset, kind, count["values"]] += count["counts"]


def _by_content(contents: pa.ChunkedArray) -> pa.Array:
    """The order of 16-byte ids."""
    stored = contents.combine_chunks().storage
    return pc.sort_indices(stored.cast(pa.binary()))


def _typed(part: pa.Table, given: Mapping[str, str], stored: Stored) -> pa.Table:
    """The columns in the order and types of the relation; one that is not there is NULL, texts may be dictionaries."""
    schema, rows = stored.table.arrow_schema, len(part)
    arrays = []
    for column in schema:
        if column.name in given:
            array = _constant(given[column.name], rows)
        elif column.name in part.column_names:
            array = part.column(column.name)
        else:
            array = pa.nulls(rows, column.type)
        arrays.append(array if pa.types.is_dictionary(array.type) else array.cast(column.type))
    return pa.table(arrays, names=schema.names)


def _constant(value: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [value])


def keyed_by_content(rows: Mapping[int, pa.Table], chunk: pa.Table) -> dict[int, pa.Table]:
    """The rows with the content ids of their samples, as the chunk has them."""
    ids: Longs = chunk.column("sample_id").to_numpy()
    contents = pa.ExtensionArray.from_storage(
        pa.uuid(), chunk.column("content").combine_chunks().cast(pa.binary()).cast(pa.binary(16))
    )
    found = {}
    for position, table in rows.items():
        places = pa.array(np.searchsorted(ids, table.column("sample_id").to_numpy()))
        found[position] = table.append_column("content_id", contents.take(places))
    return found


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
