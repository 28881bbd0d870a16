"""Converts the files of one dataset, in this process or in several, into staged files."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from lake.containers.base import Block
from lake.errors import OdaError
from lake.formats.probe import Probe
from pipelines.ingesting.budget import MemoryBudget
from pipelines.ingesting.convert import Conversion, Converted, Job, convert_alone, source_failure, start_worker
from pipelines.ingesting.plan import Plan, probe_of
from pipelines.progress import Progress

ALONE_BYTES = 24 * 1024 * 1024
"""Sources up to this size are converted in this process: starting workers costs about a second."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def convert_all(job: Job, plan: Plan, *, total_bytes: int, progress: Progress) -> Converted:
    """Look at every record and convert every task; on any error every staged file is removed before it is raised.

    A small source is looked at first. A large one is looked at while it is converted as its heads say, and converted
    again where all of its records say something else.
    """
    if plan.budget.workers <= 1 or total_bytes <= ALONE_BYTES:
        outcome = _convert_here(job, plan, total_bytes, progress)
    else:
        outcome = _convert_in_pool(replace(job, compiled=True), plan, total_bytes, progress)
    try:
        if failure := source_failure(outcome, job.dataset):
            raise failure
        if outcome.spares:
            _add_spares(job, plan, outcome)
    except BaseException:
        outcome.discard()
        raise
    return outcome


def _survey(
    job: Job,
    plan: Plan,
    probed: Callable[[Iterator[Block]], Iterator[tuple[Probe, int]]],
    total_bytes: int,
    progress: Progress,
) -> None:
    """Look at every record, as one piece of work."""

    def watched(blocks: Iterator[Block]) -> Iterator[Probe]:
        for probe, size in probed(blocks):
            progress.advance(size)
            yield probe

    progress.start(f"look at {job.dataset}", total_bytes, "bytes")
    plan.survey(watched)
    progress.finish()


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


def _convert_here(job: Job, plan: Plan, total_bytes: int, progress: Progress) -> Converted:
    conversion = Conversion(job)
    outcome = Converted()
    try:
        _survey(job, plan, lambda blocks: ((probe_of(block), block.size) for block in blocks), total_bytes, progress)
        progress.start(f"ingest {job.dataset}", total_bytes, "bytes")
        for task in plan.tasks():
            outcome.merge(conversion.run(task))
            progress.advance(task.block.size)
        outcome.merge(conversion.close())
    except BaseException:
        conversion.discard()
        raise
    return outcome


def _convert_in_pool(job: Job, plan: Plan, total_bytes: int, progress: Progress) -> Converted:
    outcome = Converted()
    pool = _Pool(plan.budget)

    def convert(label: str) -> None:
        progress.start(f"{label} {job.dataset}", total_bytes, "bytes")
        for converted, size in pool.each(partial(convert_alone, job), plan.tasks(), lambda task: task.block.size):
            outcome.merge(converted)
            progress.advance(size)

    try:
        guessed = plan.guess()
        if not guessed:
            _survey(
                job, plan, lambda blocks: pool.each(probe_of, blocks, lambda block: block.size), total_bytes, progress
            )
        convert("ingest")
        if guessed and not plan.confirm(outcome.probes):
            progress.finish()
            outcome.discard()
            outcome = Converted()
            convert("read once more, as further rows ask:")
    except BaseException as error:
        for result in pool.abandon():
            if isinstance(result, Converted):
                result.discard()
        outcome.discard()
        if isinstance(error, BrokenProcessPool):
            raise OdaError(
                "A worker process was ended from outside, most likely for lack of memory.",
                hint="Nothing was changed; run it again with --workers 1.",
            ) from None
        raise
    pool.close()
    return outcome


class _Pool:
    """Worker processes with a bounded number of items, and bytes of source, in flight."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self._running: dict[Future[Any], int] = {}
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(budget.workers, context, initializer=start_worker, initargs=(os.getpid(),))

    def each(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item], size_of: Callable[[_Item], int]
    ) -> Iterator[tuple[_Result, int]]:
        """The function's results as they come, with the size of each item."""
        for item in items:
            size = size_of(item)
            while self._running and sum(self._running.values()) + size > self._budget.in_flight:
                yield from self._done()
            with _unheard(signal.SIGINT):  # by the workers it starts: Ctrl-C is for this process
                self._running[self._pool.submit(function, item)] = size
            while len(self._running) > self._budget.workers + 1:
                yield from self._done()
        while self._running:
            yield from self._done()

    def _done(self) -> Iterator[tuple[Any, int]]:
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            size = self._running.pop(future)
            yield future.result(), size

    def abandon(self) -> Iterator[Any]:
        """End the workers; what they still gave."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future in self._running:
            if future.done() and not future.cancelled() and future.exception() is None:
                yield future.result()

    def close(self) -> None:
        """End the idle workers."""
        self._pool.shutdown()


@contextlib.contextmanager
def _unheard(number: signal.Signals) -> Iterator[None]:
    """Hold a signal back in this thread, and for good in the processes and threads that it starts meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
