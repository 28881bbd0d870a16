"""Scoring: what is pending is samples minus scores, so a crash, a new axis, new rows and a new version are one query.

A run works through each dataset in windows. In each it copies what equal content has anywhere in the lake, computes
the rest in one pass over all axes and cores, and commits. Killed, it continues where the last commit was. Axes of whole
datasets follow, a commit each; they are pending when the samples or vectors they were computed from have changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from lake.catalog import Lake
from lake.failures import translated_errors
from lake.relations import run
from pipelines.progress import Progress, Silent
from pipelines.scoring.reports import AxisPlan, AxisReport, ScorePlan, ScoreReport, SetReport
from pipelines.scoring.selection import Options, Pass, Work, passes, select_datasets, select_works
from pipelines.scoring.sets import Sets, pending_sets
from pipelines.scoring.wide import refresh_scored
from pipelines.scoring.window import Scoring, Tally, batch_rows, windows
from scorers.catalogue import Catalogue
from scorers.installed import installed

_WINDOW_ROWS = (2_000, 250_000)
_WINDOW_SECONDS = 60.0


def plan(
    lake: Lake,
    *,
    datasets: Iterable[str] | None = None,
    axes: Iterable[str] | None = None,
    parity: bool = False,
    scorers: Catalogue | None = None,
    options: Options | None = None,
) -> ScorePlan:
    """What `score` would do with the same arguments; runs no scorer.

    Raises UnknownNameError for a dataset or axis that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    found = []
    rows, sets = _divided(
        select_works(axes, parity=parity, scorers=scorers or installed(lake.settings), options=options)
    )
    for part in passes(rows):
        costs = _costs(part)
        for dataset in chosen:
            _, mean = batch_rows(lake, dataset, part)
            counts = run(
                lake.connection,
                "score_plan",
                dataset=dataset,
                axes=part.axes,
                versions=part.versions,
                by_content=part.by_content,
            ).fetchall()
            for axis, version, samples, scored, reused, to_run in counts:
                seconds = to_run * costs[axis] * mean / 1e9 / lake.settings.threads
                found.append(AxisPlan(dataset, axis, version, samples, scored, reused, to_run, seconds))
    for dataset in chosen:
        found += _set_plans(lake, sets, dataset, strict=axes is not None)
    return ScorePlan(tuple(found))


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
) -> ScoreReport:
    """Bring these axes of these datasets up to date, by default all of both.

    Axes of embeddings are among all where a dataset has embeddings; asked for by name they are stored as not applicable
    where it has none.

    - parity: the reference's numbers where the canonical ones correct it; recorded in the version.
    - chunk_rows: samples per commit; by default about a minute of work, at most 250,000.
    - scorers: another catalogue than that of the installation.
    - options: values of options of scorers, by scorer and option; recorded in the version.

    Raises UnknownNameError for a dataset or axis that does not exist.
    """
    progress = progress or Silent()
    chosen = select_datasets(lake, datasets)
    rows_of, sets = _divided(
        select_works(axes, parity=parity, scorers=scorers or installed(lake.settings), options=options)
    )
    parts = passes(rows_of)
    comments = {axis.name: axis.description for work in (*rows_of, *sets) for axis in work.entry.scorer.axes}
    started = time.monotonic()
    reports: list[AxisReport] = []
    measures: list[SetReport] = []
    computed = 0
    with translated_errors(lake.settings), lake.second_reader() as reader:
        for dataset in chosen:
            for part in parts:
                if part.axes_read:
                    refresh_scored(lake, [dataset], comments=comments)
                rows, mean = batch_rows(lake, dataset, part)
                todo = windows(lake, dataset, chunk_rows or _window_rows(part, mean, lake.settings.threads))
                scoring = Scoring(lake, reader, part, rows, progress.advance)
                progress.start(f"score {dataset}", sum(window.samples for window in todo), "samples")
                for window in todo:
                    scoring.bring_up_to_date(window)
                progress.finish()
                tally = scoring.tally
                computed += tally.computed
                reports += _axis_reports(lake, dataset, part, tally)
            if sets:
                progress.start(f"measure {dataset}", None, "axes")
                for measure in Sets(lake, reader, sets, strict=axes is not None).bring_up_to_date(dataset):
                    measures.append(measure)
                    progress.advance(1)
                progress.finish()
    refreshed = refresh_scored(lake, chosen, comments=comments)
    return ScoreReport(tuple(reports), computed, time.monotonic() - started, tuple(refreshed), tuple(measures))


def _divided(works: list[Work]) -> tuple[list[Work], tuple[Work, ...]]:
    """Scorers of rows, and scorers of whole datasets."""
    rows = [work for work in works if not work.entry.scorer.of_sets]
    return rows, tuple(work for work in works if work.entry.scorer.of_sets)


def _set_plans(lake: Lake, sets: tuple[Work, ...], dataset: str, *, strict: bool) -> Iterator[AxisPlan]:
    """What would be measured over a dataset; the declared cost is per sample here."""
    able, todo, held = pending_sets(lake, sets, dataset, strict=strict)
    for work in able:
        to_run = held.samples if work in todo else 0
        seconds = to_run * work.entry.scorer.cost_us / 1e6 / lake.settings.threads
        for axis in work.axes:
            yield AxisPlan(dataset, axis, work.version, held.samples, held.samples - to_run, 0, to_run, seconds)


def _window_rows(part: Pass, mean_bytes: float, threads: int) -> int:
    """Samples of about a minute of work by the declared costs: what a kill can lose."""
    cost = sum({work.entry.scorer.name: work.entry.scorer.cost_us for work in part.works}.values())
    seconds = max(cost * mean_bytes / 1e9 / threads, 1e-9)
    low, high = _WINDOW_ROWS
    return int(min(high, max(low, _WINDOW_SECONDS / seconds)))


def _costs(part: Pass) -> dict[str, float]:
    """Microseconds per 1,000 bytes of each axis; a scorer's cost is shared by its wanted axes."""
    return {axis: work.entry.scorer.cost_us / len(work.axes) for work in part.works for axis in work.axes}


def _axis_reports(lake: Lake, dataset: str, part: Pass, tally: Tally) -> Iterator[AxisReport]:
    counts = lake.rows(
        "select axis, scorer_version, status, count(*) from scores where dataset = ? group by all", [dataset]
    )
    for axis, version in zip(part.axes, part.versions, strict=True):
        statuses = {s: n for a, v, s, n in counts if (a, v) == (axis, version)}
        scored, reused = tally.scored[axis], tally.reused[axis]
        skipped = max(0, sum(statuses.values()) - scored - reused)
        yield AxisReport(dataset, axis, version, scored, reused, skipped, statuses)
