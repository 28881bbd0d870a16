"""Parquet files of bounded size, written from batches with bounded memory and read back with pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.exports.base import ReadBack, Row

GROUP_BYTES = 64 * 1024 * 1024
GROUP_ROWS = 122_880
FILE_BYTES = 512 * 1024 * 1024


class Shards:
    """Files `<stem>-00000.parquet`, … of one schema in a folder, each about half a gigabyte at most."""

    def __init__(self, folder: Path, stem: str, schema: pa.Schema) -> None:
        self._folder, self._stem, self._schema = folder, stem, schema
        self._writer: pq.ParquetWriter | None = None
        self._pending: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self.files: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None and (not self.files or self._pending):
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch; batches are gathered into row groups of useful size."""
        self._pending.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            path = self._folder / f"{self._stem}-{len(self.files):05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
            self.files.append(path)
        self._writer.write_table(pa.Table.from_batches(self._pending, self._schema), row_group_size=GROUP_ROWS)
        self._pending, self._rows, self._bytes = [], 0, 0
        if self.files[-1].stat().st_size >= FILE_BYTES:
            self._writer.close()
            self._writer = None


def read(folder: Path, stem: str, wanted: Collection[int]) -> ReadBack:
    """Read every row group of the shards, count rows and keep those wanted."""
    at: dict[int, Row] = {}
    count = 0
    for path in sorted(folder.glob(f"{stem}-*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=8192):
                for number in wanted:
                    if count <= number < count + batch.num_rows:
                        at[number] = batch.slice(number - count, 1).to_pylist()[0]
                count += batch.num_rows
    return ReadBack(count, at)


def read_each(folder: Path, wanted: Mapping[str, Collection[int]]) -> dict[str, ReadBack]:
    """`read` for several stems."""
    return {stem: read(folder, stem, numbers) for stem, numbers in wanted.items()}


def shortest_decimals(values: pa.Array) -> pa.Array:
    """FLOAT as the DOUBLE a person would write: 0.1 instead of 0.10000000149011612."""
    return pc.cast(pc.cast(values, pa.string()), pa.float64())
