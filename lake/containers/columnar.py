"""Parquet and Arrow (IPC files and streams): rows as Python values, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.containers.base import MAX_RECORD, RAW_BYTES, Bad, Block, Item, too_large
from lake.containers.packed import UNPACK_RATIO, check_growth
from lake.containers.parquet_values import longest_repeated
from lake.errors import SourceError
from lake.formats.values import without_nulls

KIND = "columnar"
ROWS_PER_BATCH = 4096
BATCH_BYTES = 4 << 20
"""Bytes of values that are made into Python objects at once."""

_FEW_ROWS = 16
"""So few rows are no danger, even if each is the longest text of the file."""


def blocks(path: Path, name: str, block_bytes: int, ratio: int = UNPACK_RATIO) -> Iterator[Block]:
    """A block per Parquet row group, or per run of Arrow rows; the file must be plain.

    Raises SourceError for a file that is not what its name says, or that unpacks to too much.
    """
    try:
        if _is_parquet(path):
            yield from _parquet_blocks(path, name, ratio)
        else:
            yield from _arrow_blocks(path, name, block_bytes)
    except (pa.ArrowException, OSError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "Arrow"
        raise SourceError(f"not a readable {kind} file: {str(error).splitlines()[0]}", file=name) from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(4) == b"PAR1" or path.suffix == ".parquet"


def _parquet_blocks(path: Path, name: str, ratio: int) -> Iterator[Block]:
    with pq.ParquetFile(path) as file:
        first = 0
        packed, size = path.stat().st_size, 0
        for group in range(file.metadata.num_row_groups):
            facts = file.metadata.row_group(group)
            size += facts.total_byte_size
            check_growth(size, packed, name, ratio)
            yield Block(KIND, path, name, first, facts.num_rows, facts.total_byte_size, {"group": group})
            first += facts.num_rows


def _arrow_blocks(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    first = 0
    for batch in _arrow_batches(path):
        step = max(1, int(batch.num_rows * block_bytes / max(batch.nbytes, 1)))
        for start in range(0, batch.num_rows, step):
            part = batch.slice(start, step)
            # As a stream of its own: pickled as it is, every slice would take the whole batch along.
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, part.schema) as writer:
                writer.write_batch(part)
            yield Block(KIND, path, name, first, part.num_rows, part.nbytes, data=sink.getvalue().to_pybytes())
            first += part.num_rows


def _arrow_batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        if source.read(6) == b"ARROW1":
            source.seek(0)
            file = pa.ipc.open_file(source)
            yield from (file.get_batch(index) for index in range(file.num_record_batches))
        else:
            source.seek(0)
            yield from pa.ipc.open_stream(source)


def read(block: Block) -> Iterator[Item]:
    """The rows of a block as dicts; one over the limit is Bad."""
    number = block.first
    for batch in _batches(block):
        for record in _records(batch):
            yield number, record
            number += 1


def _batches(block: Block) -> Iterator[pa.RecordBatch]:
    if block.data is not None:
        for batch in pa.ipc.open_stream(block.data):
            yield from _slices(batch, batch.num_rows * BATCH_BYTES // max(batch.nbytes, 1))
        return
    # Pages are read one by one; without a buffer all bytes of a column of the row group would be.
    with pq.ParquetFile(block.path, buffer_size=1 << 20) as file:
        group = block.where["group"]
        facts = file.metadata.row_group(group)
        rows = _rows_of(facts.total_byte_size // max(block.count, 1))
        if rows > _FEW_ROWS:
            rows = min(rows, _rows_of(longest_repeated(block.path, facts, group)))
        yield from file.iter_batches(rows, row_groups=[group], use_threads=False)
    pa.default_memory_pool().release_unused()


def _rows_of(size: int) -> int:
    return max(1, min(ROWS_PER_BATCH, BATCH_BYTES // max(size, 1)))


def _slices(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    step = max(1, min(ROWS_PER_BATCH, rows))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def _records(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | Bad]:
    structured = [field.name for field in batch.schema if _holds_structs(field.type)]
    for row in _rows(batch):
        if type(row) is dict:
            for name in structured:
                row[name] = without_nulls(row[name])
        yield row


def _holds_structs(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return True
    return any(_holds_structs(kind.field(index).type) for index in range(kind.num_fields))


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | Bad]:
    if batch.nbytes <= MAX_RECORD:
        yield from batch.to_pylist()
        return
    for row in _slices(batch, 1):
        if row.nbytes > MAX_RECORD:
            shown = next((column for column in row.columns if column.nbytes > RAW_BYTES), row.columns[0])
            yield too_large("row", str(shown.slice(0, 1).to_pylist()[0])[:RAW_BYTES].encode(errors="replace"))
        else:
            yield from row.to_pylist()
