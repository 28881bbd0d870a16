"""Contamination: which samples hold which benchmark items, by equal and near prompts and by runs of words.

Every training dataset is looked through for the items of every benchmark, in prompts and answers, once: what was
scanned is remembered with what it depends on. The relation `contamination` has a row per item, sample and
method, the view `contamination_summary` a row per dataset and benchmark.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from lake.errors import UnknownNameError
from lake.failures import translated_errors
from lake.relations import run
from pipelines.contaminating.commit import commit
from pipelines.contaminating.meaning import Compared, compare
from pipelines.contaminating.parameters import TEXT, Meaning, Scanning
from pipelines.contaminating.rephrased import Judged, judge
from pipelines.contaminating.scan import Items, Scan
from pipelines.contaminating.tasks import Part, Task, batches, pending
from pipelines.deduping import functions as minhash
from pipelines.overlapping.functions import register
from pipelines.overlapping.keys import Keying, key_pending
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets
from scorers.engines.interface import Engine

COMMIT_SAMPLES = 250_000
"""Samples of a commit, of as many datasets as that takes."""


@dataclass(frozen=True)
class Leak:
    """What a dataset holds of a benchmark.

    - items_hit, rows_hit: benchmark items found and samples that hold one; verbatim: items of equal prompts.
    - with_answer: items whose answer was there too.
    """

    dataset: str
    benchmark: str
    items: int
    items_hit: int
    item_rate: float
    rows: int
    rows_hit: int
    row_rate: float
    verbatim: int
    with_answer: int
    severity: str


@dataclass(frozen=True)
class ContaminationReport:
    """What a run did: samples looked at (once per group of benchmarks), and what the lake now holds.

    - compared: samples whose embeddings were; unembedded: datasets and benchmarks that lack embeddings, left out there.
    - judged: pairs put to the judge; unanswered: those without an answer, which the next run asks about again.
    """

    datasets: int
    benchmarks: int
    scanned: int
    pairs: int
    leaks: tuple[Leak, ...]
    seconds: float
    parameters: dict[str, Any] = field(default_factory=dict)
    compared: int = 0
    unembedded: tuple[str, ...] = ()
    judged: int = 0
    unanswered: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def contamination(
    lake: Lake,
    datasets: Iterable[str] | None = None,
    *,
    benchmarks: Iterable[str] | None = None,
    scanning: Scanning | None = None,
    meaning: Meaning | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> ContaminationReport:
    """Look for the items of benchmarks (default: all) in training datasets (default: all), where that is still to do.

    - meaning: how stored embeddings are compared as well; where it is not given, they are not.
    - engine: a language model that is asked about pairs which embeddings find alike.

    Raises UnknownNameError for a dataset or benchmark that does not exist, ConflictError when one changed meanwhile.
    """
    began = time.monotonic()
    scanning, progress = scanning or Scanning(), progress or Silent()
    chosen, against = _chosen(lake, datasets, "train"), _chosen(lake, benchmarks, "benchmark")
    scanned = 0
    with translated_errors(lake.settings):
        key_pending(lake, Keying(), progress)
        register(lake.connection)
        todo = pending(lake, chosen, against, method=TEXT, key=scanning.key)
        progress.start("scan", sum(task.samples for tasks in todo.values() for task in tasks), "samples")
        for group, tasks in todo.items():
            scanned += _scan(lake, list(group), tasks, scanning, progress)
        progress.finish()
        meant = compare(lake, chosen, against, meaning, progress) if meaning else Compared()
        judged = judge(lake, chosen, against, engine, progress) if engine else Judged()
    return ContaminationReport(
        datasets=len(chosen),
        benchmarks=len(against),
        scanned=scanned,
        pairs=int(lake.rows("select count(*) from contamination where verdict = 'contaminated'")[0][0]),
        leaks=leaks(lake, chosen, against),
        seconds=round(time.monotonic() - began, 3),
        parameters=asdict(scanning) | ({"meaning": asdict(meaning)} if meaning else {}),
        compared=meant.samples,
        unembedded=meant.unembedded,
        judged=judged.asked,
        unanswered=judged.failed,
    )


def leaks(lake: Lake, datasets: list[str], benchmarks: list[str]) -> tuple[Leak, ...]:
    """What these datasets hold of these benchmarks, the worst first."""
    rows = run(lake.connection, "leaks", datasets=datasets, benchmarks=benchmarks).fetchall()
    return tuple(Leak(*row) for row in rows)


def _chosen(lake: Lake, names: Iterable[str] | None, kind: str) -> list[str]:
    rows = lake.rows("select dataset from datasets where kind = ? order by dataset_no", [kind])
    of_kind = [str(row[0]) for row in rows]
    if names is None:
        return of_kind
    wanted = select_datasets(lake, list(names))
    for name in wanted:
        if name not in of_kind:
            raise UnknownNameError.of("benchmark" if kind == "benchmark" else "training dataset", name, of_kind)
    return wanted


def _scan(lake: Lake, benchmarks: list[str], tasks: list[Task], scanning: Scanning, progress: Progress) -> int:
    scanned, version = 0, Keying().version
    with lake.second_reader() as reader:
        minhash.register(reader)
        items = Items.load(reader, benchmarks, version, scanning)
        scanner = Scan(reader, items, version)
        with items.findable(reader):
            held: list[Part] = []
            tables: list[pa.Table] = []
            for batch in batches(tasks):
                tables.append(scanner.batch([window for _, window in batch]))
                held += batch
                progress.advance(sum(window.samples for _, window in batch))
                scanned += sum(window.samples for _, window in batch)
                if sum(window.samples for _, window in held) >= COMMIT_SAMPLES:
                    commit(lake, held, pa.concat_tables(tables), method=TEXT, key=scanning.key)
                    held, tables = [], []
            if held:
                commit(lake, held, pa.concat_tables(tables), method=TEXT, key=scanning.key)
    return scanned
