"""Converts the files of one dataset, in this process or in several, into staged files."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from lake.containers import lines, reader
from lake.containers.base import Bad, Block
from lake.containers.packed import compression
from lake.errors import OdaError, SourceError
from lake.formats import single_columns
from lake.formats.base import Binding
from lake.formats.detect import detect
from lake.sources.resolve import SourceFile
from pipelines.ingesting.budget import MemoryBudget
from pipelines.ingesting.convert import Conversion, Converted, Job, Task, convert_alone, source_failure, start_worker
from pipelines.progress import Progress

ALONE_BYTES = 24 * 1024 * 1024
"""Sources up to this size are converted in this process: starting workers costs about a second."""

PROBE_RECORDS = 100


class Plan:
    """The files of a dataset as tasks in order; knows afterwards how they were read."""

    def __init__(
        self, files: tuple[SourceFile, ...], mapping: dict[str, str], scratch: Path, budget: MemoryBudget, ratio: int
    ) -> None:
        self._files = files
        self._mapping = mapping
        self._scratch = scratch
        self._ratio = ratio
        self.budget = budget
        self.bindings: dict[str, int] = {}
        self.rows = 0

    def tasks(self) -> Iterator[Task]:
        """Every block of every file, numbered through the dataset."""
        for file in self._files:
            blocks = reader.blocks(
                file.path, file.name, block_bytes=self._block_bytes(file), scratch=self._scratch, ratio=self._ratio
            )
            probed, records, binding = self._bind(file, blocks)
            if binding is None:
                continue
            schema = single_columns.schema(binding, records) if probed[0].kind == lines.KIND else None
            for block in chain(probed, blocks):
                described = binding.describe()
                self.bindings[described] = self.bindings.get(described, 0) + block.count
                yield Task(block, binding, self.rows, file.split, schema)
                self.rows += block.count

    def _block_bytes(self, file: SourceFile) -> int:
        if compression(file.path) or file.path.suffix not in (".jsonl", ".ndjson", ".json"):
            return self.budget.inline
        share = sum(each.size for each in self._files) // (4 * self.budget.workers)
        return min(self.budget.range, max(self.budget.inline // 2, share))

    def _bind(
        self, file: SourceFile, blocks: Iterator[Block]
    ) -> tuple[list[Block], list[dict[str, Any]], Binding | None]:
        probed: list[Block] = []
        for block in blocks:
            probed.append(block)
            if records := reader.first_records(block, PROBE_RECORDS):
                headerless = bool(block.where.get("headerless"))
                binding = detect(records, mapping=self._mapping, headerless=headerless, file=file.name)
                return probed, records, binding
        if probed:
            raise _nothing_readable(file, probed[0])
        return [], [], None


def _nothing_readable(file: SourceFile, block: Block) -> SourceError:
    record = next((record for _, record in reader.read(block)), None)
    if isinstance(record, Bad):
        return SourceError(f"no record can be read; the first: {record.reason}", file=file.name, offset=record.offset)
    return SourceError("its records are not objects with named columns", file=file.name)


def convert_all(job: Job, plan: Plan, *, total_bytes: int, progress: Progress) -> Converted:
    """Convert every task; on any error every staged file is removed before it is raised."""
    if plan.budget.workers <= 1 or total_bytes <= ALONE_BYTES:
        outcome = _convert_here(job, plan, progress)
    else:
        outcome = _convert_in_pool(replace(job, compiled=True), plan, progress)
    try:
        if failure := source_failure(outcome, job.dataset):
            raise failure
        if outcome.spares:
            _add_spares(job, plan, outcome)
    except BaseException:
        outcome.discard()
        raise
    return outcome


def _add_spares(job: Job, plan: Plan, outcome: Converted) -> None:
    conversion = Conversion(job)
    try:
        outcome.merge(conversion.add_spares(outcome.spares, plan.rows))
        outcome.merge(conversion.close())
    except BaseException:
        conversion.discard()
        raise
    for path in outcome.spares:
        path.unlink(missing_ok=True)
    outcome.spares.clear()


def _convert_here(job: Job, plan: Plan, progress: Progress) -> Converted:
    conversion = Conversion(job)
    outcome = Converted()
    try:
        for task in plan.tasks():
            outcome.merge(conversion.run(task))
            progress.advance(task.block.size)
        outcome.merge(conversion.close())
    except BaseException:
        conversion.discard()
        raise
    return outcome


def _convert_in_pool(job: Job, plan: Plan, progress: Progress) -> Converted:
    outcome = Converted()
    workers = plan.budget.workers
    running: dict[Future[Converted], int] = {}
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=start_worker, initargs=(os.getpid(),))

    def collect(done: set[Future[Converted]]) -> None:
        for future in done:
            size = running.pop(future)
            outcome.merge(future.result())
            progress.advance(size)

    try:
        for task in plan.tasks():
            while running and sum(running.values()) + task.block.size > plan.budget.in_flight:
                collect(wait(running, return_when=FIRST_COMPLETED).done)
            with _unheard(signal.SIGINT):  # by the workers it starts: Ctrl-C is for this process
                running[pool.submit(convert_alone, job, task)] = task.block.size
            while len(running) > workers + 1:
                collect(wait(running, return_when=FIRST_COMPLETED).done)
        while running:
            collect(wait(running, return_when=FIRST_COMPLETED).done)
    except BaseException as error:
        pool.shutdown(wait=True, cancel_futures=True)
        for future in running:
            if future.done() and not future.cancelled() and future.exception() is None:
                future.result().discard()
        outcome.discard()
        if isinstance(error, BrokenProcessPool):
            raise OdaError(
                "A worker process was ended from outside, most likely for lack of memory.",
                hint="Nothing was changed; run it again with --workers 1.",
            ) from None
        raise
    pool.shutdown()
    return outcome


@contextlib.contextmanager
def _unheard(number: signal.Signals) -> Iterator[None]:
    """Hold a signal back in this thread, and for good in the processes and threads that it starts meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
