"""Scoring: what is pending is samples minus scores, so a crash, a new axis, new rows and a new version are one query.

`pipelines.deriving.engine` does the work: a pass of scorers is a producer of the stored relation `scores`. Axes of
whole datasets follow, a commit each; they are pending when the samples or vectors they were computed from have changed.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.derive import derive_all
from pipelines.deriving.counts import stored_counts
from pipelines.deriving.engine import DerivationEngine, Tally
from pipelines.deriving.runtime import Running
from pipelines.deriving.share import Budget, Share
from pipelines.progress import Progress, Silent
from pipelines.scoring.needs import Needs, waiting_for
from pipelines.scoring.pair_plans import pair_plans
from pipelines.scoring.reports import AxisPlan, AxisReport, InputPlan, ScorePlan, ScoreReport, SetReport
from pipelines.scoring.rows import STORED_SCORES, mean_bytes, scores_of
from pipelines.scoring.selection import Options, ScanGroup, ScorerRun, scan_groups, select_datasets, select_works
from pipelines.scoring.sets import SetScoring, pending_sets
from pipelines.scoring.wide import refresh_scored
from pipelines.signalling.pair_run import PairRun
from scorers.catalogue import Catalogue
from scorers.installed import installed


def plan(
    lake: Lake,
    *,
    datasets: Iterable[str] | None = None,
    axes: Iterable[str] | None = None,
    parity: bool = False,
    scorers: Catalogue | None = None,
    options: Options | None = None,
    derive_inputs: bool = True,
    retry_failed: bool = False,
    share: Share | None = None,
) -> ScorePlan:
    """What `score` would do with the same arguments; runs no scorer.

    Raises UnknownNameError for a dataset or axis that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    needs = Needs(lake, strict=axes is not None)
    works = select_works(axes, parity=parity, scorers=scorers or installed(lake.settings), options=options, needs=needs)
    rows, sets = _divided(works)
    producers = needs.producers(works, chosen) if derive_inputs and needs.strict else []
    found, inputs, asking = [], [], None
    threads = lake.settings.threads
    with translated_errors(lake.settings), lake.second_reader() as reader:
        for producer, of in producers:
            name = producer.stored.table.name
            again = replace(producer, retry_failed=retry_failed)
            engine = DerivationEngine(lake, reader, again, Silent(), share=share or Share())
            for dataset, kind, version, samples, held, reused, to_run, _ in engine.plan(of):
                takes = producer.forecast(lake, dataset, to_run) if producer.forecast and to_run else None
                inputs.append(InputPlan(name, dataset, kind, version, samples, held, reused, to_run, takes))
        for part in scan_groups(rows):
            costs = _costs(part)
            sizes = mean_bytes(lake, chosen, part.reads)
            producer = scores_of(part, mean_bytes=_middle(sizes), threads=threads)
            producer = replace(producer, retry_failed=retry_failed)
            for row in DerivationEngine(lake, reader, producer, Silent(), share=_of_scores(share, part)).plan(chosen):
                dataset, axis, version, samples, scored, reused, to_run, waiting = row
                seconds = to_run * costs[axis] * sizes[dataset] / 1e9 / threads
                found.append(AxisPlan(dataset, axis, version, samples, scored, reused, to_run, seconds, waiting))
        if derive_inputs and needs.strict:
            asking = PairRun(lake, Running(), Silent(), share or Share(), retry_failed=retry_failed)
            inputs += pair_plans(lake, reader, sets, chosen, asking)
    for dataset in chosen if sets else ():
        found += _set_plans(lake, sets, dataset, strict=axes is not None, asking=asking)
    return ScorePlan(tuple(found), tuple(inputs))


