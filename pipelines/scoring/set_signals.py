"""Signals of models for axes of whole datasets, as they are stored: of samples, and of samples after an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lake.catalog import Connection
from lake.relations import run
from pipelines.scoring.compute import Longs
from pipelines.scoring.needs import Need
from pipelines.signalling.pairs import Pairs
from scorers.batch import Absence, Column, Floats, Mask
from scorers.spec import StoredRows

_ROWS = 4096
TOO_LONG = "the text is longer than the model reads"


@dataclass(frozen=True)
class SetSignals:
    """The signals of a dataset; see `scorers.collection.Signals`.

    - needs: the rows that the scorer declares, with their versions; pairs: those after an example.
    - ids: the samples of the collection's rows.
    """

    reader: Connection
    dataset: str
    needs: tuple[Need, ...]
    pairs: Mapping[StoredRows, Pairs]
    ids: Longs

    def stream(self, rows: StoredRows, column: str) -> Iterator[pa.Array]:
        """The values of every sample that has one, part by part."""
        for batch in self._read(rows, column).to_arrow_reader(_ROWS):
            values = batch.column("value")
            yield values.filter(values.is_valid())

    def column(self, rows: StoredRows, column: str, *, cut: bool = False) -> Column:
        """The outcome of every row of the collection."""
        table = self._read(rows, column).to_arrow_table()
        known: Longs = table.column("sample_id").to_numpy()
        places = np.searchsorted(known, self.ids)
        here: Mask = np.zeros(len(self.ids), bool)
        if len(known):
            here = known[np.minimum(places, len(known) - 1)] == self.ids
            table = table.take(pa.array(np.where(here, places, 0)))
        lacking = Absence(~here, "not_applicable", "the model has not been asked about the sample yet")
        return _outcomes(table, here, [lacking], cut=cut)

    def after(self, rows: StoredRows, column: str, *, cut: bool = False) -> Column:
        """The outcome of every row after its example."""
        table = self.pairs[rows].read(column)
        here: Mask = np.zeros(len(self.ids), bool)
        places = np.zeros(len(self.ids), np.int64)
        found = table.column("place").to_numpy()
        here[found], places[found] = True, np.arange(len(found))
        if len(table):
            table = table.take(pa.array(places))
        lacking = Absence(
            ~here, "not_applicable", "the model has not been asked about the sample after its example yet"
        )
        return _outcomes(table, here, [lacking], cut=cut)

    def _read(self, rows: StoredRows, column: str) -> Any:
        need = next(need for need in self.needs if need.rows == rows)
        given = {"stored": need.stored.table.name, "column": column, "of": need.kind, "at": need.version}
        return run(self.reader, "set_signals", dataset=self.dataset, **given)


def _outcomes(table: pa.Table, here: Mask, before: list[Absence], *, cut: bool) -> Column:
    """Rows of status, detail, cut and value as a column; those that are not here have another absence."""
    if not len(table):
        return Column.of(np.zeros(len(here)), before)
    values: Floats = table.column("value").cast(pa.float64()).to_numpy(zero_copy_only=False)
    left_out = np.nan_to_num(table.column("cut").cast(pa.float64()).to_numpy(zero_copy_only=False)) > 0
    pairs = list(zip(table.column("status").to_pylist(), table.column("detail").to_pylist(), strict=True))
    said = [
        Absence(np.array([pair == each for each in pairs]) & here, pair[0], pair[1] or "no value")
        for pair in dict.fromkeys(pairs)
        if pair[0] != "ok"
    ]
    too_long = [] if cut else [Absence(left_out & here, "too_long", TOO_LONG)]
    return Column.of(np.array(values), [*before, *said, *too_long])
