"""Parquet and Arrow (IPC files and streams): rows as Python values, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.containers.base import Block, Item
from lake.errors import SourceError

KIND = "columnar"
ROWS_PER_BATCH = 4096


def blocks(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    """A block per Parquet row group, or per run of Arrow batches; the file must be plain."""
    try:
        if _is_parquet(path):
            yield from _parquet_blocks(path, name)
        else:
            yield from _arrow_blocks(path, name, block_bytes)
    except (pa.ArrowException, OSError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "Arrow"
        raise SourceError(f"not a readable {kind} file: {str(error).splitlines()[0]}", file=name) from None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(4) == b"PAR1" or path.suffix == ".parquet"


def _parquet_blocks(path: Path, name: str) -> Iterator[Block]:
    with pq.ParquetFile(path) as file:
        first = 0
        for group in range(file.metadata.num_row_groups):
            facts = file.metadata.row_group(group)
            yield Block(KIND, path, name, first, facts.num_rows, facts.total_byte_size, {"group": group})
            first += facts.num_rows


def _arrow_blocks(path: Path, name: str, block_bytes: int) -> Iterator[Block]:
    first = 0
    for batch in _arrow_batches(path):
        step = max(1, int(batch.num_rows * block_bytes / max(batch.nbytes, 1)))
        for start in range(0, batch.num_rows, step):
            part = batch.slice(start, step)
            yield Block(KIND, path, name, first, part.num_rows, part.nbytes, data=part)
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
    """The rows of a block as dicts."""
    number = block.first
    for batch in _batches(block):
        for record in _plain(batch):
            yield number, record
            number += 1


def _batches(block: Block) -> Iterator[pa.RecordBatch]:
    if block.data is not None:
        for start in range(0, block.data.num_rows, ROWS_PER_BATCH):
            yield block.data.slice(start, ROWS_PER_BATCH)
        return
    with pq.ParquetFile(block.path) as file:
        yield from file.iter_batches(ROWS_PER_BATCH, row_groups=[block.where["group"]], use_threads=False)


def _plain(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return batch.to_pylist()  # type: ignore[no-any-return]
