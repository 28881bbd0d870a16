"""A chunk: samples that are derived and committed together, and their texts as a producer reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lake.catalog import Connection
from lake.relations import keep, statement
from pipelines.deriving.batches import FETCH_ROWS, batches_of
from pipelines.deriving.stored import Producer


@dataclass(frozen=True)
class Chunk:
    """A range of sample ids, and the pending samples in it.

    - reader: a connection whose temporary table `chunk` holds them.
    - low, high: the range; samples: how many are pending, those of equal content included.
    - threads: cores that a producer may use.
    """

    reader: Connection
    producer: Producer
    low: int
    high: int
    samples: int
    threads: int

    @property
    def place(self) -> dict[str, int]:
        """The range as query parameters."""
        return {"low": self.low, "high": self.high}

    def load(self, rows: str, leader: str) -> pa.Table:
        """Fill the temporary table `chunk` from pending samples; its rows by sample id, with leader and mask."""
        keep(self.reader, "chunk", "chunk_rows", rows=rows, leader=leader, **self.place)
        return self.reader.execute("from chunk order by sample_id").to_arrow_table()

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The leaders, streamed in parts of about 4 MB and at most `rows`: sample_id, mask and the columns read."""
        fetched = self.reader.execute(*self._texts()).to_arrow_reader(min(rows, FETCH_ROWS))
        yield from batches_of(fetched, rows)

    def longest_first(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The leaders by falling length of text: an engine pads the texts of a batch to its longest."""
        table = self.reader.execute(*self._texts()).to_arrow_table()
        sizes = np.zeros(table.num_rows, np.int64)
        for name in self.producer.reads:
            sizes += np.asarray(pa.compute.fill_null(pa.compute.binary_length(table.column(name)), 0))
        order = pa.array(np.argsort(-sizes, kind="stable"))
        yield from table.take(order).combine_chunks().to_batches(rows)

    def _texts(self) -> tuple[str, dict[str, Any] | None]:
        name = "chunk_texts_and_axes" if self.producer.axes_read else "chunk_texts"
        columns = [*self.producer.reads, *self.producer.axes_read]
        return statement(name, {"columns": columns, **self.place})