def score(
    lake: Lake,
    *,
    datasets: Iterable[str] | None = None,
    axes: Iterable[str] | None = None,
    parity: bool = False,
    chunk_rows: int | None = None,
    progress: Progress | None = None,
    scorers: Catalogue | None = None,
    options: Options | None = None,
    derive_inputs: bool = True,
    retry_failed: bool = False,
    share: Share | None = None,
    budget: Budget | None = None,
) -> ScoreReport:
    """Bring these axes of these datasets up to date, by default all of both.

    Axes of stored rows, such as embeddings, are among all where there are some. For axes that are asked for by name the
    rows are derived first; a sample that still has none waits, and so does its score.

    - parity: the reference's numbers where the canonical ones correct it; recorded in the version.
    - chunk_rows: samples per commit; by default about a minute of work, at most 250,000.
    - scorers: another catalogue than that of the installation.
    - options: values of options of scorers, by scorer and option; recorded in the version.
    - derive_inputs: derive the stored rows that axes asked for by name need, where that can be done here.
    - retry_failed: compute scores and stored rows again that say `failed`.
    - share: which of the pending samples models are asked about, and are scored; axes of whole datasets are measured
      over all samples, of what models have said of them.
    - budget: what models may cost; where it is spent, the samples left wait for the next run.

    Raises UnknownNameError for a dataset or axis that does not exist, and OdaError for an axis of stored rows where
    there are none and they cannot be derived here.
    """
    progress = progress or Silent()
    chosen = select_datasets(lake, datasets)
    needs = Needs(lake, strict=axes is not None)
    works = select_works(axes, parity=parity, scorers=scorers or installed(lake.settings), options=options, needs=needs)
    rows_of, sets = _divided(works)
    parts = scan_groups(rows_of)
    comments = {axis.name: axis.description for work in (*rows_of, *sets) for axis in work.entry.scorer.axes}
    started = time.monotonic()
    reports: list[AxisReport] = []
    measures: list[SetReport] = []
    computed = 0
    producers = needs.producers(works, chosen) if derive_inputs and needs.strict else []
    asks = derive_inputs and needs.strict
    with translated_errors(lake.settings), lake.second_reader() as reader, Running() as running:
        inputs = derive_all(
            lake,
            producers,
            retry_failed=retry_failed,
            share=share,
            budget=budget,
            progress=progress,
            running=running,
        )
        if not (asks and any(work.pairs for work in sets)):
            running.close()
        for part in parts:
            if part.axes_read:
                refresh_scored(lake, chosen, comments=comments)
            mean = _middle(mean_bytes(lake, chosen, part.reads))
            producer = scores_of(part, mean_bytes=mean, threads=lake.settings.threads, chunk_rows=chunk_rows)
            producer = replace(producer, retry_failed=retry_failed)
            tally = DerivationEngine(lake, reader, producer, progress, share=_of_scores(share, part)).bring_up_to_date(
                chosen
            )
            computed += tally.samples
            reports += _axis_reports(lake, chosen, part, tally)
        asking = PairRun(lake, running, progress, share or Share(), budget, retry_failed) if asks else None
        for dataset in chosen if sets else ():
            progress.start(f"measure {dataset}", None, "axes")
            for measure in SetScoring(lake, reader, sets, axes is not None, asking).bring_up_to_date(dataset):
                measures.append(measure)
                progress.advance(1)
            progress.finish()
        inputs += asking.reports if asking else []
    refreshed = refresh_scored(lake, chosen, comments=comments)
    seconds = time.monotonic() - started
    return ScoreReport(tuple(reports), computed, seconds, tuple(refreshed), tuple(measures), tuple(inputs))


def _of_scores(share: Share | None, part: ScanGroup) -> Share:
    """The share of a pass: where it reads stored rows, the limit is one of those, and all that have them are scored."""
    share = share or Share()
    return replace(share, limit=None) if part.needs else share


def _divided(works: list[ScorerRun]) -> tuple[list[ScorerRun], tuple[ScorerRun, ...]]:
    """Scorers of rows, and scorers of whole datasets."""
    rows = [work for work in works if not work.entry.scorer.of_sets]
    return rows, tuple(work for work in works if work.entry.scorer.of_sets)


def _set_plans(
    lake: Lake, sets: tuple[ScorerRun, ...], dataset: str, *, strict: bool, asking: PairRun | None
) -> Iterator[AxisPlan]:
    """What would be measured over a dataset; the declared cost is per sample here."""
    able, todo, held = pending_sets(lake, sets, dataset, strict=strict, asking=asking)
    for work in able:
        to_run = held.samples if work in todo else 0
        seconds = to_run * work.entry.scorer.cost_us / 1e6 / lake.settings.threads
        for axis in work.axes:
            yield AxisPlan(dataset, axis, work.version, held.samples, held.samples - to_run, 0, to_run, seconds)


def _middle(sizes: dict[str, float]) -> float:
    """The mean over datasets."""
    return sum(sizes.values()) / len(sizes) if sizes else 0.0


def _costs(part: ScanGroup) -> dict[str, float]:
    """Microseconds per 1,000 bytes of each axis; a scorer's cost is shared by its wanted axes."""
    return {axis: work.entry.scorer.cost_us / len(work.axes) for work in part.works for axis in work.axes}


def _axis_reports(lake: Lake, datasets: list[str], part: ScanGroup, tally: Tally) -> Iterator[AxisReport]:
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for count in stored_counts(lake, lake.connection, STORED_SCORES, datasets):
        counts[count.dataset, count.kind, count.version][str(count.outcome)] = count.n
    sizes = dict(lake.rows("select dataset, count(*) from samples group by dataset")) if part.needs else {}
    waits_for = tuple(waiting_for(need) for need in part.needs)
    wanted = list(zip(part.axes, part.versions, strict=True))
    for dataset in datasets:
        for axis, version in wanted:
            statuses = counts[dataset, axis, version]
            scored, reused = tally.made.rows[dataset, axis], tally.copied[dataset, axis]
            skipped = max(0, sum(statuses.values()) - scored - reused)
            waiting = max(0, sizes.get(dataset, 0) - sum(statuses.values()))
            why = waits_for if waiting else ()
            yield AxisReport(dataset, axis, version, scored, reused, skipped, statuses, waiting, why)
