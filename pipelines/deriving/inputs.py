"""What a producer reads of other stored relations: which samples have it, and how it gets into the batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection
from lake.relations import keep, run, show, taken
from pipelines.deriving.stored import Input, Producer


def ready(connection: Connection, producer: Producer, datasets: Sequence[str], **place: Any) -> str:
    """The relation of the samples that do not wait for an input: `samples`, or a temporary table or view."""
    if not producer.inputs:
        return identified(connection, producer)
    name = "ready_0"
    keep(connection, name, "ready_rows", datasets=list(datasets), **place)
    for number, each in enumerate(producer.inputs, 1):
        given = taken("ready_with_input", each.parameters)
        keep(connection, f"ready_{number}", "ready_with_input", rows=name, **given)
        name = f"ready_{number}"
    if identified(connection, producer) != "samples":
        keep(connection, "ready_identified", "ready_identified", rows=name)
        name = "ready_identified"
    return name


def identified(connection: Connection, producer: Producer) -> str:
    """The relation of all samples whose `content_id` tells which have equal rows: `samples`, or a temporary view."""
    if not producer.identity:
        return "samples"
    show(connection, "identified", "identified_samples", columns=list(producer.identity))
    return "identified"


@dataclass(frozen=True)
class Given:
    """The rows of an input for the leaders of a chunk, and their sample ids in order."""

    of: Input
    ids: npt.NDArray[np.int64]
    rows: pa.Table

    @classmethod
    def read(cls, connection: Connection, of: Input, **place: int) -> Given:
        """Those of the temporary table `chunk`; place: its range."""
        rows = run(connection, "chunk_inputs", **taken("chunk_inputs", of.parameters | place)).to_arrow_table()
        return cls(of, rows.column("leader").to_numpy(), rows.drop_columns(["leader"]).combine_chunks())

    def beside(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its columns; raises ValueError for a sample without a row, which is not pending."""
        wanted = batch.column("sample_id").to_numpy()
        places = np.searchsorted(self.ids, wanted)
        if len(wanted) and (not len(self.ids) or (self.ids[np.minimum(places, len(self.ids) - 1)] != wanted).any()):
            raise ValueError(f"a sample has no row of {self.of.stored.table.name}")
        rows = self.rows.take(pa.array(places))
        for name, column in self.of.columns.items():
            array = rows.column(column)
            batch = batch.append_column(name, array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array)
        return batch


def beside(batch: pa.RecordBatch, inputs: Sequence[Given]) -> pa.RecordBatch:
    """The batch with the columns of all inputs."""
    for given in inputs:
        batch = given.beside(batch)
    return batch
