"""Batches of samples bounded in bytes, whatever the length of their texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

BATCH_BYTES = 4_000_000
"""Text of one task of one core: large enough to amortise calls, small enough to balance and to bound memory."""

FETCH_ROWS = 2048
"""Rows read at once: DuckDB has as many in hand anyway."""


def batches_of(fetched: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of about BATCH_BYTES and at most `rows`; a batch has at least one row."""
    gathered: list[pa.RecordBatch] = []
    count = size = 0
    for batch in fetched:
        for part in _halved(batch, rows):
            if gathered and (count + part.num_rows > rows or size + part.nbytes > BATCH_BYTES):
                yield pa.concat_batches(gathered)
                gathered, count, size = [], 0, 0
            gathered.append(part)
            count, size = count + part.num_rows, size + part.nbytes
    if gathered:
        yield pa.concat_batches(gathered)


def _halved(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """The batch in halves of halves, until each fits or is one row."""
    if batch.num_rows <= 1 or (batch.num_rows <= rows and batch.nbytes <= BATCH_BYTES):
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halved(batch.slice(0, middle), rows)
    yield from _halved(batch.slice(middle), rows)
