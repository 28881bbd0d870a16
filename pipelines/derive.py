"""Deriving: bring a stored derived relation up to date for some datasets, whatever derives its rows.

`pipelines.deriving` is the engine; `docs/architecture.md` tells what a stored derived relation is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.deriving.engine import DerivationEngine, Tally
from pipelines.deriving.reports import DeriveReport, KindReport
from pipelines.deriving.runtime import Running
from pipelines.deriving.share import Budget, BudgetSpentError, Share
from pipelines.deriving.stored import Producer
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets
from scorers.engines.interface import Calls


@dataclass(frozen=True)
class KindPlan:
    """What deriving would do for one kind of row of one dataset.

    - held: samples that have their row; reused: samples that would get it from equal content; to_run: the rest, but
      for those that are waiting for an input.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    held: int
    reused: int
    to_run: int
    waiting: int = 0


def derive(
    lake: Lake,
    producer: Producer,
    *,
    datasets: Iterable[str] | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> DeriveReport:
    """Give every sample of these datasets (default: all) the rows of a producer.

    - retry_failed: give up rows that say `failed`, and derive them again.

    Raises UnknownNameError for a dataset that does not exist.
    """
    (report,) = derive_all(lake, [(producer, datasets)], retry_failed=retry_failed, progress=progress)
    return report


def derive_all(
    lake: Lake,
    works: Sequence[tuple[Producer, Iterable[str] | None]],
    *,
    retry_failed: bool = False,
    share: Share | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
    running: Running | None = None,
) -> list[DeriveReport]:
    """`derive` for several producers, each with its datasets; those that share a runtime follow each other.

    - share: which of the pending samples are taken; budget: where it is spent, what is left is left.
    - running: what keeps the last model open after it; by default it is closed.

    Reports are in the order of the producers. Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = [select_datasets(lake, datasets) for _, datasets in works]
    keys = [producer.runtime.key if producer.runtime else "" for producer, _ in works]
    reports: dict[int, DeriveReport] = {}
    with translated_errors(lake.settings), lake.second_reader() as reader, ExitStack() as own:
        running = running or own.enter_context(Running())
        for place in sorted(range(len(works)), key=lambda place: keys.index(keys[place])):
            producer = works[place][0]
            producer = replace(producer, retry_failed=retry_failed or producer.retry_failed)
            started, tally, stopped = time.monotonic(), Tally(), ""
            before = running.calls if running.holds(producer.runtime) else Calls()
            engine = DerivationEngine(lake, reader, producer, progress or Silent(), running, share or Share(), budget)
            try:
                engine.bring_up_to_date(chosen[place], tally)
            except BudgetSpentError as spent:
                stopped = f"{spent.message} {spent.hint}"
            calls = running.calls.since(before) if running.holds(producer.runtime) else Calls()
            there = {}
            if stopped or engine.share.limited:
                whole = replace(engine, share=Share(), producer=replace(producer, retry_failed=False))
                there = {(row[0], row[1]): row[4] for row in whole.plan(chosen[place])}
            report = _report(lake, producer, chosen[place], tally, there)
            report = replace(report, seconds=time.monotonic() - started)
            reports[place] = replace(report, calls=calls, stopped=stopped)
    return [reports[place] for place in range(len(works))]


def plan(
    lake: Lake, producer: Producer, *, datasets: Iterable[str] | None = None, retry_failed: bool = False
) -> list[KindPlan]:
    """What `derive` would do with the same arguments; derives nothing.

    Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    producer = replace(producer, retry_failed=retry_failed or producer.retry_failed)
    with translated_errors(lake.settings), lake.second_reader() as reader:
        return [KindPlan(*row) for row in DerivationEngine(lake, reader, producer, Silent()).plan(chosen)]


def _report(
    lake: Lake, producer: Producer, chosen: list[str], tally: Tally, there: dict[tuple[str, str], int]
) -> DeriveReport:
    """What was done; there: samples with a row now, by dataset and kind, where these may not be all."""
    sizes: dict[str, int] = dict(lake.rows("select dataset, count(*) from samples group by dataset"))
    kinds = []
    for dataset in chosen:
        for kind, version in producer.wanted:
            samples, key = sizes.get(dataset, 0), (dataset, kind)
            made, empty, reused = tally.made.rows[key], tally.made.empty[key], tally.copied[key]
            outcomes = {said: n for (*of, said), n in sorted(tally.made.outcomes.items()) if tuple(of) == key}
            held = max(0, there.get(key, samples) - made - reused)
            kinds.append(KindReport(dataset, kind, version, samples, made, empty, reused, held, outcomes))
    return DeriveReport(producer.stored.table.name, tuple(kinds), tally.samples, 0.0)
