"""A chunk: samples that are derived and committed together, and their texts as a producer reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection
from lake.relations import keep, run, statement
from pipelines.deriving.batches import FETCH_ROWS, batches_of
from pipelines.deriving.inputs import Given, beside
from pipelines.deriving.share import Budget
from pipelines.deriving.stored import Producer

LOADED_BYTES = 256_000_000
"""Text that is held at once to be given out by length."""


@dataclass(frozen=True)
class Chunk:
    """A range of sample ids, and the pending samples in it.

    - reader: a connection whose temporary table `chunk` holds them.
    - low, high: the range; samples: how many are pending, those of equal content included.
    - threads: cores that a producer may use.
    - runtime: what the runtime of the producer opened; budget: what that may cost.
    """

    reader: Connection
    producer: Producer
    low: int
    high: int
    samples: int
    threads: int
    runtime: Any = None
    budget: Budget | None = None

    @property
    def place(self) -> dict[str, int]:
        """The range as query parameters."""
        return {"low": self.low, "high": self.high}

    def load(self, rows: str, leader: str) -> pa.Table:
        """Fill the temporary table `chunk` from pending samples; its rows by sample id, with leader and mask."""
        keep(self.reader, "chunk", "chunk_rows", rows=rows, leader=leader, **self.place)
        return self.reader.execute("select * exclude (content_id) from chunk order by sample_id").to_arrow_table()

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The leaders, streamed in parts of about 4 MB and at most `rows`: sample_id, mask and what is read."""
        inputs = self._inputs()
        fetched = self.reader.execute(*self._texts()).to_arrow_reader(min(rows, FETCH_ROWS))
        for batch in batches_of(fetched, rows):
            yield beside(batch, inputs)

    def longest_first(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The leaders by falling length of all that is read, in batches of `rows`; at most 256 MB of text are held.

        An engine pads the texts of a batch to its longest, and learns at once whether the longest fit.
        """
        text, given = self._texts()
        inputs = self._inputs()
        sizes = run(self.reader, "chunk_sizes", columns=list(self.producer.reads), **self.place).to_arrow_table()
        ids: npt.NDArray[np.int64] = sizes.column("sample_id").to_numpy()
        lengths: npt.NDArray[np.int64] = sizes.column("bytes").to_numpy()
        order = np.lexsort((ids, -lengths))
        ids, loads = ids[order], np.cumsum(lengths[order]) // LOADED_BYTES
        for load in np.unique(loads):
            chosen = ids[loads == load]
            wanted, values = text, given
            if len(chosen) < len(ids):
                self.reader.register("loaded", pa.table({"sample_id": chosen}))
                wanted = f"from ({text}) semi join loaded using (sample_id)"
            table = self.reader.execute(wanted, values).to_arrow_table()
            found = np.argsort(table.column("sample_id").to_numpy())
            places = np.argsort(np.argsort(chosen))
            for batch in table.take(pa.array(found[places])).combine_chunks().to_batches(rows):
                yield from self._afforded(beside(batch, inputs))

    def _afforded(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch in as large parts as the budget of a model allows; raises BudgetSpentError before one too many."""
        if self.budget is None or not hasattr(self.runtime, "calls"):
            yield batch
            return
        start = 0
        while start < len(batch):
            part = batch.slice(start, self.budget.room(self.runtime, self.producer.kinds[0], len(batch) - start))
            yield part
            start += len(part)

    def _inputs(self) -> list[Given]:
        return [Given.read(self.reader, each, **self.place) for each in self.producer.inputs]

    def _texts(self) -> tuple[str, dict[str, Any] | None]:
        name = "chunk_texts_and_axes" if self.producer.axes_read else "chunk_texts"
        columns = [*self.producer.reads, *self.producer.axes_read]
        return statement(name, {"columns": columns, **self.place})
