"""What is left to look through: datasets from a sample on, for benchmarks that are looked for together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lake.catalog import Lake
from lake.relations import run
from pipelines.contaminating import scan
from pipelines.contaminating.scan import Window, windows


@dataclass(frozen=True)
class Task:
    """A dataset to look through from a sample on; states: when it and each benchmark came."""

    dataset: str
    dataset_no: int
    last_row: int
    scanned_to: int
    samples: int
    state: str
    states: dict[str, str]


Part = tuple[Task, Window]


def pending(
    lake: Lake, datasets: Sequence[str], benchmarks: Sequence[str], *, method: str, key: str
) -> dict[tuple[str, ...], list[Task]]:
    """Benchmarks that are to be looked for together -> the datasets they are looked for in.

    - method: texts or embeddings; key: hash of everything that a result of it depends on.
    """
    given = {"datasets": list(datasets), "benchmarks": list(benchmarks), "method": method, "parameters": key}
    todo: dict[tuple[str, ...], list[Task]] = {}
    for row in run(lake.connection, "pending_scans", **given).fetchall():
        dataset, number, last_row, scanned_to, samples, state, against, states = row
        of_each = dict(zip(against, states, strict=True))
        task = Task(dataset, number, last_row, scanned_to, samples, state, of_each)
        todo.setdefault(tuple(against), []).append(task)
    return todo


def batches(tasks: Sequence[Task]) -> Iterator[list[Part]]:
    """Windows to look through at once: a large one, or all of datasets in a row that are about one together."""
    batch: list[Part] = []
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
