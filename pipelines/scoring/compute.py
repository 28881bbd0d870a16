"""Running scorers over a batch: one pass, shared derived columns, no row stops the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.errors import OdaError
from pipelines.scoring.selection import ScanGroup, ScorerRun
from scorers.batch import Batch, Column

Longs = npt.NDArray[np.int64]

_REASON_LENGTH = 500


@dataclass(frozen=True)
class AxisValues:
    """One axis of some samples."""

    axis: str
    sample_ids: Longs
    column: Column


def compute(
    batches: Iterator[pa.RecordBatch], wanted: ScanGroup, threads: int
) -> Iterator[tuple[int, list[AxisValues]]]:
    """Score batches on all cores, at most two per core at a time; yields (samples, outcomes) as they are done.

    A batch has `sample_id`, `mask` and the columns that are read.
    """
    running: set[Future[tuple[int, list[AxisValues]]]] = set()
    stopped = Event()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="score")
    try:
        for batch in batches:
            running.add(pool.submit(score_batch, batch, wanted, stopped))
            if len(running) >= 2 * threads:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        # Not waited for: what still runs when somebody stops this ends by itself, and nobody wants its outcome.
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)


def score_batch(data: pa.RecordBatch, wanted: ScanGroup, stopped: Event | None = None) -> tuple[int, list[AxisValues]]:
    """Every pending axis of every sample of a batch; fewer once it is stopped, since nobody wants them then."""
    ids = data.column("sample_id").to_numpy()
    masks = data.column("mask").to_numpy()
    outcomes = []
    for mask in np.unique(masks):
        rows = np.flatnonzero(masks == mask)
        batch = Batch(data if len(rows) == len(ids) else data.take(pa.array(rows)))
        bit = 1
        for work in wanted.works:
            pending = {}
            for axis in work.axes:
                pending[axis] = bool(mask & bit)
                bit <<= 1
            if any(pending.values()) and not (stopped and stopped.is_set()):
                columns = run(work, batch)
                outcomes += [AxisValues(axis, ids[rows], columns[axis]) for axis in work.axes if pending[axis]]
    return len(ids), outcomes


def run(work: ScorerRun, batch: Batch) -> dict[str, Column]:
    """One scorer on one batch; where it raises, row by row, so that only the rows that fail are `failed`."""
    try:
        return _checked(work, batch)
    except OdaError:
        raise
    except Exception as error:
        if len(batch) == 1:
            reason = f"{type(error).__name__}: {error}"[:_REASON_LENGTH]
            column = Column(np.zeros(1), np.ones(1, dtype=np.int32), (("failed", reason),))
            return dict.fromkeys(work.axes, column)
    rows = [run(work, batch.row(index)) for index in range(len(batch))]
    return {axis: Column.concat([row[axis] for row in rows]) for axis in work.axes}


def _checked(work: ScorerRun, batch: Batch) -> dict[str, Column]:
    if absence := work.absence:
        nothing = Column(np.zeros(len(batch)), np.ones(len(batch), dtype=np.int32), (("not_applicable", absence),))
        return dict.fromkeys(work.axes, nothing)
    absences = absent_rows(work, batch)
    there = np.flatnonzero(absences.codes == 0)
    if len(there) < len(batch):
        found = _checked_values(work, batch.take(there)) if len(there) else {}
        return {axis: _among(found[axis], there, absences) if found else absences for axis in work.axes}
    return _checked_values(work, batch)


def absent_rows(work: ScorerRun, batch: Batch) -> Column:
    """Which samples have no value because the stored rows that they need have none, and why."""
    nothing = Column(np.zeros(len(batch)), np.zeros(len(batch), np.int32))
    for need in work.needs:
        more = need.absences(batch)
        codes = np.where(nothing.codes > 0, nothing.codes, more.codes + len(nothing.absences) * (more.codes > 0))
        nothing = Column(nothing.values, codes.astype(np.int32), (*nothing.absences, *more.absences))
    return nothing


def _among(column: Column, places: Longs, absences: Column) -> Column:
    """A column of some samples, and the absences of the others, as one."""
    values, codes = absences.values.copy(), absences.codes.copy()
    values[places] = column.values
    codes[places] = np.where(column.codes > 0, column.codes + len(absences.absences), 0)
    return Column(values, codes, (*absences.absences, *column.absences))


def _checked_values(work: ScorerRun, batch: Batch) -> dict[str, Column]:
    columns = work.entry.score(batch, work.settings)
    for axis in work.axes:
        if axis not in columns:
            raise ValueError(f"the scorer gave no column for {axis}")
        if len(columns[axis]) != len(batch):
            raise ValueError(f"the scorer gave {len(columns[axis])} outcomes for {len(batch)} samples")
    return columns
