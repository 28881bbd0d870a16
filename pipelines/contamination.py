"""Contamination: which samples hold which benchmark items, by equal and near prompts and by runs of words.

Every training dataset is looked through for the items of every benchmark, in prompts and answers, once: what was
scanned is remembered with what it depends on. The relation `contamination` has a row per item, sample and
method, the view `contamination_summary` a row per dataset and benchmark.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError, UnknownNameError
from lake.failures import translated_errors
from lake.identity import ROWS_PER_DATASET
from lake.relations import run, statement
from lake.staging import discarded_on_failure
from lake.tables import CONTAMINATION
from pipelines.contaminating import scan
from pipelines.contaminating.parameters import TEXT, Scanning
from pipelines.contaminating.scan import Items, Scan, Window, windows
from pipelines.deduping import functions as minhash
from pipelines.deriving.engine import listed
from pipelines.overlapping.functions import register
from pipelines.overlapping.keys import Keying, key_pending
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets

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
    """What a run did: samples looked at (once per group of benchmarks), and what the lake now holds."""

    datasets: int
    benchmarks: int
    scanned: int
    pairs: int
    leaks: tuple[Leak, ...]
    seconds: float
    parameters: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def contamination(
    lake: Lake,
    datasets: Iterable[str] | None = None,
    *,
    benchmarks: Iterable[str] | None = None,
    scanning: Scanning | None = None,
    progress: Progress | None = None,
) -> ContaminationReport:
    """Look for the items of benchmarks (default: all) in training datasets (default: all), where that is still to do.

    Raises UnknownNameError for a dataset or benchmark that does not exist, ConflictError when one changed meanwhile.
    """
    began = time.monotonic()
    scanning, progress = scanning or Scanning(), progress or Silent()
    chosen, against = _chosen(lake, datasets, "train"), _chosen(lake, benchmarks, "benchmark")
    scanned = 0
    with translated_errors(lake.settings):
        key_pending(lake, Keying(), progress)
        register(lake.connection)
        todo = _pending(lake, chosen, against, scanning)
        total = sum(task.samples for tasks in todo.values() for task in tasks)
        progress.start("scan", total, "samples")
        for group, tasks in todo.items():
            scanned += _scan(lake, list(group), tasks, scanning, progress)
        progress.finish()
    return ContaminationReport(
        datasets=len(chosen),
        benchmarks=len(against),
        scanned=scanned,
        pairs=int(lake.rows("select count(*) from contamination where verdict = 'contaminated'")[0][0]),
        leaks=leaks(lake, chosen, against),
        seconds=round(time.monotonic() - began, 3),
        parameters=asdict(scanning),
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


@dataclass(frozen=True)
class _Task:
    """A dataset to look through from a sample on; states: when it and each benchmark came."""

    dataset: str
    dataset_no: int
    last_row: int
    scanned_to: int
    samples: int
    state: str
    states: dict[str, str]


_Part = tuple[_Task, Window]


def _pending(
    lake: Lake, datasets: list[str], benchmarks: list[str], scanning: Scanning
) -> dict[tuple[str, ...], list[_Task]]:
    """Benchmarks that are to be looked for together -> the datasets they are looked for in."""
    given = {"datasets": datasets, "benchmarks": benchmarks, "method": TEXT, "parameters": scanning.key}
    todo: dict[tuple[str, ...], list[_Task]] = {}
    for row in run(lake.connection, "pending_scans", **given).fetchall():
        dataset, number, last_row, scanned_to, samples, state, against, states = row
        of_each = dict(zip(against, states, strict=True))
        task = _Task(dataset, number, last_row, scanned_to, samples, state, of_each)
        todo.setdefault(tuple(against), []).append(task)
    return todo


def _scan(lake: Lake, benchmarks: list[str], tasks: list[_Task], scanning: Scanning, progress: Progress) -> int:
    scanned, version = 0, Keying().version
    with lake.second_reader() as reader:
        minhash.register(reader)
        items = Items.load(reader, benchmarks, version, scanning)
        scanner = Scan(reader, items, version)
        with items.findable(reader):
            held: list[_Part] = []
            tables: list[pa.Table] = []
            for batch in _batches(tasks):
                tables.append(scanner.batch([window for _, window in batch]))
                held += batch
                progress.advance(sum(window.samples for _, window in batch))
                scanned += sum(window.samples for _, window in batch)
                if sum(window.samples for _, window in held) >= COMMIT_SAMPLES:
                    _commit(lake, held, pa.concat_tables(tables), scanning)
                    held, tables = [], []
            if held:
                _commit(lake, held, pa.concat_tables(tables), scanning)
    return scanned


def _batches(tasks: list[_Task]) -> Iterator[list[_Part]]:
    """Windows to look through at once: a large one, or all of datasets in a row that are about one together."""
    batch: list[_Part] = []
    for task in tasks:
        for window in windows(task.dataset, task.dataset_no, task.last_row, task.scanned_to):
            if batch and (not window.first or sum(each.samples for _, each in batch) + window.samples > scan.WINDOW):
                yield batch
                batch = []
            batch.append((task, window))
            if not window.last:
                yield batch
                batch = []
    if batch:
        yield batch


def _commit(lake: Lake, held: list[_Part], found: pa.Table, scanning: Scanning) -> None:
    """Store what windows gave and how far their datasets were scanned, in one commit."""
    names = {task.dataset_no: task.dataset for task, _ in held}
    numbers = (found.column("sample_id").to_numpy() // ROWS_PER_DATASET).tolist()
    table = found.append_column("dataset", pa.array([names[number] for number in numbers], pa.string()))
    rows = _with_answers(lake.connection, table)
    files: list[Path] = []

    done = pa.Table.from_pylist(
        [
            {
                "dataset": task.dataset,
                "benchmark": benchmark,
                "method": TEXT,
                "parameters": scanning.key,
                "of_dataset": task.state,
                "of_benchmark": state,
                "scanned_to": window.high,
                "finished": window.last,
                "first": any(other.first for also, other in held if also is task),
            }
            for task, window in {id(task): (task, window) for task, window in held}.values()
            for benchmark, state in task.states.items()
        ]
    )

    def work(connection: Connection) -> None:
        for task in {id(task): task for task, _ in held}.values():
            _check_unchanged(connection, task)
        connection.register("scans_done", done)
        for statement_of_done in _DONE:  # a statement each: every one is a file or two of the lake
            connection.execute(statement_of_done)
        connection.unregister("scans_done")
        lake.add_files(connection, CONTAMINATION, files)

    with discarded_on_failure(files):
        if len(rows):
            files.append(lake.staging_file(CONTAMINATION))
            pq.write_table(rows, files[0], compression="zstd")
        lake.transact(
            work,
            message=f"contamination of {listed(list(names.values()))}",
            extra={"step": "contamination", "rows": len(rows)},
            staged=files,
        )


def _with_answers(connection: Connection, table: pa.Table) -> pa.Table:
    """The rows as `contamination` has them, with whether the answer is there too."""
    connection.register("found_pairs", table)
    connection.execute(
        "create or replace temp table pairs as "
        "select distinct item_id, sample_id from found_pairs where verdict = 'contaminated'"
    )
    columns = ", ".join(CONTAMINATION.column_names)
    query, _ = statement("answered", {})
    rows = connection.execute(
        f"select {columns} from found_pairs left join ({query}) as told using (item_id, sample_id) "
        "order by dataset, sample_id, item_id, method"
    ).to_arrow_table()
    connection.unregister("found_pairs")
    connection.execute("drop table temp.pairs")
    kept: pa.Table = rows.cast(CONTAMINATION.arrow_schema)
    return kept


def _check_unchanged(connection: Connection, task: _Task) -> None:
    now = dict(connection.execute("select dataset, ingested::varchar from datasets").fetchall())
    for name, state in ((task.dataset, task.state), *task.states.items()):
        if name not in now or (now[name] or "") != state:
            raise ConflictError(f"{name} changed while it was scanned.", hint="Run it again.")


_DONE = (
    "delete from contamination using scans_done as done where contamination.dataset = done.dataset "
    "and contamination.benchmark = done.benchmark and contamination.method <> 'embedding' and done.first",
    "delete from contamination_scans as scans using scans_done as done where scans.dataset = done.dataset "
    "and scans.benchmark = done.benchmark and scans.method = done.method",
    "insert into contamination_scans by name select * exclude (first), now()::timestamp as scanned from scans_done",
)
"""What a commit of a scan does beside adding rows: what was found by another scan goes, and how far it came is kept."""
