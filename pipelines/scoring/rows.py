"""Scores of samples as a stored derived relation: scorers run over chunks, an axis is a kind of row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from lake.catalog import Lake
from lake.known import known
from lake.relations import run
from lake.tables import SCORES, STATUSES
from pipelines.deriving.batches import BATCH_BYTES
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.scoring.compute import Longs, compute
from pipelines.scoring.selection import ScanGroup
from scorers.batch import Column, Floats

STORED_SCORES = Stored(SCORES, kind="axis", version="scorer_version", value="value", outcome="status", reason="detail")

_BATCH_ROWS = (16, 8192)
_CHUNK_ROWS = (2_000, 250_000)
_CHUNK_SECONDS = 60.0
_INPUT_BYTES = 256_000_000
_EXACT = 2.0**53
_LARGEST_SINGLE = float(np.finfo(np.float32).max)


def scores_of(part: ScanGroup, *, mean_bytes: float, threads: int, chunk_rows: int | None = None) -> Producer:
    """The producer of a pass.

    - mean_bytes: bytes of text of a sample, which decides how many make a task.
    - chunk_rows: samples of a commit; by default about a minute of work by the declared costs.
    """
    low, high = _BATCH_ROWS
    rows = int(min(high, max(low, BATCH_BYTES / max(mean_bytes, 1))))

    positions = {axis: position for position, axis in enumerate(part.axes)}

    def derive(chunk: Chunk) -> Iterator[Derived]:
        for samples, outcomes in compute(chunk.batches(rows), part, threads):
            rows_of = [(positions[each.axis], score_rows(each.sample_ids, each.column)) for each in outcomes]
            yield Derived(samples, rows_of)

    return Producer(
        verb="score",
        stored=STORED_SCORES,
        wanted=tuple(zip(part.axes, part.versions, strict=True)),
        derive=derive,
        reads=tuple(part.reads),
        axes_read=tuple(part.axes_read),
        inputs=tuple(need.input for need in part.needs),
        by_content=part.by_content,
        chunk_rows=chunk_rows or _rows_of_a_minute(part, mean_bytes, threads),
    )


def score_rows(ids: Longs, column: Column) -> pa.Table:
    """Outcomes of one axis as rows of `scores`: sample_id, value, status, detail."""
    absent = column.codes != 0
    reasons = [("ok", None), *column.absences]
    status = np.array([STATUSES.index(status) for status, _ in reasons], np.int8)
    return pa.table(
        {
            "sample_id": ids,
            "value": pa.array(stored(column.values), mask=absent),
            "status": pa.DictionaryArray.from_arrays(status[column.codes], list(STATUSES)),
            "detail": pa.DictionaryArray.from_arrays(
                pa.array(column.codes - 1, mask=~absent), pa.array([reason for _, reason in reasons[1:]], pa.string())
            ),
        }
    )


def stored(values: Floats) -> Floats:
    """Values as they are kept: whole numbers exactly up to 2^53, others in single precision, which packs well."""
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32).astype(np.float64)
    whole = (np.rint(values) == values) & (np.abs(values) <= _EXACT)
    return np.where(whole | (np.abs(values) > _LARGEST_SINGLE), values, single)


def mean_bytes(lake: Lake, datasets: list[str], reads: list[str]) -> dict[str, float]:
    """How many bytes of text a sample of each dataset has on average, from its first 10,000 rows."""
    if not reads:
        return dict.fromkeys(datasets, 0.0)

    def measure(names: list[str]) -> dict[str, float]:
        found = dict(run(lake.connection, "text_sizes", columns=reads, datasets=names).fetchall())
        return {name: float(found.get(name) or 0.0) for name in names}

    return known(
        lake, lake.connection, f"bytes-of-{'-'.join(reads)}", tables=("samples",), datasets=datasets, find=measure
    )


def _rows_of_a_minute(part: ScanGroup, mean: float, threads: int) -> int:
    """Samples of about a minute of work by the declared costs: what a kill can lose."""
    cost = sum({work.entry.scorer.name: work.entry.scorer.cost_us for work in part.works}.values())
    seconds = max(cost * mean / 1e9 / threads, 1e-9)
    low, high = _CHUNK_ROWS
    if part.needs:
        high = min(high, max(low, _INPUT_BYTES // sum(need.stored.row_bytes for need in part.needs)))
    return int(min(high, max(low, _CHUNK_SECONDS / seconds)))
